// Texts of the driver's enumerations.
#include "sw_driver/include/status.h"

#include "sw_driver/include/engine.h"
#include "sw_driver/include/offload.h"

namespace systole::driver {

const char* to_string(Status status) {
  switch (status) {
    case Status::Ok:
      return "ok";
    case Status::BadArgument:
      return "bad argument";
    case Status::NoMemory:
      return "out of memory";
    case Status::RingFull:
      return "descriptor ring full";
    case Status::BusError:
      return "bus error on a register access";
    case Status::Timeout:
      return "time-out";
    case Status::EngineError:
      return "engine error";
    case Status::BadHardware:
      return "unknown hardware";
    case Status::BadModel:
      return "unusable model";
  }
  return "unknown status";
}

const char* to_string(EngineKind kind) {
  switch (kind) {
    case EngineKind::Gemm:
      return "gemm";
    case EngineKind::Vpu:
      return "vpu";
    case EngineKind::Dma:
      return "dma";
  }
  return "unknown engine";
}

const char* to_string(KernelKind kind) {
  static constexpr const char* kNames[kKernelKinds] = {
      "gemm",   "softmax", "rmsnorm",  "layernorm",  "activation", "add", "mul",
      "swiglu", "rotary",  "quantize", "dequantize", "copy",       "fill"};
  return kNames[static_cast<uint32_t>(kind)];
}

}  // namespace systole::driver
