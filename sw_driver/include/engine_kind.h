// The kinds of engine, and how one instance is named.
#pragma once
#include <cstdint>

namespace systole::driver {

enum class EngineKind : uint8_t { Gemm, Vpu, Dma };
constexpr uint32_t kEngineKinds = 3;
/// Engines of all kinds together that this driver manages.
constexpr uint32_t kMaxEngines = 16;
/// "any instance": the command stream takes them in turn.
constexpr int kAnyInstance = -1;

/// "gemm", "vpu" or "dma".
const char* to_string(EngineKind kind);

}  // namespace systole::driver
