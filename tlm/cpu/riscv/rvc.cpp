#include "tlm/cpu/riscv/rvc.h"

namespace systole::riscv {
namespace {

enum Major : uint32_t {
  kLoad = 0x03,
  kLoadFp = 0x07,
  kOpImm = 0x13,
  kOpImm32 = 0x1b,
  kStore = 0x23,
  kStoreFp = 0x27,
  kOp = 0x33,
  kLui = 0x37,
  kOp32 = 0x3b,
  kBranch = 0x63,
  kJalr = 0x67,
  kJal = 0x6f,
};

uint32_t r_type(uint32_t funct7, uint32_t rs2, uint32_t rs1, uint32_t f3, uint32_t rd, Major op) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
uint32_t i_type(uint32_t imm, uint32_t rs1, uint32_t f3, uint32_t rd, Major op) {
  return (imm & 0xfff) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | op;
}
uint32_t s_type(uint32_t imm, uint32_t rs2, uint32_t rs1, uint32_t f3, Major op) {
  return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (imm & 0x1f) << 7 | op;
}
uint32_t b_type(uint32_t imm, uint32_t rs1, uint32_t f3) {
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs1 << 15 | f3 << 12 |
         (imm >> 1 & 0xf) << 8 | (imm >> 11 & 1) << 7 | kBranch;
}
uint32_t j_type(uint32_t imm, uint32_t rd) {
  return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 |
         (imm >> 12 & 0xff) << 12 | rd << 7 | kJal;
}

/// Fields of one compressed instruction, by the names of the specification's formats.
struct Half {
  uint32_t h;
  uint32_t bits(unsigned high, unsigned low) const {
    return h >> low & ((1u << (high - low + 1)) - 1);
  }
  uint32_t rd() const { return bits(11, 7); }
  uint32_t rs2() const { return bits(6, 2); }
  uint32_t rd_short() const { return 8 + bits(4, 2); }
  uint32_t rs1_short() const { return 8 + bits(9, 7); }
  uint32_t imm6() const { return bits(6, 2) | (bits(12, 12) ? 0xffffffe0u : 0); }
  uint32_t shamt() const { return bits(6, 2) | bits(12, 12) << 5; }
  uint32_t word_offset() const { return bits(12, 10) << 3 | bits(6, 6) << 2 | bits(5, 5) << 6; }
  uint32_t double_offset() const { return bits(12, 10) << 3 | bits(6, 5) << 6; }
  uint32_t jump() const {
    return bits(5, 3) << 1 | bits(11, 11) << 4 | bits(2, 2) << 5 | bits(7, 7) << 6 |
           bits(6, 6) << 7 | bits(10, 9) << 8 | bits(8, 8) << 10 | (bits(12, 12) ? 0xfffff800u : 0);
  }
  uint32_t branch() const {
    return bits(4, 3) << 1 | bits(11, 10) << 3 | bits(2, 2) << 5 | bits(6, 5) << 6 |
           (bits(12, 12) ? 0xffffff00u : 0);
  }
};

uint32_t quadrant0(const Half& c) {
  const uint32_t rd = c.rd_short(), rs1 = c.rs1_short();
  switch (c.bits(15, 13)) {
    case 0: {
      const uint32_t imm =
          c.bits(12, 11) << 4 | c.bits(10, 7) << 6 | c.bits(6, 6) << 2 | c.bits(5, 5) << 3;
      return imm ? i_type(imm, 2, 0, rd, kOpImm) : 0;
    }
    case 1:
      return i_type(c.double_offset(), rs1, 3, rd, kLoadFp);
    case 2:
      return i_type(c.word_offset(), rs1, 2, rd, kLoad);
    case 3:
      return i_type(c.double_offset(), rs1, 3, rd, kLoad);
    case 5:
      return s_type(c.double_offset(), rd, rs1, 3, kStoreFp);
    case 6:
      return s_type(c.word_offset(), rd, rs1, 2, kStore);
    case 7:
      return s_type(c.double_offset(), rd, rs1, 3, kStore);
    default:
      return 0;
  }
}

uint32_t arithmetic(const Half& c) {
  const uint32_t rd = c.rs1_short(), rs2 = c.rd_short();
  switch (c.bits(11, 10)) {
    case 0:
      return i_type(c.shamt(), rd, 5, rd, kOpImm);
    case 1:
      return i_type(0x400 | c.shamt(), rd, 5, rd, kOpImm);
    case 2:
      return i_type(c.imm6(), rd, 7, rd, kOpImm);
  }
  switch (c.bits(12, 12) << 2 | c.bits(6, 5)) {
    case 0:
      return r_type(0x20, rs2, rd, 0, rd, kOp);
    case 1:
      return r_type(0, rs2, rd, 4, rd, kOp);
    case 2:
      return r_type(0, rs2, rd, 6, rd, kOp);
    case 3:
      return r_type(0, rs2, rd, 7, rd, kOp);
    case 4:
      return r_type(0x20, rs2, rd, 0, rd, kOp32);
    case 5:
      return r_type(0, rs2, rd, 0, rd, kOp32);
    default:
      return 0;
  }
}

uint32_t lui_or_stack(const Half& c) {
  if (c.rd() == 2) {
    const uint32_t imm = c.bits(6, 6) << 4 | c.bits(2, 2) << 5 | c.bits(5, 5) << 6 |
                         c.bits(4, 3) << 7 | (c.bits(12, 12) ? 0xfffffe00u : 0);
    return imm ? i_type(imm, 2, 0, 2, kOpImm) : 0;
  }
  return c.imm6() ? c.imm6() << 12 | c.rd() << 7 | kLui : 0;
}

uint32_t quadrant1(const Half& c) {
  switch (c.bits(15, 13)) {
    case 0:
      return i_type(c.imm6(), c.rd(), 0, c.rd(), kOpImm);
    case 1:
      return c.rd() ? i_type(c.imm6(), c.rd(), 0, c.rd(), kOpImm32) : 0;
    case 2:
      return i_type(c.imm6(), 0, 0, c.rd(), kOpImm);
    case 3:
      return lui_or_stack(c);
    case 4:
      return arithmetic(c);
    case 5:
      return j_type(c.jump(), 0);
    case 6:
      return b_type(c.branch(), c.rs1_short(), 0);
    default:
      return b_type(c.branch(), c.rs1_short(), 1);
  }
}

uint32_t jump_or_move(const Half& c) {
  const uint32_t rd = c.rd(), rs2 = c.rs2();
  if (rs2) return r_type(0, rs2, c.bits(12, 12) ? rd : 0, 0, rd, kOp);
  if (!c.bits(12, 12)) return rd ? i_type(0, rd, 0, 0, kJalr) : 0;
  return rd ? i_type(0, rd, 0, 1, kJalr) : 0x00100073;  // C.EBREAK
}

uint32_t quadrant2(const Half& c) {
  const uint32_t load_double = c.bits(6, 5) << 3 | c.bits(12, 12) << 5 | c.bits(4, 2) << 6;
  const uint32_t load_word = c.bits(6, 4) << 2 | c.bits(12, 12) << 5 | c.bits(3, 2) << 6;
  const uint32_t store_double = c.bits(12, 10) << 3 | c.bits(9, 7) << 6;
  const uint32_t store_word = c.bits(12, 9) << 2 | c.bits(8, 7) << 6;
  switch (c.bits(15, 13)) {
    case 0:
      return i_type(c.shamt(), c.rd(), 1, c.rd(), kOpImm);
    case 1:
      return i_type(load_double, 2, 3, c.rd(), kLoadFp);
    case 2:
      return c.rd() ? i_type(load_word, 2, 2, c.rd(), kLoad) : 0;
    case 3:
      return c.rd() ? i_type(load_double, 2, 3, c.rd(), kLoad) : 0;
    case 4:
      return jump_or_move(c);
    case 5:
      return s_type(store_double, c.rs2(), 2, 3, kStoreFp);
    case 6:
      return s_type(store_word, c.rs2(), 2, 2, kStore);
    default:
      return s_type(store_double, c.rs2(), 2, 3, kStore);
  }
}

}  // namespace

uint32_t expand_compressed(uint16_t half) {
  const Half c{half};
  switch (half & 3) {
    case 0:
      return quadrant0(c);
    case 1:
      return quadrant1(c);
    case 2:
      return quadrant2(c);
    default:
      return 0;
  }
}

}  // namespace systole::riscv
