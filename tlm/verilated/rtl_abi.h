// The binary interface between a verilated engine (a shared object) and its user.
// Upstream: rtl_shim.cpp, compiled into each variant. Downstream: the AXI<->TLM wrapper, tests,
// benchmarks. Plain C data so that a variant may be built by another compiler or at another time
// than the program.
#pragma once
#include <stdint.h>

#define SYSTOLE_RTL_ABI_VERSION 1u
#define SYSTOLE_RTL_MAX_DATA_BYTES 64

#ifdef __cplusplus
extern "C" {
#endif

/// AXI4-Lite target, AXI4 manager, interrupt: the pins of docs/blocks/engine.md, one field per pin.
/// `in_` fields are read by tick(), `out_` fields are written by it. No output depends on an input
/// of the same cycle: look at the outputs, decide, set the inputs, tick.
typedef struct systole_rtl_pins {
  // AXI4-Lite target
  uint32_t in_s_awaddr, in_s_wdata, in_s_araddr;
  uint8_t in_s_awvalid, in_s_wstrb, in_s_wvalid, in_s_bready, in_s_arvalid, in_s_rready;
  uint8_t out_s_awready, out_s_wready, out_s_bresp, out_s_bvalid, out_s_arready, out_s_rresp,
      out_s_rvalid;
  uint32_t out_s_rdata;
  // AXI4 manager, read
  uint64_t out_araddr;
  uint8_t out_arlen, out_arsize, out_arcache, out_arvalid, in_arready;
  uint8_t in_rresp, in_rlast, in_rvalid, out_rready;
  // AXI4 manager, write
  uint64_t out_awaddr;
  uint8_t out_awlen, out_awsize, out_awcache, out_awvalid, in_awready;
  uint8_t out_wlast, out_wvalid, in_wready;
  uint8_t in_bresp, in_bvalid, out_bready;
  uint64_t out_wstrb;
  // side band
  uint8_t out_irq, out_busy;
  uint32_t in_strap[4];
  // data, lane 0 first; only the variant's own width is used
  uint8_t in_rdata[SYSTOLE_RTL_MAX_DATA_BYTES];
  uint8_t out_wdata[SYSTOLE_RTL_MAX_DATA_BYTES];
} systole_rtl_pins;

/// What a variant exports through systole_rtl_get_api(). Pointers live as long as the shared
/// object.
typedef struct systole_rtl_api {
  uint32_t abi_version;    ///< SYSTOLE_RTL_ABI_VERSION
  uint32_t struct_bytes;   ///< sizeof(systole_rtl_api)
  const char* block;       ///< "gemm", "vpu", "dma"
  const char* parameters;  ///< as built, for messages: "Rows=16 Cols=16 DataWidth=128"
  uint32_t data_bytes;     ///< AXI data width in bytes

  void* (*create)(
      void);  ///< a new instance, held in reset until reset() was called; null: out of memory
  void (*destroy)(void* model);
  systole_rtl_pins* (*pins)(void* model);  ///< the instance's pins; owned by the instance
  void (*reset)(void* model);      ///< a few cycles with rst_ni = 0; straps must be set before
  void (*tick)(void* model);       ///< one clock cycle: inputs are sampled, outputs updated
  uint64_t (*ticks)(void* model);  ///< cycles evaluated since create()

  /// Room for save and restore of the model's state; null in this version.
  int (*save)(void* model, const char* path);
  int (*restore)(void* model, const char* path);
} systole_rtl_api;

/// The only exported symbol of a variant.
const systole_rtl_api* systole_rtl_get_api(void);

#ifdef __cplusplus
}
#endif
