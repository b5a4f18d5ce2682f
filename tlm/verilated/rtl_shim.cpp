// The C side of a verilated engine: rtl_abi.h over the pins of docs/blocks/engine.md.
// One source for all blocks: scripts/verilate compiles it with the model (class Vtop) and defines
//   SYSTOLE_BLOCK, SYSTOLE_PARAMETERS (strings) and SYSTOLE_DATA_BYTES.
// Upstream: the verilated model. Downstream: whoever loads the variant.
#include <verilated.h>

#include "Vtop.h"
#include "Vtop___024root.h"
#if VM_TRACE
#include <verilated_vcd_c.h>
#endif
#if VM_COVERAGE
#include <verilated_cov.h>
#endif

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "tlm/verilated/rtl_abi.h"

namespace {

constexpr unsigned kDataBytes = SYSTOLE_DATA_BYTES;
constexpr int kResetCycles = 4;

/// Verilator finds a rising edge by comparing with the clock of the previous evaluation. Where that
/// copy is reachable, it is set back to 0 and the evaluation at the falling edge, in which nothing
/// happens, is saved; where it is not, both edges are evaluated.
template <class Root, class = void>
struct ClockEdge {
  static constexpr bool kDirect = false;
  static void rearm(Root*) {}
};
template <class Root>
struct ClockEdge<Root, std::void_t<decltype(std::declval<Root&>().__Vtrigrprev__TOP__clk_i)>> {
  static constexpr bool kDirect = true;
  static void rearm(Root* root) { root->__Vtrigrprev__TOP__clk_i = 0; }
};
using Edge = ClockEdge<Vtop___024root>;
// A trace shows both edges.
constexpr bool kOneEval = Edge::kDirect && !VM_TRACE;

struct Instance {
  Instance() : context(new VerilatedContext), top(new Vtop(context.get())) {
    std::memset(&pins, 0, sizeof pins);
#if VM_TRACE
    const char* path = std::getenv("SYSTOLE_RTL_TRACE");
    context->traceEverOn(true);
    trace = std::make_unique<VerilatedVcdC>();
    top->trace(trace.get(), 99);
    trace->open(path ? path : SYSTOLE_BLOCK ".vcd");
#endif
    top->clk_i = 0;
    top->rst_ni = 0;
    eval();
  }

  ~Instance() {
    top->final();
#if VM_TRACE
    trace->close();
#endif
#if VM_COVERAGE
    const char* path = std::getenv("SYSTOLE_RTL_COVERAGE");
    context->coveragep()->write(path ? path : SYSTOLE_BLOCK ".coverage.dat");
#endif
  }

  void eval() {
    top->eval();
#if VM_TRACE
    trace->dump(context->time());
#endif
    context->timeInc(1);
  }

  void set_inputs() {
    Vtop& t = *top;
    t.s_axil_awaddr_i = pins.in_s_awaddr & 0xfff;
    t.s_axil_awvalid_i = pins.in_s_awvalid;
    t.s_axil_wdata_i = pins.in_s_wdata;
    t.s_axil_wstrb_i = pins.in_s_wstrb;
    t.s_axil_wvalid_i = pins.in_s_wvalid;
    t.s_axil_bready_i = pins.in_s_bready;
    t.s_axil_araddr_i = pins.in_s_araddr & 0xfff;
    t.s_axil_arvalid_i = pins.in_s_arvalid;
    t.s_axil_rready_i = pins.in_s_rready;
    t.m_axi_arready_i = pins.in_arready;
    t.m_axi_rvalid_i = pins.in_rvalid;
    if (pins.in_rvalid) {
      t.m_axi_rresp_i = pins.in_rresp;
      t.m_axi_rlast_i = pins.in_rlast;
      std::memcpy(&t.m_axi_rdata_i, pins.in_rdata, kDataBytes);
    }
    t.m_axi_awready_i = pins.in_awready;
    t.m_axi_wready_i = pins.in_wready;
    t.m_axi_bvalid_i = pins.in_bvalid;
    t.m_axi_bresp_i = pins.in_bresp;
  }

  void get_outputs() {
    const Vtop& t = *top;
    pins.out_s_awready = t.s_axil_awready_o;
    pins.out_s_wready = t.s_axil_wready_o;
    pins.out_s_bresp = t.s_axil_bresp_o;
    pins.out_s_bvalid = t.s_axil_bvalid_o;
    pins.out_s_arready = t.s_axil_arready_o;
    pins.out_s_rdata = t.s_axil_rdata_o;
    pins.out_s_rresp = t.s_axil_rresp_o;
    pins.out_s_rvalid = t.s_axil_rvalid_o;
    pins.out_arvalid = t.m_axi_arvalid_o;
    if (pins.out_arvalid) {
      pins.out_araddr = t.m_axi_araddr_o;
      pins.out_arlen = t.m_axi_arlen_o;
      pins.out_arsize = t.m_axi_arsize_o;
      pins.out_arcache = t.m_axi_arcache_o;
    }
    pins.out_rready = t.m_axi_rready_o;
    pins.out_awvalid = t.m_axi_awvalid_o;
    if (pins.out_awvalid) {
      pins.out_awaddr = t.m_axi_awaddr_o;
      pins.out_awlen = t.m_axi_awlen_o;
      pins.out_awsize = t.m_axi_awsize_o;
      pins.out_awcache = t.m_axi_awcache_o;
    }
    pins.out_wvalid = t.m_axi_wvalid_o;
    if (pins.out_wvalid) {
      pins.out_wlast = t.m_axi_wlast_o;
      pins.out_wstrb = t.m_axi_wstrb_o;
      std::memcpy(pins.out_wdata, &t.m_axi_wdata_o, kDataBytes);
    }
    pins.out_bready = t.m_axi_bready_o;
    pins.out_irq = t.irq_o;
    pins.out_busy = t.busy_o;
  }

  void tick() {
    set_inputs();
    top->clk_i = 1;
    eval();
    get_outputs();
    if constexpr (kOneEval) {
      Edge::rearm(top->rootp);
    } else {
      top->clk_i = 0;
      eval();
    }
    ++ticks;
  }

  void reset() {
    for (int i = 0; i < 4; ++i) top->strap_i[i] = pins.in_strap[i];
    top->rst_ni = 0;
    for (int i = 0; i < kResetCycles; ++i) tick();
    top->rst_ni = 1;
    tick();
  }

  std::unique_ptr<VerilatedContext> context;
  std::unique_ptr<Vtop> top;
#if VM_TRACE
  std::unique_ptr<VerilatedVcdC> trace;
#endif
  systole_rtl_pins pins;
  uint64_t ticks = 0;
};

Instance* self(void* model) { return static_cast<Instance*>(model); }

void* create() {
  try {
    return new Instance;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void destroy(void* model) { delete self(model); }
systole_rtl_pins* pins(void* model) { return &self(model)->pins; }
void reset(void* model) { self(model)->reset(); }
void tick(void* model) { self(model)->tick(); }
uint64_t ticks(void* model) { return self(model)->ticks; }

const systole_rtl_api kApi = {SYSTOLE_RTL_ABI_VERSION,
                              sizeof(systole_rtl_api),
                              SYSTOLE_BLOCK,
                              SYSTOLE_PARAMETERS,
                              SYSTOLE_DATA_BYTES,
                              create,
                              destroy,
                              pins,
                              reset,
                              tick,
                              ticks,
                              nullptr,
                              nullptr};

}  // namespace

extern "C" __attribute__((visibility("default"))) const systole_rtl_api* systole_rtl_get_api(void) {
  return &kApi;
}
