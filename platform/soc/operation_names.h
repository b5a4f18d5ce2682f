// What an engine's opcodes are called in reports.
#pragma once
#include <string>

namespace systole {

/// "matmul", "softmax", "copy"; "opcode 77" if there is none. `kind`: "gemm", "vpu" or "dma".
std::string operation_name(const std::string& kind, unsigned opcode);

}  // namespace systole
