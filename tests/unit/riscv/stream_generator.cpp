#include "tests/unit/riscv/stream_generator.h"

#include <cstring>
#include <random>

namespace systole::riscv {
namespace {

constexpr uint64_t kCode = 0x1000, kConstants = 0x80000, kData = 0x90000, kPageTable = 0xa0000;
constexpr uint64_t kBytes = 0xa1000;
constexpr unsigned kTies = 128;  ///< operands for near_tie(), from where kConst points to
/// Registers that streams never write: pointers into the data, the constants, nowhere.
constexpr unsigned kSp = 2, kShortData = 15, kConst = 24, kOdd = 25, kAtomic = 26, kNowhere = 29,
                   kPointer = 30;

class Generator {
 public:
  Generator(uint64_t seed, const StreamOptions& options) : random_(seed), options_(options) {}
  std::vector<uint8_t> make(uint64_t seed);

 private:
  uint64_t any() { return random_(); }
  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  bool chance(unsigned percent) { return below(100) < percent; }

  void word(uint32_t w) { put(&w, 4); }
  void half(uint32_t h) { put(&h, 2); }
  void put(const void* data, size_t bytes) {
    const auto* p = static_cast<const uint8_t*>(data);
    code_.insert(code_.end(), p, p + bytes);
  }
  void set64(uint64_t offset, uint64_t value) { std::memcpy(image_.data() + offset, &value, 8); }

  unsigned source() { return below(32); }
  unsigned target() {
    for (;;) {
      const unsigned r = below(32);
      if (r != kSp && r != kShortData && r != kConst && r != kOdd && r != kAtomic &&
          r != kNowhere && r != kPointer)
        return r;
    }
  }
  unsigned short_target() { return below(7); }  // x8 to x14
  uint32_t rounding() { return chance(50) ? 7 : below(8); }

  void r(uint32_t f7, uint32_t f3, uint32_t opcode) {
    word(f7 << 25 | source() << 20 | source() << 15 | f3 << 12 | target() << 7 | opcode);
  }
  void instruction();
  void alu();
  void memory();
  void atomic();
  void control();
  void compressed();
  void floating();
  void near_tie();
  void csr();
  void read_csr();
  void fence();
  void illegal();
  uint64_t special_double();
  uint32_t special_single();
  uint64_t special_register();
  uint64_t tie_operand(unsigned n);

