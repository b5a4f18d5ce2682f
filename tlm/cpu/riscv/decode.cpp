#include "tlm/cpu/riscv/decode.h"

#include <array>
#include <cstddef>

#include "tlm/cpu/riscv/state.h"

namespace systole::riscv {
namespace {

using C = OpCode;

struct Fields {
  uint32_t i;
  uint32_t funct3() const { return i >> 12 & 7; }
  uint32_t funct7() const { return i >> 25; }
  int64_t imm_i() const { return static_cast<int32_t>(i) >> 20; }
  int64_t imm_s() const {
    return (static_cast<int32_t>(i & 0xfe00'0000u) >> 20) | static_cast<int32_t>(i >> 7 & 0x1f);
  }
  int64_t imm_u() const { return static_cast<int32_t>(i & 0xfffff000u); }
  int64_t imm_b() const {
    return static_cast<int64_t>(static_cast<int32_t>(i) >> 31) * 4096 +
           static_cast<int64_t>((i >> 7 & 1) << 11 | (i >> 25 & 0x3f) << 5 | (i >> 8 & 0xf) << 1);
  }
  int64_t imm_j() const {
    return static_cast<int64_t>(static_cast<int32_t>(i) >> 31) * (1 << 20) +
           static_cast<int64_t>((i & 0xff000) | (i >> 20 & 1) << 11 | (i >> 21 & 0x3ff) << 1);
  }
};

void set(Op* op, OpCode code, OpClass op_class, int64_t imm) {
  op->code = code;
  op->op_class = op_class;
  op->imm = imm;
}

void decode_op_imm(Op* op, const Fields& f) {
  static constexpr C kCodes[8] = {C::Addi, C::Slli, C::Slti, C::Sltiu,
                                  C::Xori, C::Srli, C::Ori,  C::Andi};
  const uint32_t funct6 = f.i >> 26;
  if (f.funct3() == 1 && funct6 == 0) return set(op, C::Slli, OpClass::Alu, f.i >> 20 & 63);
  if (f.funct3() == 5 && funct6 == 0) return set(op, C::Srli, OpClass::Alu, f.i >> 20 & 63);
  if (f.funct3() == 5 && funct6 == 0x10) return set(op, C::Srai, OpClass::Alu, f.i >> 20 & 63);
  if (f.funct3() != 1 && f.funct3() != 5) set(op, kCodes[f.funct3()], OpClass::Alu, f.imm_i());
}

void decode_op_imm32(Op* op, const Fields& f) {
  const int64_t shamt = f.i >> 20 & 31;
  if (f.funct3() == 0) set(op, C::Addiw, OpClass::Alu, f.imm_i());
  if (f.funct3() == 1 && f.funct7() == 0) set(op, C::Slliw, OpClass::Alu, shamt);
  if (f.funct3() == 5 && f.funct7() == 0) set(op, C::Srliw, OpClass::Alu, shamt);
  if (f.funct3() == 5 && f.funct7() == 0x20) set(op, C::Sraiw, OpClass::Alu, shamt);
}

void decode_op(Op* op, const Fields& f) {
  static constexpr C kBase[8] = {C::Add, C::Sll, C::Slt, C::Sltu, C::Xor, C::Srl, C::Or, C::And};
  static constexpr C kMul[8] = {C::Mul, C::Mulh, C::Mulhsu, C::Mulhu,
                                C::Div, C::Divu, C::Rem,    C::Remu};
  const uint32_t f3 = f.funct3();
  if (f.funct7() == 0) set(op, kBase[f3], OpClass::Alu, 0);
  if (f.funct7() == 1) set(op, kMul[f3], f3 < 4 ? OpClass::Mul : OpClass::Div, 0);
  if (f.funct7() == 0x20 && f3 == 0) set(op, C::Sub, OpClass::Alu, 0);
  if (f.funct7() == 0x20 && f3 == 5) set(op, C::Sra, OpClass::Alu, 0);
}

void decode_op32(Op* op, const Fields& f) {
  static constexpr C kMul[8] = {C::Mulw, C::Illegal, C::Illegal, C::Illegal,
                                C::Divw, C::Divuw,   C::Remw,    C::Remuw};
  const uint32_t f3 = f.funct3();
  if (f.funct7() == 0 && f3 == 0) set(op, C::Addw, OpClass::Alu, 0);
  if (f.funct7() == 0 && f3 == 1) set(op, C::Sllw, OpClass::Alu, 0);
  if (f.funct7() == 0 && f3 == 5) set(op, C::Srlw, OpClass::Alu, 0);
  if (f.funct7() == 0x20 && f3 == 0) set(op, C::Subw, OpClass::Alu, 0);
  if (f.funct7() == 0x20 && f3 == 5) set(op, C::Sraw, OpClass::Alu, 0);
  if (f.funct7() == 1 && kMul[f3] != C::Illegal)
    set(op, kMul[f3], f3 < 4 ? OpClass::Mul : OpClass::Div, 0);
}

void decode_load(Op* op, const Fields& f) {
  static constexpr C kCodes[8] = {C::Lb, C::Lh, C::Lw, C::Ld, C::Lbu, C::Lhu, C::Lwu, C::Illegal};
  if (kCodes[f.funct3()] != C::Illegal) set(op, kCodes[f.funct3()], OpClass::Load, f.imm_i());
}

void decode_store(Op* op, const Fields& f) {
  static constexpr C kCodes[4] = {C::Sb, C::Sh, C::Sw, C::Sd};
  if (f.funct3() < 4) set(op, kCodes[f.funct3()], OpClass::Store, f.imm_s());
}

void decode_branch(Op* op, const Fields& f) {
  static constexpr C kCodes[8] = {C::Beq, C::Bne, C::Illegal, C::Illegal,
                                  C::Blt, C::Bge, C::Bltu,    C::Bgeu};
  if (kCodes[f.funct3()] != C::Illegal) set(op, kCodes[f.funct3()], OpClass::Branch, f.imm_b());
}

void decode_amo(Op* op, const Fields& f) {
  const uint32_t funct5 = f.i >> 27;
  const bool is_lr = funct5 == 2;
  const bool known = funct5 <= 4 || (funct5 % 4 == 0 && funct5 <= 0x1c);
  if ((f.funct3() != 2 && f.funct3() != 3) || !known || (is_lr && op->rs2 != 0)) return;
  set(op, C::Amo, OpClass::Atomic, f.i);
}

/// Operations that the interpreter has inline: dynamic rounding mode, double or single.
OpCode fast_float(const Fields& f) {
  const bool dynamic = f.funct3() == 7;
  switch (f.funct7()) {
    case 0x00:
      return dynamic ? C::FaddS : C::Float;
    case 0x01:
      return dynamic ? C::FaddD : C::Float;
    case 0x04:
      return dynamic ? C::FsubS : C::Float;
    case 0x05:
      return dynamic ? C::FsubD : C::Float;
    case 0x08:
      return dynamic ? C::FmulS : C::Float;
    case 0x09:
      return dynamic ? C::FmulD : C::Float;
    case 0x0c:
      return dynamic ? C::FdivS : C::Float;
    case 0x0d:
      return dynamic ? C::FdivD : C::Float;
    case 0x11:
      return f.funct3() == 0 ? C::FsgnjD : C::Float;
    case 0x71:
      return f.funct3() == 0 && (f.i >> 20 & 31) == 0 ? C::FmvXd : C::Float;
    case 0x79:
      return f.funct3() == 0 && (f.i >> 20 & 31) == 0 ? C::FmvDx : C::Float;
    default:
      return C::Float;
  }
}

void decode_float(Op* op, const Fields& f) {
  const uint32_t kind = f.funct7() >> 2;
  const bool slow = kind == 0x03 || kind == 0x0b;
  set(op, fast_float(f), slow ? OpClass::FloatDiv : OpClass::Float, f.i);
  op->rd = f.i >> 7 & 31;
  if (op->code == C::FmvXd && op->rd == 0) op->rd = kDummy;
}

void decode_fused(Op* op, const Fields& f) {
  static constexpr C kCodes[2][4] = {{C::FmaddS, C::FmsubS, C::FnmsubS, C::FnmaddS},
                                     {C::FmaddD, C::FmsubD, C::FnmsubD, C::FnmaddD}};
  const uint32_t format = f.i >> 25 & 3;
  const bool fast = f.funct3() == 7 && format < 2;
  set(op, fast ? kCodes[format][f.i >> 2 & 3] : C::Float, OpClass::Float, f.i);
  op->rd = f.i >> 7 & 31;
}

void decode_float_memory(Op* op, const Fields& f, bool is_store) {
  if (f.funct3() != 2 && f.funct3() != 3) return;
  const bool is_double = f.funct3() == 3;
  op->rd = f.i >> 7 & 31;
  if (is_store)
    set(op, is_double ? C::Fsd : C::Fsw, OpClass::Store, f.imm_s());
  else
    set(op, is_double ? C::Fld : C::Flw, OpClass::Load, f.imm_i());
}

/// The registers that the calling convention keeps return addresses in.
bool is_link(unsigned reg) { return reg == 1 || reg == 5; }

OpCode register_jump(const Op& op, const Fields& f) {
  if (is_link(op.rd)) return C::CallReg;
  return op.rd == kDummy && is_link(op.rs1) && f.imm_i() == 0 ? C::Ret : C::Jalr;
}

}  // namespace

Op decode(uint32_t instruction, uint64_t pc) {
  const Fields f{instruction};
  Op op{};
  op.rd = instruction >> 7 & 31;
  if (op.rd == 0) op.rd = kDummy;
  op.rs1 = instruction >> 15 & 31;
  op.rs2 = instruction >> 20 & 31;
  op.rs3 = instruction >> 27;
  set(&op, C::Illegal, OpClass::System, instruction);
  switch (instruction & 0x7f) {
    case 0x03:
      decode_load(&op, f);
      break;
    case 0x07:
      decode_float_memory(&op, f, false);
      break;
    case 0x0f:
      if (f.funct3() == 0) set(&op, C::Fence, OpClass::Alu, 0);
      if (f.funct3() == 1) set(&op, C::System, OpClass::System, instruction);
      break;
    case 0x13:
      decode_op_imm(&op, f);
      break;
    case 0x17:
      set(&op, C::Li, OpClass::Alu, static_cast<int64_t>(pc) + f.imm_u());
      break;
    case 0x1b:
      decode_op_imm32(&op, f);
      break;
    case 0x23:
      decode_store(&op, f);
      break;
    case 0x27:
      decode_float_memory(&op, f, true);
      break;
    case 0x2f:
      decode_amo(&op, f);
      break;
    case 0x33:
      decode_op(&op, f);
      break;
    case 0x37:
      set(&op, C::Li, OpClass::Alu, f.imm_u());
      break;
    case 0x3b:
      decode_op32(&op, f);
      break;
    case 0x43:
    case 0x47:
    case 0x4b:
    case 0x4f:
      decode_fused(&op, f);
      break;
    case 0x53:
      decode_float(&op, f);
      break;
    case 0x63:
      decode_branch(&op, f);
      break;
    case 0x67:
      if (f.funct3() == 0) set(&op, register_jump(op, f), OpClass::Branch, f.imm_i());
      break;
    case 0x6f:
      set(&op, is_link(op.rd) ? C::Call : C::Jal, OpClass::Branch, f.imm_j());
      break;
    case 0x73:
      set(&op, C::System, OpClass::System, instruction);
      break;
    default:
      break;
  }
  return op;
}

int pair_of(OpCode first, OpCode second) {
  constexpr auto kCount = static_cast<size_t>(C::Count);
  using Table = std::array<std::array<int16_t, kCount>, kCount>;
  static const Table table = [] {
    Table t;
    for (auto& row : t) row.fill(-1);
    int16_t number = 0;
#define X(a, b) t[static_cast<size_t>(C::a)][static_cast<size_t>(C::b)] = number++;
    SYSTOLE_RISCV_PAIRS(X)
#undef X
    return t;
  }();
  return table[static_cast<size_t>(first)][static_cast<size_t>(second)];
}

bool ends_block(OpCode code) {
  switch (code) {
    case C::Illegal:
    case C::Fall:
    case C::Beq:
    case C::Bne:
    case C::Blt:
    case C::Bge:
    case C::Bltu:
    case C::Bgeu:
    case C::Jal:
    case C::Jalr:
    case C::Call:
    case C::CallReg:
    case C::Ret:
    case C::System:
      return true;
    default:
      return false;
  }
}

}  // namespace systole::riscv
