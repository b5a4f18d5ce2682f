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

void Hart::execute(Labels* labels_out) {
  static const void* const kLabels[] = {
#define X(name) &&L_##name,
      SYSTOLE_RISCV_OPS(X)
#undef X
  };
  static const void* const kPairs[] = {
#define X(first, second) &&L_##first##_##second,
      SYSTOLE_RISCV_PAIRS(X)
#undef X
  };
  if (labels_out) {
    *labels_out = {kLabels, kPairs};
    return;
  }

  uint64_t* const x = s_.x;
  uint64_t* const f = s_.f;
  uint64_t cycles, instret, limit;
  uint64_t window;      // loads and stores at less than this from window_.base take the short path
  uint8_t* ram;         // of window_.base
  const uint8_t* code;  // one byte for 64 of memory
  Block* block = nullptr;
  Block* from = nullptr;   // the block that *link belongs to
  Block** link = nullptr;  // may point to the block at pc, once that is known
  const Op* op = nullptr;
  uint64_t pc = 0;

#define RELOAD()                                                                 \
  (cycles = cycles_, instret = instret_, limit = limit_, window = window_.bytes, \
   ram = window_.host, code = window_.code)
#define PUBLISH() (cycles_ = cycles, instret_ = instret, block_ = block)
#define DISPATCH() goto*(op->handler)
  RELOAD();
  pc = s_.pc;
  if (UNLIKELY(part_ != nullptr)) {  // whatever the limit is
    block = part_;
    part_ = nullptr;
    cycles += block->cycles;
    instret += block->count;
    op = block->ops;
    DISPATCH();
  }
  goto next;

#define NEXT()  \
  do {          \
    ++op;       \
    DISPATCH(); \
  } while (false)
#define OP_PC() (block->pc + 2 * uint64_t{op->offset2})
#define RS1 x[op->rs1]
#define RS2 x[op->rs2]
#define IMM static_cast<uint64_t>(op->imm)
#define ALU(expression) x[op->rd] = static_cast<uint64_t>(expression);

// A load or store through the window, the TLB, or load_slow and store_slow. The immediate of a
// memory operation is relative to window_.base. `to` receives the extended `value`.
#define LOAD(type, to, extend)                                                      \
  {                                                                                 \
    const uint64_t at = RS1 + IMM;                                                  \
    type value;                                                                     \
    if (LIKELY(at < window)) {                                                      \
      std::memcpy(&value, ram + at, sizeof value);                                  \
    } else if (!load_tlb(at + window_.base, &value)) {                              \
      PUBLISH();                                                                    \
      const Memory result = load_slow(at + window_.base, sizeof value, &value, op); \
      limit = limit_;                                                               \
      if (UNLIKELY(result == Memory::Leave)) {                                      \
        to = extend;                                                                \
        goto leave;                                                                 \
      }                                                                             \
      if (result != Memory::Ok) goto fault;                                         \
    }                                                                               \
    to = extend;                                                                    \
  }
#define STORE(type, data)                                                            \
  {                                                                                  \
    const uint64_t at = RS1 + IMM;                                                   \
    const type value = static_cast<type>(data);                                      \
    if (LIKELY(at < window && !code[at >> kLineShift])) {                            \
      std::memcpy(ram + at, &value, sizeof value);                                   \
    } else if (!store_tlb(at + window_.base, value)) {                               \
      PUBLISH();                                                                     \
      const Memory result = store_slow(at + window_.base, sizeof value, &value, op); \
      limit = limit_;                                                                \
      if (result == Memory::Fault) goto fault;                                       \
      if (result == Memory::Leave) goto leave;                                       \
    }                                                                                \
  }

// Goes on with a block that is known.
#define ENTER(to)                                    \
  do {                                               \
    block = (to);                                    \
    if (UNLIKELY(cycles >= limit)) goto out_of_time; \
    cycles += block->cycles;                         \
    instret += block->count;                         \
    op = block->ops;                                 \
    DISPATCH();                                      \
  } while (false)
#define GO(slot, target)                  \
  do {                                    \
    Block* const to = block->chain[slot]; \
    if (LIKELY(to != nullptr)) ENTER(to); \
    from = block;                         \
    link = &block->chain[slot];           \
    pc = (target);                        \
    goto next;                            \
  } while (false)
#define BRANCH(condition)              \
  if (condition) GO(0, OP_PC() + IMM); \
  GO(1, block->end_pc);
// To an address from a register: one of two successors that are remembered, by a bit of it.
#define GO_INDIRECT(slot_of)                              \
  do {                                                    \
    Block** const slot = &block->chain[slot_of];          \
    Block* const to = *slot;                              \
    if (LIKELY(to != nullptr && to->pc == pc)) ENTER(to); \
    from = block;                                         \
    link = slot;                                          \
    goto next;                                            \
  } while (false)

// Floating point with the dynamic rounding mode, when FS is dirty and the host knows the mode.
#define FAST_FLOAT(target, expression)     \
  if (UNLIKELY(float_slow_)) goto L_Float; \
  target = expression;
#define ARITHMETIC(type, operator) \
  FAST_FLOAT(f[op->rd], put(get<type>(f[op->rs1]) operator get<type>(f[op->rs2])))
#define FUSED(type, a_sign, c_sign)                                                    \
  FAST_FLOAT(f[op->rd], fused(s_, a_sign get<type>(f[op->rs1]), get<type>(f[op->rs2]), \
                              c_sign get<type>(f[op->rs3])))
#define NEED_FLOAT(dirties) \
  if (UNLIKELY(float_slow_) && !float_enabled(dirties)) goto L_Illegal

next:
  // From here `pc` is the next instruction; *link, if any, may point to its block.
  if (UNLIKELY(drop_pending_ || cycles >= limit)) {
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
      limit = limit_;
      if (!found) goto take_trap;
    }
    // Links between pages are valid only where addresses are physical.
    if (link && found->cached && from->cached && from->flat == found->flat &&
        (found->flat || (from->pc ^ found->pc) >> 12 == 0))
      *link = found;
    link = nullptr;
    ENTER(found);
  }

