#include "platform/soc/operation_names.h"

#include <iterator>

namespace systole {
namespace {

const char* const kGemmNames[] = {"nop", "matmul"};
const char* const kDmaNames[] = {"nop", "copy", "fill"};
const char* const kVpuNames[] = {"nop", "softmax", "rmsnorm", "layernorm", "act",       "add",
                                 "mul", "swiglu",  "rotary",  "quantize",  "dequantize"};

}  // namespace

std::string operation_name(const std::string& kind, unsigned opcode) {
  auto pick = [opcode](const char* const* names, size_t count) {
    return opcode < count ? std::string(names[opcode]) : "opcode " + std::to_string(opcode);
  };
  if (kind == "gemm") return pick(kGemmNames, std::size(kGemmNames));
  if (kind == "vpu") return pick(kVpuNames, std::size(kVpuNames));
  return pick(kDmaNames, std::size(kDmaNames));
}

}  // namespace systole
