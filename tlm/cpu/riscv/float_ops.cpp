#include "tlm/cpu/riscv/float_ops.h"

#include <xmmintrin.h>

#include <limits>

#include "tlm/cpu/riscv/float_env.h"

namespace systole::riscv {
namespace {

enum Flag : uint32_t { kInexact = 1, kUnderflow = 2, kOverflow = 4, kDivZero = 8, kInvalid = 16 };
enum Rounding : unsigned { kRne = 0, kRtz = 1, kRdn = 2, kRup = 3, kRmm = 4, kDynamic = 7 };

/// Keeps the compiler from moving arithmetic across a change of MXCSR.
template <typename T>
void pin(T& value) {
  asm volatile("" : "+x"(value));
}

/// Another rounding mode for a moment; sticky flags stay.
class RoundingScope {
 public:
  explicit RoundingScope(unsigned rm) : before_(_mm_getcsr()) {
    _mm_setcsr((before_ & ~kMxcsrRounding) | host_rounding(rm));
  }
  ~RoundingScope() { _mm_setcsr((_mm_getcsr() & ~kMxcsrRounding) | (before_ & kMxcsrRounding)); }

 private:
  unsigned before_;
};

using Wide = __float128;

/// `exact` as the nearest value, ties away from zero, given the tie-to-even result: they differ
/// only when `exact` lies half way between that and the next value away from zero.
template <typename T>
T ties_away(T even, Wide exact, bool exact_is_exact) {
  if (!exact_is_exact || std::isnan(even) || std::isinf(even)) return even;
  const Wide from = even;
  if ((exact < 0 ? -exact : exact) <= (from < 0 ? -from : from)) return even;
  const T away = std::nextafter(
      even, exact < 0 ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::infinity());
  if (std::isinf(away)) return even;
  const Wide half = (from + static_cast<Wide>(away)) / 2;
  return half == exact ? away : even;
}

/// Evaluates `wide` with clean flags and tells whether it was exact; the guest's flags are kept.
/// `wide` pins its operands, and so the computation between the changes of MXCSR.
template <typename F>
Wide widely(F wide, bool* exact) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(kMxcsrDefault);
  Wide value = wide();
  pin(value);
  *exact = !(_mm_getcsr() & 0x20);
  _mm_setcsr(before);
  return value;
}

/// Runs `narrow` in rounding mode rm; RMM is made of nearest-even and the exact value from `wide`.
template <typename T, typename N, typename W>
T rounded(unsigned rm, N narrow, W wide) {
  T result;
  {
    const RoundingScope scope(rm);
    result = narrow();
    pin(result);
  }
  if (rm != kRmm) return result;
  const unsigned before = _mm_getcsr();
  bool exact = false;
  const Wide value = widely(wide, &exact);
  result = ties_away(result, value, exact);
  _mm_setcsr(before);
  return result;
}

template <typename T>
struct Bits;
template <>
struct Bits<double> {
  using Word = uint64_t;
  static constexpr unsigned kFraction = 52;
};
template <>
struct Bits<float> {
  using Word = uint32_t;
  static constexpr unsigned kFraction = 23;
};

template <typename T>
bool signaling(T value) {
  return value != value && !(bits_of(value) >> (Bits<T>::kFraction - 1) & 1);
}

/// By the bits: a comparison would raise the invalid flag.
template <typename T>
uint64_t classify(T value) {
  using Word = typename Bits<T>::Word;
  constexpr unsigned kFraction = Bits<T>::kFraction, kWidth = sizeof(Word) * 8;
  const Word bits = bits_of(value);
  const bool negative = bits >> (kWidth - 1);
  const Word fraction = bits & ((Word{1} << kFraction) - 1);
  const Word top = (Word{1} << (kWidth - 1 - kFraction)) - 1, exponent = bits >> kFraction & top;
  if (exponent == top && fraction) return fraction >> (kFraction - 1) ? 1u << 9 : 1u << 8;
  if (exponent == top) return negative ? 1u << 0 : 1u << 7;
  if (exponent) return negative ? 1u << 1 : 1u << 6;
  if (fraction) return negative ? 1u << 2 : 1u << 5;
  return negative ? 1u << 3 : 1u << 4;
}

template <typename T>
uint64_t min_max(State& s, T a, T b, bool want_max) {
  if (signaling(a) || signaling(b)) s.fflags |= kInvalid;
  if (a != a) return put(b);
  if (b != b) return put(a);
  if (a == b) return put(std::signbit(a) != want_max ? a : b);
  return put((a < b) != want_max ? a : b);
}

template <typename T>
bool compare(State& s, T a, T b, unsigned funct3) {
  if (a != a || b != b) {
    if (funct3 != 2 || signaling(a) || signaling(b)) s.fflags |= kInvalid;
    return false;
  }
  return funct3 == 2 ? a == b : funct3 == 1 ? a < b : a <= b;
}

template <typename T>
T to_integral(T value, unsigned rm) {
  switch (rm) {
    case kRtz:
      return std::trunc(value);
    case kRdn:
      return std::floor(value);
    case kRup:
      return std::ceil(value);
    case kRmm:
      return std::round(value);
    default:
      break;
  }
  T even = std::round(value);
  if (std::fabs(even - value) == T(0.5) && std::fmod(even, T(2)) != 0)
    even -= std::copysign(T(1), value);
  return even;
}

/// Float to integer: saturating, NaN to the largest value. Kind: 0 W, 1 WU, 2 L, 3 LU.
template <typename T>
uint64_t to_integer(State& s, T value, unsigned kind, unsigned rm) {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(kMxcsrDefault);
  const T r = to_integral(value, rm);
  const T top = std::ldexp(T(1), kind == 0 ? 31 : kind == 1 ? 32 : kind == 2 ? 63 : 64);
  const T bottom = kind & 1 ? T(0) : -top;
  const bool below = r < bottom, above = !(r < top);  // NaN counts as above
  uint64_t result;
  if (below || above) {
    s.fflags |= kInvalid;
    switch (kind) {
      case 0:
        result = below ? ~uint64_t{0x7fff'ffff} : 0x7fff'ffff;
        break;
      case 1:
        result = below ? 0 : ~uint64_t{0};
        break;
      case 2:
        result = below ? uint64_t{1} << 63 : ~(uint64_t{1} << 63);
        break;
      default:
        result = below ? 0 : ~uint64_t{0};
        break;
    }
  } else {
    if (r != value) s.fflags |= kInexact;
    result = kind == 3 ? static_cast<uint64_t>(r) : static_cast<uint64_t>(static_cast<int64_t>(r));
    if (kind == 1) result = static_cast<uint64_t>(static_cast<int32_t>(result));
  }
  _mm_setcsr(before);
  return result;
}

template <typename T>
uint64_t from_integer(uint64_t x, unsigned kind, unsigned rm) {
  const auto w = static_cast<int64_t>(static_cast<int32_t>(x));
  const uint64_t u = kind == 1 ? static_cast<uint32_t>(x) : x;
  const int64_t i = kind == 0 ? w : static_cast<int64_t>(x);
  const bool is_signed = kind == 0 || kind == 2 || kind == 1;
  volatile int64_t signed_source = kind == 1 ? static_cast<int64_t>(u) : i;
  volatile uint64_t unsigned_source = u;
  if (is_signed)
    return put(rounded<T>(
        rm, [&] { return static_cast<T>(signed_source); },
        [&] { return static_cast<Wide>(signed_source); }));
  return put(rounded<T>(
      rm, [&] { return static_cast<T>(unsigned_source); },
      [&] { return static_cast<Wide>(unsigned_source); }));
}

template <typename T>
uint64_t sign_inject(uint64_t a, uint64_t b, unsigned funct3) {
  using Word = typename Bits<T>::Word;
  constexpr Word kSign = Word{1} << (sizeof(Word) * 8 - 1);
  const auto left = bits_of(get<T>(a)), right = bits_of(get<T>(b));
  const Word sign = funct3 == 0 ? right : funct3 == 1 ? ~right : left ^ right;
  const Word result = (left & ~kSign) | (sign & kSign);
  return sizeof(Word) == 4 ? box(static_cast<uint32_t>(result)) : result;
}

/// The instruction's operands and result registers.
struct Call {
  State& s;
  uint32_t i;
  unsigned rd() const { return i >> 7 & 31; }
  unsigned funct3() const { return i >> 12 & 7; }
  unsigned rs2() const { return i >> 20 & 31; }
  uint64_t a() const { return s.f[i >> 15 & 31]; }
  uint64_t b() const { return s.f[rs2()]; }
  uint64_t c() const { return s.f[i >> 27]; }
  uint64_t xa() const { return s.x[i >> 15 & 31]; }
  /// The rounding mode in force; above kRmm: reserved.
  unsigned rm() const { return funct3() == kDynamic ? s.frm : funct3(); }
  bool set_f(uint64_t value) const {
    s.f[rd()] = value;
    return true;
  }
  bool set_x(uint64_t value) const {
    s.x[rd() ? rd() : kDummy] = value;
    return true;
  }
};

template <typename T>
bool arithmetic(const Call& call) {
  if (call.rm() > kRmm) return false;
  T a = get<T>(call.a()), b = get<T>(call.b());
  pin(a);
  pin(b);
  const auto run = [&](auto op) {
    const auto narrow = [&] {
      pin(a);
      pin(b);
      return op(a, b);
    };
    const auto wide = [&] {
      pin(a);
      pin(b);
      return op(static_cast<Wide>(a), static_cast<Wide>(b));
    };
    return call.set_f(put(rounded<T>(call.rm(), narrow, wide)));
  };
  switch (call.i >> 27) {
    case 0:
      return run([](auto x, auto y) { return x + y; });
    case 1:
      return run([](auto x, auto y) { return x - y; });
    case 2:
      return run([](auto x, auto y) { return x * y; });
    case 3:
      return run([](auto x, auto y) { return x / y; });
    default:
      break;
  }
  // A square root is never half way between two values.
  if (call.rs2() != 0) return false;
  const RoundingScope scope(call.rm());
  pin(a);
  T root = std::sqrt(a);
  pin(root);
  return call.set_f(put(root));
}

template <typename T>
bool fused_arithmetic(const Call& call) {
  if (call.rm() > kRmm) return false;
  const unsigned kind = call.i >> 2 & 3;  // MADD, MSUB, NMSUB, NMADD
  T a = get<T>(call.a()), b = get<T>(call.b()), c = get<T>(call.c());
  if (kind >= 2) a = -a;
  if (kind == 1 || kind == 3) c = -c;
  if (c != c && invalid_product(a, b)) call.s.fflags |= kInvalid;
  const auto narrow = [&] {
    pin(a);
    pin(b);
    pin(c);
    return std::fma(a, b, c);
  };
  const auto wide = [&] {
    pin(a);
    pin(b);
    pin(c);
    return static_cast<Wide>(a) * static_cast<Wide>(b) + static_cast<Wide>(c);
  };
  return call.set_f(put(rounded<T>(call.rm(), narrow, wide)));
}

template <typename To, typename From>
bool convert(const Call& call) {
  if (call.rm() > kRmm) return false;
  From a = get<From>(call.a());
  const auto narrow = [&] {
    pin(a);
    return static_cast<To>(a);
  };
  return call.set_f(put(rounded<To>(call.rm(), narrow, [&] { return static_cast<Wide>(a); })));
}

template <typename T>
bool move_or_classify(const Call& call) {
  if (call.rs2() != 0) return false;
  if (call.funct3() == 1) return call.set_x(classify(get<T>(call.a())));
  if (call.funct3() != 0) return false;
  const uint64_t raw = call.a();
  return call.set_x(sizeof(T) == 8 ? raw : static_cast<uint64_t>(static_cast<int32_t>(raw)));
}

template <typename T>
bool op_fp(const Call& call) {
  State& s = call.s;
  switch (call.i >> 27) {
    case 0x00:
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x0b:
      return arithmetic<T>(call);
    case 0x04:
      if (call.funct3() > 2) return false;
      return call.set_f(sign_inject<T>(call.a(), call.b(), call.funct3()));
    case 0x05:
      if (call.funct3() > 1) return false;
      return call.set_f(min_max(s, get<T>(call.a()), get<T>(call.b()), call.funct3() == 1));
    case 0x08:
      if (sizeof(T) == 4 && call.rs2() == 1) return convert<float, double>(call);
      if (sizeof(T) == 8 && call.rs2() == 0) return convert<double, float>(call);
      return false;
    case 0x14:
      if (call.funct3() > 2) return false;
      return call.set_x(compare(s, get<T>(call.a()), get<T>(call.b()), call.funct3()));
    case 0x18:
      if (call.rs2() > 3 || call.rm() > kRmm) return false;
      return call.set_x(to_integer(s, get<T>(call.a()), call.rs2(), call.rm()));
    case 0x1a:
      if (call.rs2() > 3 || call.rm() > kRmm) return false;
      return call.set_f(from_integer<T>(call.xa(), call.rs2(), call.rm()));
    case 0x1c:
      return move_or_classify<T>(call);
    case 0x1e:
      if (call.rs2() != 0 || call.funct3() != 0) return false;
      return call.set_f(sizeof(T) == 8 ? call.xa() : box(static_cast<uint32_t>(call.xa())));
    default:
      return false;
  }
}

}  // namespace

bool execute_float(State& s, uint32_t instruction) {
  const Call call{s, instruction};
  const unsigned format = instruction >> 25 & 3;
  const bool is_op = (instruction & 0x7f) == 0x53;
  if (format == 0) return is_op ? op_fp<float>(call) : fused_arithmetic<float>(call);
  if (format == 1) return is_op ? op_fp<double>(call) : fused_arithmetic<double>(call);
  return false;
}

}  // namespace systole::riscv