out_of_time:
  s_.pc = block->pc;

done:
  cycles_ = cycles;
  instret_ = instret;
  return;

L_Illegal:
  PUBLISH();
  unwind(op);
  s_.pc = OP_PC();
  trap_value_ = raw_instruction(s_.pc);
  trap_cause_ = kIllegal;
  goto take_trap;

fault:  // counts are published; trap_cause_ and trap_value_ are set
  unwind(op);
  s_.pc = OP_PC();

take_trap:  // cycles_ and instret_ are exact
  trap(trap_cause_, trap_value_);

resume:  // anything may have changed
  RELOAD();
  pc = s_.pc;
  link = nullptr;
  goto next;

leave:  // the operation is done, the rest of the block is not to be run
  s_.pc = OP_PC() + op->length;
  unwind(op + 1);
  return;

L_Break:
  PUBLISH();
  s_.pc = OP_PC();
  unwind(op);
  broke(op);
  return;

L_Counted:
  ++block->runs;
  goto*(block->first);

L_System:
  PUBLISH();
  s_.pc = block->end_pc;
  if (system(op)) goto resume;
  if (trap_cause_ == kIllegal) goto L_Illegal;
  trap_value_ = 0;
  goto fault;

L_Amo : {
  PUBLISH();
  const Memory result = amo(op);
  limit = limit_;
  if (result == Memory::Fault) goto fault;
  if (result == Memory::Leave) goto leave;
  NEXT();
}

L_Float:
  NEED_FLOAT(false);
  if (!execute_float(s_, static_cast<uint32_t>(op->imm))) goto L_Illegal;
  if (UNLIKELY(float_slow_)) float_enabled(writes_float_state(static_cast<uint32_t>(op->imm)));
  NEXT();

