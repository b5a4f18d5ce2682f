// The inner loop: one label per operation, operations jump to each other.
// Locals mirror the counts; they are written back wherever anything outside may look at them.
#include <cstring>

#include "tlm/cpu/riscv/float_ops.h"
#include "tlm/cpu/riscv/hart.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

namespace systole::riscv {
namespace {

uint64_t sext32(uint64_t value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}
int64_t sgn(uint64_t value) { return static_cast<int64_t>(value); }
int32_t word(uint64_t value) { return static_cast<int32_t>(value); }

uint64_t mulh(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(static_cast<__int128>(sgn(a)) * sgn(b) >> 64);
}
uint64_t mulhu(uint64_t a, uint64_t b) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b >> 64);
}
uint64_t mulhsu(uint64_t a, uint64_t b) { return mulhu(a, b) - (sgn(a) < 0 ? b : 0); }

/// Division by zero and overflow as the M extension defines them.
template <typename S>
S divide(S a, S b) {
  if (b == 0) return S(-1);
  if (b == S(-1)) return static_cast<S>(0 - static_cast<std::make_unsigned_t<S>>(a));
  return a / b;
}
template <typename S>
S remainder(S a, S b) {
  if (b == 0) return a;
  return b == S(-1) ? S(0) : a % b;
}
template <typename U>
U divide_unsigned(U a, U b) {
  return b ? a / b : ~U(0);
}
template <typename U>
U remainder_unsigned(U a, U b) {
  return b ? a % b : a;
}

}  // namespace

