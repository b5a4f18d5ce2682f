// A decoded operation: what the interpreter runs.
#pragma once
#include <cstdint>

namespace systole::riscv {

/// Every operation, in the order of the interpreter's label tables.
/// Li: lui and auipc. Call, CallReg and Ret: jal and jalr with a link register (x1, x5) as the
/// calling convention uses it. Break stands in for an operation at a breakpoint, or ends a single
/// step; Counted for a block's first while a profile is taken. The destination is `rd`, operands
/// `rs1`, `rs2`; immediates in `imm`.
// clang-format off
#define SYSTOLE_RISCV_OPS(X)                                                                      \
  X(Illegal) X(Break) X(Counted) X(System) X(Amo) X(Float) SYSTOLE_RISCV_PLAIN_OPS(X)
#define SYSTOLE_RISCV_PLAIN_OPS(X)                                                                \
  X(Fall) X(Li) X(Addi) X(Slti) X(Sltiu) X(Xori) X(Ori) X(Andi) X(Slli) X(Srli)        \
  X(Srai) X(Addiw) X(Slliw) X(Srliw) X(Sraiw) X(Add) X(Sub) X(Sll) X(Slt) X(Sltu) X(Xor) X(Srl)   \
  X(Sra) X(Or) X(And) X(Addw) X(Subw) X(Sllw) X(Srlw) X(Sraw) X(Mul) X(Mulh) X(Mulhsu) X(Mulhu)   \
  X(Div) X(Divu) X(Rem) X(Remu) X(Mulw) X(Divw) X(Divuw) X(Remw) X(Remuw) X(Lb) X(Lh) X(Lw)       \
  X(Ld) X(Lbu) X(Lhu) X(Lwu) X(Sb) X(Sh) X(Sw) X(Sd) X(Flw) X(Fld) X(Fsw) X(Fsd) X(Beq) X(Bne)    \
  X(Blt) X(Bge) X(Bltu) X(Bgeu) X(Jal) X(Jalr) X(Call) X(CallReg) X(Ret) X(Fence) X(FaddD)        \
  X(FsubD) X(FmulD) X(FdivD) X(FmaddD) X(FmsubD) X(FnmsubD) X(FnmaddD) X(FaddS) X(FsubS)          \
  X(FmulS) X(FdivS) X(FmaddS) X(FmsubS) X(FnmsubS) X(FnmaddS) X(FsgnjD) X(FmvXd) X(FmvDx)

/// Neighbours that the interpreter also runs as one: each of the first list with each of the second.
/// X(first, second).
#define SYSTOLE_RISCV_PAIRS(X)                                                                    \
  SYSTOLE_RISCV_SECONDS(X, Li) SYSTOLE_RISCV_SECONDS(X, Addi) SYSTOLE_RISCV_SECONDS(X, Addiw)     \
  SYSTOLE_RISCV_SECONDS(X, Slli) SYSTOLE_RISCV_SECONDS(X, Srli) SYSTOLE_RISCV_SECONDS(X, Andi)    \
  SYSTOLE_RISCV_SECONDS(X, Add) SYSTOLE_RISCV_SECONDS(X, Xor) SYSTOLE_RISCV_SECONDS(X, Lbu)       \
  SYSTOLE_RISCV_SECONDS(X, Lw) SYSTOLE_RISCV_SECONDS(X, Ld) SYSTOLE_RISCV_SECONDS(X, Sb)          \
  SYSTOLE_RISCV_SECONDS(X, Sd)
#define SYSTOLE_RISCV_SECONDS(X, f)                                                               \
  X(f, Addi) X(f, Addiw) X(f, Slli) X(f, Srli) X(f, Add) X(f, Xor) X(f, Lbu) X(f, Lw) X(f, Ld)    \
  X(f, Sb) X(f, Sd) X(f, Beq) X(f, Bne) X(f, Ret)
// clang-format on

enum class OpCode : uint8_t {
#define X(name) name,
  SYSTOLE_RISCV_OPS(X)
#undef X
      Count
};

/// For the cycles an instruction takes; see Timing.
enum class OpClass : uint8_t {
  Alu,
  Mul,
  Div,
  Load,
  Store,
  Branch,
  Float,
  FloatDiv,
  Atomic,
  System
};
inline constexpr unsigned kOpClasses = 10;

struct Op {
  const void* handler;  ///< the interpreter's label: for `code`, or for it and the next one's
  int64_t imm;          ///< immediate; of loads and stores less the window's base; for Float, Amo,
                        ///< System, Illegal: the 32-bit instruction
  OpCode code;
  uint8_t rd, rs1, rs2;  ///< rd of an integer result: kDummy instead of 0
  uint8_t rs3;
  uint8_t length;   ///< 2 or 4 bytes
  uint8_t offset2;  ///< half-words from the start of the block
  OpClass op_class;
};
static_assert(sizeof(Op) == 24, "operations are packed");

}  // namespace systole::riscv