// What each of the other operations does, by its name.
#define DO_Fence
#define DO_Li ALU(op->imm)
#define DO_Addi ALU(RS1 + IMM)
#define DO_Slti ALU(sgn(RS1) < op->imm)
#define DO_Sltiu ALU(RS1 < IMM)
#define DO_Xori ALU(RS1 ^ IMM)
#define DO_Ori ALU(RS1 | IMM)
#define DO_Andi ALU(RS1& IMM)
#define DO_Slli ALU(RS1 << op->imm)
#define DO_Srli ALU(RS1 >> op->imm)
#define DO_Srai ALU(sgn(RS1) >> op->imm)
#define DO_Addiw ALU(sext32(RS1 + IMM))
#define DO_Slliw ALU(sext32(RS1 << op->imm))
#define DO_Srliw ALU(sext32(static_cast<uint32_t>(RS1) >> op->imm))
#define DO_Sraiw ALU(static_cast<int64_t>(word(RS1) >> op->imm))
#define DO_Add ALU(RS1 + RS2)
#define DO_Sub ALU(RS1 - RS2)
#define DO_Sll ALU(RS1 << (RS2 & 63))
#define DO_Slt ALU(sgn(RS1) < sgn(RS2))
#define DO_Sltu ALU(RS1 < RS2)
#define DO_Xor ALU(RS1 ^ RS2)
#define DO_Srl ALU(RS1 >> (RS2 & 63))
#define DO_Sra ALU(sgn(RS1) >> (RS2 & 63))
#define DO_Or ALU(RS1 | RS2)
#define DO_And ALU(RS1& RS2)
#define DO_Addw ALU(sext32(RS1 + RS2))
#define DO_Subw ALU(sext32(RS1 - RS2))
#define DO_Sllw ALU(sext32(RS1 << (RS2 & 31)))
#define DO_Srlw ALU(sext32(static_cast<uint32_t>(RS1) >> (RS2 & 31)))
#define DO_Sraw ALU(static_cast<int64_t>(word(RS1) >> (RS2 & 31)))
#define DO_Mul ALU(RS1* RS2)
#define DO_Mulh ALU(mulh(RS1, RS2))
#define DO_Mulhsu ALU(mulhsu(RS1, RS2))
#define DO_Mulhu ALU(mulhu(RS1, RS2))
#define DO_Div ALU(divide(sgn(RS1), sgn(RS2)))
#define DO_Divu ALU(divide_unsigned(RS1, RS2))
#define DO_Rem ALU(remainder(sgn(RS1), sgn(RS2)))
#define DO_Remu ALU(remainder_unsigned(RS1, RS2))
#define DO_Mulw ALU(sext32(RS1* RS2))
#define DO_Divw ALU(static_cast<int64_t>(divide(word(RS1), word(RS2))))
#define DO_Divuw \
  ALU(sext32(divide_unsigned(static_cast<uint32_t>(RS1), static_cast<uint32_t>(RS2))))
#define DO_Remw ALU(static_cast<int64_t>(remainder(word(RS1), word(RS2))))
#define DO_Remuw \
  ALU(sext32(remainder_unsigned(static_cast<uint32_t>(RS1), static_cast<uint32_t>(RS2))))
#define DO_Lb LOAD(int8_t, x[op->rd], static_cast<uint64_t>(static_cast<int64_t>(value)))
#define DO_Lh LOAD(int16_t, x[op->rd], static_cast<uint64_t>(static_cast<int64_t>(value)))
#define DO_Lw LOAD(int32_t, x[op->rd], static_cast<uint64_t>(static_cast<int64_t>(value)))
#define DO_Ld LOAD(uint64_t, x[op->rd], value)
#define DO_Lbu LOAD(uint8_t, x[op->rd], value)
#define DO_Lhu LOAD(uint16_t, x[op->rd], value)
#define DO_Lwu LOAD(uint32_t, x[op->rd], value)
#define DO_Sb STORE(uint8_t, RS2)
#define DO_Sh STORE(uint16_t, RS2)
#define DO_Sw STORE(uint32_t, RS2)
#define DO_Sd STORE(uint64_t, RS2)
#define DO_Flw      \
  NEED_FLOAT(true); \
  LOAD(uint32_t, f[op->rd], box(value))