void Hart::execute(const void* const** labels_out) {
  static const void* const kLabels[] = {
#define X(name) &&L_##name,
      SYSTOLE_RISCV_OPS(X)
#undef X
  };
  if (labels_out) {
    *labels_out = kLabels;
    return;
  }

  uint64_t* const x = s_.x;
  uint64_t* const f = s_.f;
  uint64_t cycles = cycles_, instret = instret_;
  uint64_t ram_limit = ram_limit_;
  const uint64_t ram_base = config_.ram_base;
  uint8_t* const ram = ram_ ? ram_->at(ram_base) : nullptr;
  const uint8_t* const code =
      ram_ ? ram_->code_lines.data() + ((ram_base - ram_->base) >> kLineShift) : nullptr;
  Block* block = nullptr;
  Block** link = nullptr;
  const Op* op = nullptr;
  uint64_t pc = s_.pc;
  goto next;

#define NEXT() goto*(++op)->handler
#define PUBLISH() (cycles_ = cycles, instret_ = instret, block_ = block)
#define OP_PC() (block->pc + 2 * uint64_t{op->offset2})
#define ALU(name, expression)                               \
  L_##name : x[op->rd] = static_cast<uint64_t>(expression); \
  NEXT()
#define RS1 x[op->rs1]
#define RS2 x[op->rs2]

// A load through the short path, or through load_slow. `to` receives the extended value.
#define LOAD(name, type, to, extend) L_##name : LOAD_BODY(type, to, extend)
#define LOAD_BODY(type, to, extend)                                            \
  {                                                                            \
    const uint64_t addr = RS1 + static_cast<uint64_t>(op->imm);                \
    const uint64_t at = addr - ram_base;                                       \
    type value;                                                                \
    if (LIKELY(at + sizeof(type) <= ram_limit && at < ram_limit)) {            \
      std::memcpy(&value, ram + at, sizeof(type));                             \
    } else {                                                                   \
      PUBLISH();                                                               \
      if (load_slow(addr, sizeof(type), &value, op) != Memory::Ok) goto fault; \
    }                                                                          \
    to = extend;                                                               \
    NEXT();                                                                    \
  }
#define STORE(name, type, from) L_##name : STORE_BODY(type, from)
#define STORE_BODY(type, from)                                                             \
  {                                                                                        \
    const uint64_t addr = RS1 + static_cast<uint64_t>(op->imm);                            \
    const uint64_t at = addr - ram_base;                                                   \
    const type value = static_cast<type>(from);                                            \
    if (LIKELY(at < ram_limit && !(at & (sizeof(type) - 1)) && !code[at >> kLineShift])) { \
      std::memcpy(ram + at, &value, sizeof(type));                                         \
      NEXT();                                                                              \
    }                                                                                      \
    PUBLISH();                                                                             \
    const Memory result = store_slow(addr, sizeof(type), &value, op);                      \
    if (result == Memory::Fault) goto fault;                                               \
    if (result == Memory::Leave) goto leave;                                               \
    NEXT();                                                                                \
  }
#define GO(slot, target)                  \
  do {                                    \
    Block* const to = block->chain[slot]; \
    if (LIKELY(to != nullptr)) {          \
      block = to;                         \
      goto enter;                         \
    }                                     \
    link = &block->chain[slot];           \
    pc = (target);                        \
    goto next;                            \
  } while (false)
#define BRANCH(name, condition)                                              \
  L_##name : if (condition) GO(0, OP_PC() + static_cast<uint64_t>(op->imm)); \
  GO(1, block->end_pc)
// Floating point with the dynamic rounding mode, when FS is dirty and the host knows the mode.
#define FAST_FLOAT(name, target, expression)          \
  L_##name : if (UNLIKELY(float_slow_)) goto L_Float; \
  target = expression;                                \
  NEXT()
#define ARITHMETIC(name, type, operator) \
  FAST_FLOAT(name, f[op->rd], put(get<type>(f[op->rs1]) operator get<type>(f[op->rs2])))
#define FUSED(name, type, a_sign, c_sign)                                   \
  FAST_FLOAT(name, f[op->rd],                                               \
             fused(s_, a_sign get<type>(f[op->rs1]), get<type>(f[op->rs2]), \
                   c_sign get<type>(f[op->rs3])))
#define NEED_FLOAT(dirties) \
  if (UNLIKELY(float_slow_) && !float_enabled(dirties)) goto L_Illegal

next:
  // From here `pc` is the next instruction; *link, if any, may point to its block.
  if (UNLIKELY(drop_pending_)) {
    s_.pc = pc;
    goto done;
  }
  if (UNLIKELY(cycles >= limit_)) {
    s_.pc = pc;
    goto done;
  }
  {
    Block* found = cache_.jump(pc, context_);
    if (UNLIKELY(!found)) {
      if (cache_.full()) link = nullptr;
      cycles_ = cycles;
      instret_ = instret;
      s_.pc = pc;
      found = fetch(pc);
      if (!found) {
        link = nullptr;
        goto take_trap;
      }
      if (!found->cached) link = nullptr;
    }
    // Links between pages are valid only where addresses are physical.
    if (link && found->cached && block->cached && block->flat == found->flat &&
        (found->flat || (block->pc ^ found->pc) >> 12 == 0))
      *link = found;
    link = nullptr;
    block = found;
  }

enter:
  if (UNLIKELY(cycles >= limit_)) {
    s_.pc = block->pc;
    goto done;
  }
  cycles += block->cycles;
  instret += block->count;
  op = block->ops;
  goto * op->handler;

L_Illegal:
  PUBLISH();
  unwind(op);
  s_.pc = OP_PC();
  {
    const uint32_t raw = raw_instruction(s_.pc);
    trap_cause_ = kIllegal;
    trap_value_ = raw;
  }
  goto take_trap;

fault:  // counts are published; trap_cause_ and trap_value_ are set
  unwind(op);
  s_.pc = OP_PC();

take_trap:  // cycles_ and instret_ are exact
  trap(trap_cause_, trap_value_);
  cycles = cycles_;
  instret = instret_;
  ram_limit = ram_limit_;
  pc = s_.pc;
  link = nullptr;
  goto next;

leave:  // the operation is done, the rest of the block is not to be run
  s_.pc = OP_PC() + op->length;
  unwind(op + 1);
  return;

done:
  cycles_ = cycles;
  instret_ = instret;
  return;

L_Fall:
  GO(0, block->end_pc);
L_Jal:
  x[op->rd] = block->end_pc;
  GO(0, OP_PC() + static_cast<uint64_t>(op->imm));
L_Jalr : {
  pc = (RS1 + static_cast<uint64_t>(op->imm)) & ~uint64_t{1};
  x[op->rd] = block->end_pc;
  link = nullptr;
  goto next;
}
L_System:
  PUBLISH();
  s_.pc = block->end_pc;
  if (!system(op)) {
    if (trap_cause_ == kIllegal) goto L_Illegal;
    trap_value_ = 0;
    goto fault;
  }
  ram_limit = ram_limit_;
  pc = s_.pc;
  link = nullptr;
  goto next;
L_Fence:
  NEXT();
L_Amo : {
  PUBLISH();
  const Memory result = amo(op);
  if (result == Memory::Fault) goto fault;
  if (result == Memory::Leave) goto leave;
  NEXT();
}
L_Float:
  NEED_FLOAT(true);
  if (!execute_float(s_, static_cast<uint32_t>(op->imm))) goto L_Illegal;
  NEXT();

  ALU(Li, op->imm);
  ALU(Addi, RS1 + static_cast<uint64_t>(op->imm));
  ALU(Slti, sgn(RS1) < op->imm);
  ALU(Sltiu, RS1 < static_cast<uint64_t>(op->imm));
  ALU(Xori, RS1 ^ static_cast<uint64_t>(op->imm));
  ALU(Ori, RS1 | static_cast<uint64_t>(op->imm));
  ALU(Andi, RS1 & static_cast<uint64_t>(op->imm));
  ALU(Slli, RS1 << op->imm);
  ALU(Srli, RS1 >> op->imm);
  ALU(Srai, sgn(RS1) >> op->imm);
  ALU(Addiw, sext32(RS1 + static_cast<uint64_t>(op->imm)));
  ALU(Slliw, sext32(RS1 << op->imm));
  ALU(Srliw, sext32(static_cast<uint32_t>(RS1) >> op->imm));
  ALU(Sraiw, static_cast<int64_t>(word(RS1) >> op->imm));
  ALU(Add, RS1 + RS2);
  ALU(Sub, RS1 - RS2);
  ALU(Sll, RS1 << (RS2 & 63));
  ALU(Slt, sgn(RS1) < sgn(RS2));
  ALU(Sltu, RS1 < RS2);
  ALU(Xor, RS1 ^ RS2);
  ALU(Srl, RS1 >> (RS2 & 63));
  ALU(Sra, sgn(RS1) >> (RS2 & 63));
  ALU(Or, RS1 | RS2);
  ALU(And, RS1 & RS2);
  ALU(Addw, sext32(RS1 + RS2));
  ALU(Subw, sext32(RS1 - RS2));
  ALU(Sllw, sext32(RS1 << (RS2 & 31)));
  ALU(Srlw, sext32(static_cast<uint32_t>(RS1) >> (RS2 & 31)));
  ALU(Sraw, static_cast<int64_t>(word(RS1) >> (RS2 & 31)));
  ALU(Mul, RS1 * RS2);
  ALU(Mulh, mulh(RS1, RS2));
  ALU(Mulhsu, mulhsu(RS1, RS2));
  ALU(Mulhu, mulhu(RS1, RS2));
  ALU(Div, divide(sgn(RS1), sgn(RS2)));
  ALU(Divu, divide_unsigned(RS1, RS2));
  ALU(Rem, remainder(sgn(RS1), sgn(RS2)));
  ALU(Remu, remainder_unsigned(RS1, RS2));
  ALU(Mulw, sext32(RS1 * RS2));
  ALU(Divw, static_cast<int64_t>(divide(word(RS1), word(RS2))));
  ALU(Divuw, sext32(divide_unsigned(static_cast<uint32_t>(RS1), static_cast<uint32_t>(RS2))));
  ALU(Remw, static_cast<int64_t>(remainder(word(RS1), word(RS2))));
  ALU(Remuw, sext32(remainder_unsigned(static_cast<uint32_t>(RS1), static_cast<uint32_t>(RS2))));

  LOAD(Lb, int8_t, x[op->rd], static_cast<uint64_t>(static_cast<int64_t>(value)))
  LOAD(Lh, int16_t, x[op->rd], static_cast<uint64_t>(static_cast<int64_t>(value)))
  LOAD(Lw, int32_t, x[op->rd], static_cast<uint64_t>(static_cast<int64_t>(value)))
  LOAD(Ld, uint64_t, x[op->rd], value)
  LOAD(Lbu, uint8_t, x[op->rd], value)
  LOAD(Lhu, uint16_t, x[op->rd], value)
  LOAD(Lwu, uint32_t, x[op->rd], value)
  STORE(Sb, uint8_t, RS2)
  STORE(Sh, uint16_t, RS2)
  STORE(Sw, uint32_t, RS2)
  STORE(Sd, uint64_t, RS2)

L_Flw:
  NEED_FLOAT(true);
  LOAD_BODY(uint32_t, f[op->rd], box(value))
L_Fld:
  NEED_FLOAT(true);
  LOAD_BODY(uint64_t, f[op->rd], value)
L_Fsw:
  NEED_FLOAT(false);
  STORE_BODY(uint32_t, f[op->rs2])
L_Fsd:
  NEED_FLOAT(false);
  STORE_BODY(uint64_t, f[op->rs2])

  BRANCH(Beq, RS1 == RS2);
  BRANCH(Bne, RS1 != RS2);
  BRANCH(Blt, sgn(RS1) < sgn(RS2));
  BRANCH(Bge, sgn(RS1) >= sgn(RS2));
  BRANCH(Bltu, RS1 < RS2);
  BRANCH(Bgeu, RS1 >= RS2);

  ARITHMETIC(FaddD, double, +);
  ARITHMETIC(FsubD, double, -);
  ARITHMETIC(FmulD, double, *);
  ARITHMETIC(FdivD, double, /);
  ARITHMETIC(FaddS, float, +);
  ARITHMETIC(FsubS, float, -);
  ARITHMETIC(FmulS, float, *);
  ARITHMETIC(FdivS, float, /);
  FUSED(FmaddD, double, , );
  FUSED(FmsubD, double, , -);
  FUSED(FnmsubD, double, -, );
  FUSED(FnmaddD, double, -, -);
  FUSED(FmaddS, float, , );
  FUSED(FmsubS, float, , -);
  FUSED(FnmsubS, float, -, );
  FUSED(FnmaddS, float, -, -);
  FAST_FLOAT(FsgnjD, f[op->rd],
             (f[op->rs1] & ~(uint64_t{1} << 63)) | (f[op->rs2] & (uint64_t{1} << 63)));
  FAST_FLOAT(FmvXd, x[op->rd], f[op->rs1]);
  FAST_FLOAT(FmvDx, f[op->rd], x[op->rs1]);
}

}  // namespace systole::riscv
