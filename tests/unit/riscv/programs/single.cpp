// F: every instruction over ordinary, subnormal, infinite, NaN and wrongly boxed operands in every
// rounding mode; loads and stores; flags.
#include "float_sweep.h"

namespace {

constexpr uint64_t box(uint32_t bits) { return 0xffffffff00000000 | bits; }
constexpr uint32_t kNan = 0x7fc00000, kOne = 0x3f800000, kThree = 0x40400000;

constexpr uint64_t kValues[] = {box(0),
                                box(0x80000000),
                                box(kOne),
                                box(0xbf800000),
                                box(kThree),
                                box(0x3eaaaaab),
                                box(0x40490fdb),
                                box(0xc2f6e979),
                                box(0x00000001),
                                box(0x80000001),
                                box(0x007fffff),
                                box(0x00800000),
                                box(0x7f7fffff),
                                box(0xff7fffff),
                                box(0x7f800000),
                                box(0xff800000),
                                box(kNan),
                                box(0x7f800001),
                                box(0xffc12345),
                                box(0x7fbfffff),
                                box(0x3f000000),
                                box(0x3fc00000),
                                box(0x40200000),
                                box(0xbf000000),
                                box(0xc0200000),
                                box(0x4effffff),
                                box(0x4f000000),
                                box(0xcf000000),
                                box(0xcf000001),
                                box(0x4f7fffff),
                                box(0x4f800000),
                                box(0x5effffff),
                                box(0x5f000000),
                                box(0xdf000000),
                                box(0x5f7fffff),
                                box(0x5f800000),
                                box(0x33800000),
                                box(0x34000001),
                                box(0x1f123456),
                                box(0x5f654321),
                                kOne,
                                0x3ff0000000000000,
                                0xfffffffe3f800000};
constexpr uint64_t kFew[] = {
    box(0),          box(0x80000000), box(kOne),       box(0xc0490fdb), box(0x3eaaaaab),
    box(0x00000001), box(0x007fffff), box(0x7f7fffff), box(0xff800000), box(kNan),
    box(0x7f800001), box(0x5f800003), box(0xdf800005), box(0x33800001), kOne};

void rounding() {
  CHECK_FLAGS("1/3, rne", FLOAT_OP2("fdiv.s", ", rne", box(kOne), box(kThree)), box(0x3eaaaaab),
              kFlagInexact);
  CHECK_FLAGS("1/3, rtz", FLOAT_OP2("fdiv.s", ", rtz", box(kOne), box(kThree)), box(0x3eaaaaaa),
              kFlagInexact);
  CHECK_FLAGS("1/3, rdn", FLOAT_OP2("fdiv.s", ", rdn", box(kOne), box(kThree)), box(0x3eaaaaaa),
              kFlagInexact);
  CHECK_FLAGS("1/3, rup", FLOAT_OP2("fdiv.s", ", rup", box(kOne), box(kThree)), box(0x3eaaaaab),
              kFlagInexact);
  CHECK_FLAGS("1 + half an ulp, rne", FLOAT_OP2("fadd.s", ", rne", box(kOne), box(0x33800000)),
              box(kOne), kFlagInexact);
  CHECK_FLAGS("1 + half an ulp, rmm", FLOAT_OP2("fadd.s", ", rmm", box(kOne), box(0x33800000)),
              box(kOne + 1), kFlagInexact);
  CHECK_RESERVED_MODES("fadd.s", 0x00000053);
}

void flags() {
  CHECK_FLAGS("1/0", FLOAT_OP2("fdiv.s", "", box(kOne), box(0)), box(0x7f800000), kFlagDivide);
  CHECK_FLAGS("0/0", FLOAT_OP2("fdiv.s", "", box(0), box(0)), box(kNan), kFlagInvalid);
  CHECK_FLAGS("sqrt(-1)", FLOAT_OP1("fsqrt.s", "", box(0xbf800000)), box(kNan), kFlagInvalid);
  CHECK_FLAGS("sqrt(-0)", FLOAT_OP1("fsqrt.s", "", box(0x80000000)), box(0x80000000), 0);
  CHECK_FLAGS("overflow", FLOAT_OP2("fmul.s", ", rne", box(0x7f7fffff), box(0x40000000)),
              box(0x7f800000), kFlagOverflow | kFlagInexact);
  CHECK_FLAGS("overflow, rtz", FLOAT_OP2("fmul.s", ", rtz", box(0x7f7fffff), box(0x40000000)),
              box(0x7f7fffff), kFlagOverflow | kFlagInexact);
  CHECK_FLAGS("underflow", FLOAT_OP2("fmul.s", ", rne", box(0x00800001), box(0x3f000000)),
              box(0x00400000), kFlagUnderflow | kFlagInexact);
  CHECK_FLAGS("exact subnormal", FLOAT_OP2("fmul.s", ", rne", box(0x00800000), box(0x3f000000)),
              box(0x00400000), 0);
  // 0x1.fffffep-127 rounds up to the smallest normal number: tiny after rounding it is not.
  CHECK_FLAGS("tininess after rounding",
              FLOAT_OP2("fmul.s", ", rne", box(0x3f7fffff), box(0x00800000)), box(0x00800000),
              kFlagUnderflow | kFlagInexact);
  CHECK_FLAGS("inf - inf", FLOAT_OP2("fsub.s", "", box(0x7f800000), box(0x7f800000)), box(kNan),
              kFlagInvalid);
  CHECK_FLAGS("inf * 0 + qNaN", FLOAT_OP3("fmadd.s", "", box(0x7f800000), box(0), box(kNan)),
              box(kNan), kFlagInvalid);
  take_flags();
  FLOAT_OP2("fdiv.s", "", box(kOne), box(0));
  FLOAT_OP2("fadd.s", "", box(kOne), box(0x33800000));
  check("flags add up", READ_CSR(fflags), kFlagDivide | kFlagInexact);
  check("fcsr", READ_CSR(fcsr), kFlagDivide | kFlagInexact);
  take_flags();
}

void nans() {
  CHECK_FLAGS("NaN payload is dropped", FLOAT_OP2("fadd.s", "", box(0xffc12345), box(kOne)),
              box(kNan), 0);
  CHECK_FLAGS("signalling NaN", FLOAT_OP2("fadd.s", "", box(0x7f800001), box(kOne)), box(kNan),
              kFlagInvalid);
  CHECK_FLAGS("fmin of one NaN", FLOAT_OP2("fmin.s", "", box(kNan), box(kOne)), box(kOne), 0);
  CHECK_FLAGS("fmax of a signalling NaN", FLOAT_OP2("fmax.s", "", box(0x7f800001), box(kOne)),
              box(kOne), kFlagInvalid);
  CHECK_FLAGS("fmin of two NaNs", FLOAT_OP2("fmin.s", "", box(0xffc12345), box(kNan)), box(kNan),
              0);
  CHECK_FLAGS("fmin of zeros", FLOAT_OP2("fmin.s", "", box(0), box(0x80000000)), box(0x80000000),
              0);
  CHECK_FLAGS("fmax of zeros", FLOAT_OP2("fmax.s", "", box(0x80000000), box(0)), box(0), 0);
  CHECK_FLAGS("feq with a NaN", FLOAT_COMPARE("feq.s", box(kNan), box(kOne)), 0, 0);
  CHECK_FLAGS("feq with a signalling NaN", FLOAT_COMPARE("feq.s", box(0x7f800001), box(kOne)), 0,
              kFlagInvalid);
  CHECK_FLAGS("flt with a NaN", FLOAT_COMPARE("flt.s", box(kNan), box(kOne)), 0, kFlagInvalid);
  CHECK_FLAGS("fle with a NaN", FLOAT_COMPARE("fle.s", box(kOne), box(kNan)), 0, kFlagInvalid);
  CHECK_FLAGS("fsgnjn keeps a payload", FLOAT_OP2("fsgnjn.s", "", box(0x7f812345), box(0)),
              box(0xff812345), 0);
}

void boxing() {
  CHECK_FLAGS("not boxed is a NaN", FLOAT_OP2("fadd.s", "", kOne, box(kOne)), box(kNan), 0);
  CHECK_FLAGS("fsgnj of not boxed", FLOAT_OP2("fsgnj.s", "", kOne, box(0x80000000)),
              box(0xffc00000), 0);
  CHECK_FLAGS("sign of not boxed", FLOAT_OP2("fsgnj.s", "", box(kOne), 0x80000000), box(kOne), 0);
  CHECK_FLAGS("fclass.s of not boxed", FLOAT_TO("fclass.s", "", kOne), 1 << 9, 0);
  CHECK_FLAGS("fcvt.w.s of not boxed", FLOAT_TO("fcvt.w.s", "", kOne), 0x7fffffff, kFlagInvalid);
  CHECK_FLAGS("fmv.x.w takes the bits", FLOAT_TO("fmv.x.w", "", 0x123456789abcdef0),
              0xffffffff9abcdef0, 0);
  CHECK_FLAGS("fmv.w.x boxes", FLOAT_FROM("fmv.w.x", "", 0x123456783f800000), box(kOne), 0);
  uint32_t memory[2] = {kOne, 0x11111111};
  uint64_t value;
  asm volatile("flw ft0, 0(%1)\n fmv.x.d %0, ft0" : "=r"(value) : "r"(memory), "m"(memory) : "ft0");
  check("flw boxes", value, box(kOne));
  asm volatile("fmv.d.x ft0, %1\n fsw ft0, 0(%0)" ::"r"(memory), "r"(0x1234567855aa55aa)
               : "ft0", "memory");
  check("fsw takes the bits", memory[0], 0x55aa55aa);
  check("  and no more", memory[1], 0x11111111);
}

void classes() {
  constexpr uint32_t kBits[] = {0xff800000, 0xbf800000, 0x80000001, 0x80000000, 0,
                                0x00000001, 0x3f800000, 0x7f800000, 0x7f800001, 0x7fc00000};
  for (unsigned i = 0; i < 10; ++i)
    check("fclass.s", FLOAT_TO("fclass.s", "", box(kBits[i])), 1u << i);
}

void conversions() {
  CHECK_FLAGS("fcvt.w.s NaN", FLOAT_TO("fcvt.w.s", "", box(kNan)), 0x7fffffff, kFlagInvalid);
  CHECK_FLAGS("fcvt.wu.s NaN", FLOAT_TO("fcvt.wu.s", "", box(kNan)), ~0ull, kFlagInvalid);
  CHECK_FLAGS("fcvt.w.s -inf", FLOAT_TO("fcvt.w.s", "", box(0xff800000)), 0xffffffff80000000,
              kFlagInvalid);
  CHECK_FLAGS("fcvt.wu.s -1", FLOAT_TO("fcvt.wu.s", "", box(0xbf800000)), 0, kFlagInvalid);
  CHECK_FLAGS("fcvt.wu.s -0.5, rtz", FLOAT_TO("fcvt.wu.s", ", rtz", box(0xbf000000)), 0,
              kFlagInexact);
  CHECK_FLAGS("fcvt.wu.s 2^31", FLOAT_TO("fcvt.wu.s", "", box(0x4f000000)), 0xffffffff80000000, 0);
  CHECK_FLAGS("fcvt.l.s 2^63", FLOAT_TO("fcvt.l.s", "", box(0x5f000000)), 0x7fffffffffffffff,
              kFlagInvalid);
  CHECK_FLAGS("fcvt.w.s 2.5, rne", FLOAT_TO("fcvt.w.s", ", rne", box(0x40200000)), 2, kFlagInexact);
  CHECK_FLAGS("fcvt.w.s 2.5, rmm", FLOAT_TO("fcvt.w.s", ", rmm", box(0x40200000)), 3, kFlagInexact);
  CHECK_FLAGS("fcvt.s.w", FLOAT_FROM("fcvt.s.w", "", 0xffffffff), box(0xbf800000), 0);
  CHECK_FLAGS("fcvt.s.wu", FLOAT_FROM("fcvt.s.wu", "", ~0ull), box(0x4f800000), kFlagInexact);
}

}  // namespace

int main() {
  trap.clear();
  rounding();
  flags();
  nans();
  boxing();
  classes();
  conversions();
  ARITHMETIC("s", kValues, kFew);
  EACH_MODE(SWEEP_MODE_FROM, "fcvt.s.w", kIntegers);
  EACH_MODE(SWEEP_MODE_FROM, "fcvt.s.wu", kIntegers);
  check_no_trap("no trap");
  return checks_done();
}