#define DO_Fld      \
  NEED_FLOAT(true); \
  LOAD(uint64_t, f[op->rd], value)
#define DO_Fsw       \
  NEED_FLOAT(false); \
  STORE(uint32_t, f[op->rs2])
#define DO_Fsd       \
  NEED_FLOAT(false); \
  STORE(uint64_t, f[op->rs2])
#define DO_Beq BRANCH(RS1 == RS2)
#define DO_Bne BRANCH(RS1 != RS2)
#define DO_Blt BRANCH(sgn(RS1) < sgn(RS2))
#define DO_Bge BRANCH(sgn(RS1) >= sgn(RS2))
#define DO_Bltu BRANCH(RS1 < RS2)
#define DO_Bgeu BRANCH(RS1 >= RS2)
#define DO_Fall GO(0, block->end_pc);
#define DO_Jal               \
  x[op->rd] = block->end_pc; \
  GO(0, OP_PC() + IMM);
// Calls remember their block: its second successor is where they return to.
#define CALL()               \
  x[op->rd] = block->end_pc; \
  returns_[++return_top_ % kReturns] = block;
#define DO_Call \
  CALL()        \
  GO(0, OP_PC() + IMM);
#define DO_CallReg                 \
  pc = (RS1 + IMM) & ~uint64_t{1}; \
  CALL()                           \
  GO_INDIRECT(0);
#define DO_Jalr                    \
  pc = (RS1 + IMM) & ~uint64_t{1}; \
  x[op->rd] = block->end_pc;       \
  GO_INDIRECT((pc >> 1 ^ pc >> 3) & 1);
#define DO_Ret                                                                      \
  pc = RS1 & ~uint64_t{1};                                                          \
  from = returns_[return_top_-- % kReturns];                                        \
  if (LIKELY(from != nullptr && from->end_pc == pc && from->flat && block->flat)) { \
    Block* const to = from->chain[1];                                               \
    if (LIKELY(to != nullptr)) ENTER(to);                                           \
    link = &from->chain[1];                                                         \
  }                                                                                 \
  goto next;
#define DO_FsgnjD \
  FAST_FLOAT(f[op->rd], (f[op->rs1] & ~(uint64_t{1} << 63)) | (f[op->rs2] & (uint64_t{1} << 63)))
#define DO_FmvXd FAST_FLOAT(x[op->rd], f[op->rs1])
#define DO_FmvDx FAST_FLOAT(f[op->rd], x[op->rs1])
#define DO_FaddD ARITHMETIC(double, +)
#define DO_FsubD ARITHMETIC(double, -)
#define DO_FmulD ARITHMETIC(double, *)
#define DO_FdivD ARITHMETIC(double, /)
#define DO_FaddS ARITHMETIC(float, +)
#define DO_FsubS ARITHMETIC(float, -)
#define DO_FmulS ARITHMETIC(float, *)
#define DO_FdivS ARITHMETIC(float, /)
#define DO_FmaddD FUSED(double, , )
#define DO_FmsubD FUSED(double, , -)
#define DO_FnmsubD FUSED(double, -, )
#define DO_FnmaddD FUSED(double, -, -)
#define DO_FmaddS FUSED(float, , )
#define DO_FmsubS FUSED(float, , -)
#define DO_FnmsubS FUSED(float, -, )
#define DO_FnmaddS FUSED(float, -, -)

// Alone, and two at once: the second then needs no jump.
#define X(name) L_##name : DO_##name NEXT();
  SYSTOLE_RISCV_PLAIN_OPS(X)
#undef X
#define X(first, second)                  \
  L_##first##_##second : DO_##first++ op; \
  DO_##second NEXT();
  SYSTOLE_RISCV_PAIRS(X)
#undef X
}

}  // namespace systole::riscv