  std::mt19937_64 random_;
  StreamOptions options_;
  std::vector<uint8_t> code_, image_;
  uint32_t reserved_f3_ = 2;
};

void Generator::alu() {
  switch (below(4)) {
    case 0: {
      static constexpr uint32_t kF7[] = {0, 0, 1, 0x20};
      const uint32_t f7 = kF7[below(4)];
      return r(f7, f7 == 0x20 ? (chance(50) ? 0 : 5) : below(8), 0x33);
    }
    case 1: {
      static constexpr uint32_t kForms[][2] = {{0, 0}, {0, 1}, {0, 5}, {0x20, 0}, {0x20, 5},
                                               {1, 0}, {1, 4}, {1, 5}, {1, 6},    {1, 7}};
      const auto& form = kForms[below(10)];
      return r(form[0], form[1], 0x3b);
    }
    case 2: {
      const uint32_t f3 = below(8);
      uint32_t imm = below(4096);
      if (f3 == 1) imm &= 63;
      if (f3 == 5) imm &= 0x43f;
      return word(imm << 20 | source() << 15 | f3 << 12 | target() << 7 | 0x13);
    }
    default: {
      static constexpr uint32_t kF3[] = {0, 1, 5};
      const uint32_t f3 = kF3[below(3)];
      uint32_t imm = below(4096);
      if (f3 == 1) imm &= 31;
      if (f3 == 5) imm &= 0x41f;
      if (chance(20))
        return word((static_cast<uint32_t>(any()) & 0xfffff000) | target() << 7 | 0x37);
      if (chance(20))
        return word((static_cast<uint32_t>(any()) & 0xfffff000) | target() << 7 | 0x17);
      return word(imm << 20 | source() << 15 | f3 << 12 | target() << 7 | 0x1b);
    }
  }
}

void Generator::memory() {
  const unsigned base = chance(3) ? kNowhere : kPointer;
  // QEMU reports a refused misaligned access at the aligned address.
  const uint32_t imm = below(4096) & (base == kNowhere ? 0xff8 : 0xfff);
  switch (below(4)) {
    case 0:
      return word(imm << 20 | (chance(40) ? kConst : base) << 15 | below(7) << 12 | target() << 7 |
                  0x03);
    case 1:
      return word((imm >> 5) << 25 | source() << 20 | base << 15 | below(4) << 12 |
                  (imm & 31) << 7 | 0x23);
    case 2:
      return word(imm << 20 | (chance(90) ? kConst : base) << 15 | (2 + below(2)) << 12 |
                  below(32) << 7 | 0x07);
    default:
      return word((imm >> 5) << 25 | below(32) << 20 | base << 15 | (2 + below(2)) << 12 |
                  (imm & 31) << 7 | 0x27);
  }
}

void Generator::atomic() {
  static constexpr uint32_t kFunct5[] = {0, 1, 4, 8, 12, 16, 20, 24, 28, 2, 3};
  uint32_t f3 = 2 + below(2);
  const uint32_t f5 = kFunct5[below(11)];
  if (f5 == 2 || chance(15)) {
    reserved_f3_ = f3;
    if (chance(10)) return word(2u << 27 | kOdd << 15 | f3 << 12 | target() << 7 | 0x2f);
    word(2u << 27 | kAtomic << 15 | f3 << 12 | target() << 7 | 0x2f);
    if (chance(70))
      word(3u << 27 | source() << 20 | kAtomic << 15 | f3 << 12 | target() << 7 | 0x2f);
    return;
  }
  if (f5 == 3) f3 = reserved_f3_;  // SC of another width than LR's is unspecified
  word(f5 << 27 | below(4) << 25 | source() << 20 | kAtomic << 15 | f3 << 12 | target() << 7 |
       0x2f);
}

void Generator::control() {
  const uint32_t skip = 4 + 4 * below(6);  // forward over as many 32-bit instructions
  switch (below(4)) {
    case 0:
    case 1: {
      static constexpr uint32_t kF3[] = {0, 1, 4, 5, 6, 7};
      word((skip >> 5 & 0x3f) << 25 | source() << 20 | source() << 15 | kF3[below(6)] << 12 |
           (skip >> 1 & 15) << 8 | 0x63);
      break;
    }
    case 2:
      word((skip >> 1 & 0x3ff) << 21 | target() << 7 | 0x6f);
      break;
    default: {
      const unsigned link = 27;
      word(link << 7 | 0x17);  // auipc
      word((skip + 4) << 20 | link << 15 | target() << 7 | 0x67);
      break;
    }
  }
  for (uint32_t i = 4; i < skip; i += 4) alu();
}

void Generator::compressed() {
  const uint32_t rd = target(), s = short_target(), s2 = below(8), imm = below(64);
  const uint32_t bits = (imm >> 5) << 12 | (imm & 31) << 2;
  switch (below(16)) {
    case 0:
      return half(0x0001 | bits | rd << 7);  // addi
    case 1:
      return half(0x2001 | bits | rd << 7);  // addiw, reserved for x0
    case 2:
      return half(0x4001 | bits | rd << 7);  // li
    case 3:
      return half(0x6001 | bits | rd << 7);  // lui; 0 is reserved
    case 4:
      return half(0x8001 | bits | s << 7);  // srli
    case 5:
      return half(0x8401 | bits | s << 7);  // srai
    case 6:
      return half(0x8801 | bits | s << 7);  // andi
    case 7:
      return half(0x8c01 | below(2) << 12 | s << 7 | below(4) << 5 | s2 << 2);
    case 8:
      return half(0x0002 | bits | rd << 7);  // slli
    case 9:
      return half(0x8002 | (1 + below(31)) << 2 | rd << 7);  // mv
    case 10:
      return half(0x9002 | (1 + below(31)) << 2 | rd << 7);  // add
    case 11:
      return half(0x0000 | below(256) << 5 | s << 2);  // addi4spn
    case 12:
      return half((chance(50) ? 0x4000 : 0x6000) | below(8) << 10 | 7 << 7 | below(4) << 5 |
                  s << 2);  // lw, ld
    case 13:
      return half((chance(50) ? 0xc000 : 0xe000) | below(8) << 10 | 7 << 7 | below(4) << 5 |
                  s2 << 2);  // sw, sd
    case 14: {
      static constexpr uint32_t kLoads[] = {0x2002, 0x4002, 0x6002};
      return half(kLoads[below(3)] | bits | rd << 7);  // fldsp, lwsp, ldsp
    }
    default: {
      static constexpr uint32_t kForms[] = {0xa002, 0xc002, 0xe002, 0x2000, 0xa000, 0x8000};
      const uint32_t form = kForms[below(6)];
      if ((form & 3) == 2) return half(form | imm << 7 | source() << 2);      // fsdsp, swsp, sdsp
      return half(form | below(8) << 10 | 7 << 7 | below(4) << 5 | s2 << 2);  // fld, fsd, reserved
    }
  }
}

/// Operands whose exact result lies at, or hardly beside, the middle between two values.
void Generator::near_tie() {
  const uint32_t format = below(2), rm = chance(40) ? 4 : rounding();
  const uint32_t load = 2 + format, a = below(32), b = below(32), c = below(32), rd = below(32);
  for (uint32_t f : {a, b, c})
    word((below(kTies / 2) + format * kTies / 2) * 8 << 20 | kConst << 15 | load << 12 | f << 7 |
         0x07);
  if (chance(70))
    return word(c << 27 | format << 25 | b << 20 | a << 15 | rm << 12 | rd << 7 |
                (0x43 + 4 * below(4)));
  static constexpr uint32_t kFunct5[] = {0, 1, 2, 3};
  word(kFunct5[below(4)] << 27 | format << 25 | b << 20 | a << 15 | rm << 12 | rd << 7 | 0x53);
}

void Generator::floating() {
  if (chance(15)) return near_tie();
  const uint32_t format = below(2), rm = rounding();
  const uint32_t rs1 = below(32), rs2 = below(32), rd = below(32);
  const auto op = [&](uint32_t f5, uint32_t second, uint32_t first, uint32_t f3, uint32_t to) {
    word(f5 << 27 | format << 25 | second << 20 | first << 15 | f3 << 12 | to << 7 | 0x53);
  };
  switch (below(14)) {
    case 0:
      return op(0, rs2, rs1, rm, rd);
    case 1:
      return op(1, rs2, rs1, rm, rd);
    case 2:
      return op(2, rs2, rs1, rm, rd);
    case 3:
      return op(3, rs2, rs1, rm, rd);
    case 4:
      return op(0x0b, 0, rs1, rm, rd);
    case 5:
      return op(4, rs2, rs1, below(3), rd);
    case 6:
      return op(5, rs2, rs1, below(2), rd);
    case 7:
      return op(8, 1 - format, rs1, rm, rd);
    case 8:
      return op(0x14, rs2, rs1, below(3), target());
    case 9:
      return op(0x18, below(4), rs1, rm, target());
    case 10:
      return op(0x1a, below(4), source(), rm, rd);
    case 11:
      return op(0x1c, 0, rs1, below(2), target());
    case 12:
      return op(0x1e, 0, source(), 0, rd);
    default:
      return word(below(32) << 27 | format << 25 | rs2 << 20 | rs1 << 15 | rm << 12 | rd << 7 |
                  (0x43 + 4 * below(4)));
  }
}

/// Those that read alike on both machines; in lower modes most of them trap.
void Generator::read_csr() {
  static constexpr uint32_t kNumbers[] = {0x300, 0x301, 0x302, 0x303, 0x304, 0x306, 0x320,
                                          0x305, 0x100, 0x104, 0x106, 0x144, 0x180, 0xf11,
                                          0xf14, 0x3a0, 0x3b5, 0x141, 0x340};
  if (chance(80)) return word(kNumbers[below(19)] << 20 | 2 << 12 | target() << 7 | 0x73);
  static constexpr uint32_t kReadOnly[] = {0xf11, 0xf12, 0xf13, 0xf14, 0xc00, 0xc02};
  word(kReadOnly[below(6)] << 20 | below(32) << 15 | (chance(50) ? 1 : 5) << 12 | target() << 7 |
       0x73);
}

void Generator::fence() {
  static constexpr uint32_t kWords[] = {0x0ff0000f, 0x8330000f, 0x0000100f, 0x12000073};
  word(kWords[below(4)]);
}

void Generator::csr() {
  if (chance(20)) return read_csr();
  if (chance(5)) return fence();
  static constexpr uint32_t kNumbers[] = {1, 2, 3, 1, 2, 3, 0x140, 0x342, 0x142, 0x143, 0x105};
  static constexpr uint32_t kUnknown[] = {0x5c0, 0x8ff, 0x9c0, 0xf20, 0x014};
  const uint32_t f3 = 1 + below(3) + (chance(50) ? 4 : 0);
  if (chance(10))  // back to a rounding mode that exists
    return word(2u << 20 | below(5) << 15 | 5 << 12 | 0x73);
  const uint32_t number = chance(90) ? kNumbers[below(11)] : kUnknown[below(5)];
  word(number << 20 | below(32) << 15 | f3 << 12 | target() << 7 | 0x73);
}

void Generator::illegal() {
  const auto bits = static_cast<uint32_t>(any()) & ~0x7fu;
  switch (below(6)) {
    case 0:
      return word(bits | 0x0b);
    case 1:
      return word(bits | 0x5b);
    case 2:
      return half(0);
    case 3:
      return word(0x00100073);  // ebreak
    case 4:
      return half(0x9002);  // c.ebreak
    default:
      return word((bits & 0x01ff8f80) | 0x2063);  // branch, funct3
  }
}

void Generator::instruction() {
  const unsigned kind = below(100);
  if (kind < 25) return alu();
  if (kind < 42) return memory();
  if (kind < 47) return atomic();
  if (kind < 53) return control();
  if (kind < 70) return compressed();
  if (kind < 95) return floating();
  if (kind < 98) return csr();
  illegal();
}

uint64_t Generator::special_double() {
  static constexpr uint64_t kValues[] = {0,
                                         0x3ff0'0000'0000'0000,
                                         0x7ff0'0000'0000'0000,
                                         0x7ff8'0000'0000'0000,
                                         1,
                                         0x7ff0'0000'0000'0001,
                                         0x000f'ffff'ffff'ffff,
                                         0x0010'0000'0000'0000,
                                         0x7fef'ffff'ffff'ffff,
                                         0x43e0'0000'0000'0000,
                                         0x41df'ffff'ffc0'0000,
                                         0x3fe0'0000'0000'0000,
                                         0x4004'0000'0000'0000,
                                         0x41ef'ffff'ffe0'0000,
                                         0x43f0'0000'0000'0000,
                                         0x3ca0'0000'0000'0000,
                                         0x3ff8'0000'0000'0000};
  uint64_t value = any();
  if (chance(60))
    value = kValues[below(17)];
  else if (chance(70))
    value = (value & 0x800f'ffff'ffff'ffff) | uint64_t{1023 - 40 + below(80)} << 52;
  return chance(30) ? value ^ uint64_t { 1 } << 63 : value;
}

uint32_t Generator::special_single() {
  static constexpr uint32_t kValues[] = {0,          0x3f800000, 0x7f800000, 0x7fc00000,
                                         1,          0x7f800001, 0x007fffff, 0x00800000,
                                         0x7f7fffff, 0x5f000000, 0x4f000000, 0x3f000000,
                                         0x40200000, 0x33800000, 0x3fc00000};
  auto value = static_cast<uint32_t>(any());
  if (chance(60))
    value = kValues[below(15)];
  else if (chance(70))
    value = (value & 0x807f'ffff) | (127 - 20 + below(40)) << 23;
  return chance(30) ? value ^ 0x8000'0000 : value;
}

uint64_t Generator::special_register() {
  if (chance(45)) return special_double();
  if (chance(80)) return 0xffff'ffff'0000'0000 | special_single();
  return any();
}

/// The first half are boxed singles, the second doubles: few bits, apart by a precision or two.
uint64_t Generator::tie_operand(unsigned n) {
  const bool single = n < kTies / 2;
  const unsigned fraction = single ? 23 : 52;
  const int precision = static_cast<int>(fraction) + 1;
  const int bias = single ? 127 : 1023;
  static constexpr int kApart[] = {0, 0, 0, 0, 1, -1, 2};  // and multiples of the precision
  int exponent = kApart[below(7)] - precision * static_cast<int>(chance(50) ? below(8) : 0);
  if (chance(5)) exponent = -bias + static_cast<int>(below(3));
  exponent += bias;
  if (exponent < 0) exponent = 0;
  static constexpr uint64_t kFractions[] = {0, 0, 1, 2, 3, ~0ull, ~0ull - 1};
  uint64_t bits = kFractions[below(7)];
  if (chance(40)) bits ^= uint64_t{1} << (fraction - 1);
  bits &= (uint64_t{1} << fraction) - 1;
  const uint64_t value = static_cast<uint64_t>(exponent) << fraction | bits;
  const uint64_t sign = chance(30) ? uint64_t{1} << (single ? 31 : 63) : 0;
  return value | sign | (single ? 0xffff'ffff'0000'0000 : 0);
}

std::vector<uint8_t> Generator::make(uint64_t seed) {
  image_.resize(kBytes);
  while (code_.size() < 4 * options_.instructions) {
    instruction();
    if (options_.break_everywhere) word(0x00100073);
  }
  word(0x00000073);  // ecall
  std::memcpy(image_.data() + kCode, code_.data(), code_.size());

  constexpr uint64_t kModes[] = {3, 1, 0, 1, 0};
  const uint64_t kind = seed % 5, mode = kModes[kind];
  const bool paged = kind >= 3;
  set64(8, options_.rounds);
  set64(16, mode << 11);
  set64(24, paged ? uint64_t{8} << 60 | (kStreamBase + kPageTable) >> 12 : 0);
  set64(32, options_.verbose);
  // One gigabyte page, virtual as physical, for the stream's mode.
  set64(kPageTable + 2 * 8, uint64_t{0x8000'0000} >> 12 << 10 | 0xf | (mode == 0 ? 0x10 : 0));
  for (unsigned i = 0; i < 32; ++i) {
    const uint64_t value =
        chance(50) ? any() : static_cast<uint64_t>(static_cast<int64_t>(below(64)) - 32);
    set64(0x100 + 8 * i, value);
    set64(0x200 + 8 * i, special_register());
  }
  const uint64_t data = kStreamBase + kData + 0x1000;
  for (unsigned i : {kSp, kShortData, kAtomic, kPointer}) set64(0x100 + 8 * i, data);
  set64(0x100 + 8 * kConst, kStreamBase + kConstants + 0x1000);
  set64(0x100 + 8 * kOdd, data + 1 + below(7));
  set64(0x100 + 8 * kNowhere, uint64_t{0x40} << 32);
  for (uint64_t i = 0; i < 0x2000; i += 8) {
    const uint64_t tie = (i - 0x1000) / 8;
    set64(kConstants + i, i >= 0x1000 && tie < kTies ? tie_operand(static_cast<unsigned>(tie))
                                                     : special_register());
    set64(kData + i, any());
  }
  return std::move(image_);
}

}  // namespace

std::vector<uint8_t> make_stream(uint64_t seed, const StreamOptions& options) {
  return Generator(seed, options).make(seed);
}

}  // namespace systole::riscv
