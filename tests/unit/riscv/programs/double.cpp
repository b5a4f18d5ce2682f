// D: every instruction over ordinary, subnormal, infinite and NaN operands in every rounding mode;
// conversions to and from single precision; mstatus.FS.
#include "float_sweep.h"

namespace {

constexpr uint64_t box(uint32_t bits) { return 0xffffffff00000000 | bits; }
constexpr uint64_t kNan = 0x7ff8000000000000, kOne = 0x3ff0000000000000,
                   kThree = 0x4008000000000000, kInf = 0x7ff0000000000000,
                   kSign = 0x8000000000000000, kMax = 0x7fefffffffffffff;

constexpr uint64_t kValues[] = {
    0, kSign, kOne, kOne | kSign, kThree, 0x3fd5555555555555, 0x400921fb54442d18,
    0xc05edd3c07fb4c99, 1, kSign | 1, 0x000fffffffffffff, 0x0010000000000000, kMax, kMax | kSign,
    kInf, kInf | kSign, kNan, 0x7ff0000000000001, 0xfff8123456789abc, 0x7ff7ffffffffffff,
    0x3fe0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0xbfe0000000000000,
    0xc004000000000000, 0x41dfffffffc00000, 0x41e0000000000000, 0xc1e0000000000000,
    0xc1e0000000200000, 0x41efffffffe00000, 0x41f0000000000000, 0x43dfffffffffffff,
    0x43e0000000000000, 0xc3e0000000000000, 0x43efffffffffffff, 0x43f0000000000000,
    0x3ca0000000000000, 0x3cb0000000000001, 0x2000123456789abc, 0x5fff987654321fed,
    // Where single precision ends: its largest number, half an ulp beyond, its subnormals.
    0x47efffffe0000000, 0x47efffffefffffff, 0x47effffff0000000, 0x3810000000000000,
    0x380fffffe0000000, 0x380fffffffffffff, 0x36a0000000000000, 0x3690000000000000,
    0x3690000000000001, 0x3ff0000010000000, 0x3ff0000030000000, box(0x3f800000)};
constexpr uint64_t kFew[] = {0,
                             kSign,
                             kOne,
                             0xc00921fb54442d18,
                             1,
                             0x3fd5555555555555,
                             kMax,
                             0x000fffffffffffff,
                             kInf | kSign,
                             kNan,
                             0x7ff0000000000001,
                             0x5ff0000000000003,
                             0xdff0000000000005,
                             0x3ca0000000000001,
                             0x1ff0000000000007};

void rounding() {
  CHECK_FLAGS("1/3, rne", FLOAT_OP2("fdiv.d", ", rne", kOne, kThree), 0x3fd5555555555555,
              kFlagInexact);
  CHECK_FLAGS("1/3, rtz", FLOAT_OP2("fdiv.d", ", rtz", kOne, kThree), 0x3fd5555555555555,
              kFlagInexact);
  CHECK_FLAGS("1/3, rup", FLOAT_OP2("fdiv.d", ", rup", kOne, kThree), 0x3fd5555555555556,
              kFlagInexact);
  CHECK_FLAGS("-1/3, rdn", FLOAT_OP2("fdiv.d", ", rdn", kOne | kSign, kThree), 0xbfd5555555555556,
              kFlagInexact);
  CHECK_FLAGS("1 + half an ulp, rne", FLOAT_OP2("fadd.d", ", rne", kOne, 0x3ca0000000000000), kOne,
              kFlagInexact);
  CHECK_FLAGS("1 + half an ulp, rmm", FLOAT_OP2("fadd.d", ", rmm", kOne, 0x3ca0000000000000),
              kOne + 1, kFlagInexact);
  CHECK_FLAGS("1 - 1, rdn", FLOAT_OP2("fsub.d", ", rdn", kOne, kOne), kSign, 0);
  CHECK_RESERVED_MODES("fadd.d", 0x02000053);
}

void flags() {
  CHECK_FLAGS("1/0", FLOAT_OP2("fdiv.d", "", kOne, 0), kInf, kFlagDivide);
  CHECK_FLAGS("0/0", FLOAT_OP2("fdiv.d", "", 0, 0), kNan, kFlagInvalid);
  CHECK_FLAGS("sqrt(-1)", FLOAT_OP1("fsqrt.d", "", kOne | kSign), kNan, kFlagInvalid);
  CHECK_FLAGS("overflow", FLOAT_OP2("fmul.d", ", rne", kMax, kThree), kInf,
              kFlagOverflow | kFlagInexact);
  CHECK_FLAGS("overflow, rdn", FLOAT_OP2("fmul.d", ", rdn", kMax, kThree), kMax,
              kFlagOverflow | kFlagInexact);
  CHECK_FLAGS("underflow", FLOAT_OP2("fmul.d", ", rne", 1, 0x3fd0000000000000), 0,
              kFlagUnderflow | kFlagInexact);
  CHECK_FLAGS("fused",
              FLOAT_OP3("fmadd.d", "", 0x3ff0000000000001, 0x3ff0000000000001, 0xbff0000000000002),
              0x3970000000000000, 0);
  CHECK_FLAGS("fnmadd of zeros", FLOAT_OP3("fnmadd.d", "", 0, kOne, 0), kSign, 0);
  CHECK_FLAGS("inf * 0 + qNaN", FLOAT_OP3("fmsub.d", "", kInf, 0, kNan), kNan, kFlagInvalid);
}

void nans_and_classes() {
  CHECK_FLAGS("NaN payload is dropped", FLOAT_OP2("fadd.d", "", 0xfff8123456789abc, kOne), kNan, 0);
  CHECK_FLAGS("signalling NaN", FLOAT_OP2("fmul.d", "", 0x7ff0000000000001, kOne), kNan,
              kFlagInvalid);
  CHECK_FLAGS("fmin of a signalling NaN", FLOAT_OP2("fmin.d", "", 0x7ff0000000000001, kOne), kOne,
              kFlagInvalid);
  CHECK_FLAGS("fmax of zeros", FLOAT_OP2("fmax.d", "", kSign, 0), 0, 0);
  CHECK_FLAGS("flt with a NaN", FLOAT_COMPARE("flt.d", kNan, kOne), 0, kFlagInvalid);
  CHECK_FLAGS("feq with a NaN", FLOAT_COMPARE("feq.d", kNan, kNan), 0, 0);
  constexpr uint64_t kBits[] = {kInf | kSign, kOne | kSign, kSign | 1,          kSign, 0, 1,
                                kOne,         kInf,         0x7ff0000000000001, kNan};
  for (unsigned i = 0; i < 10; ++i) check("fclass.d", FLOAT_TO("fclass.d", "", kBits[i]), 1u << i);
}

void conversions() {
  CHECK_FLAGS("fcvt.s.d NaN", FLOAT_OP1("fcvt.s.d", "", 0xfff8123456789abc), box(0x7fc00000), 0);
  CHECK_FLAGS("fcvt.d.s signalling NaN", FLOAT_OP1("fcvt.d.s", "", box(0x7f800001)), kNan,
              kFlagInvalid);
  CHECK_FLAGS("fcvt.d.s not boxed", FLOAT_OP1("fcvt.d.s", "", 0x3f800000), kNan, 0);
  CHECK_FLAGS("fcvt.s.d overflow", FLOAT_OP1("fcvt.s.d", ", rne", kMax), box(0x7f800000),
              kFlagOverflow | kFlagInexact);
  CHECK_FLAGS("fcvt.s.d overflow, rtz", FLOAT_OP1("fcvt.s.d", ", rtz", kMax), box(0x7f7fffff),
              kFlagOverflow | kFlagInexact);
  CHECK_FLAGS("fcvt.l.d NaN", FLOAT_TO("fcvt.l.d", "", kNan), 0x7fffffffffffffff, kFlagInvalid);
  CHECK_FLAGS("fcvt.lu.d -1", FLOAT_TO("fcvt.lu.d", "", kOne | kSign), 0, kFlagInvalid);
  CHECK_FLAGS("fcvt.lu.d 2^64", FLOAT_TO("fcvt.lu.d", "", 0x43f0000000000000), ~0ull, kFlagInvalid);
  CHECK_FLAGS("fcvt.wu.d 2^32 - 1", FLOAT_TO("fcvt.wu.d", "", 0x41efffffffe00000), ~0ull, 0);
  CHECK_FLAGS("fcvt.d.l", FLOAT_FROM("fcvt.d.l", ", rne", 0x7fffffffffffffff), 0x43e0000000000000,
              kFlagInexact);
  CHECK_FLAGS("fcvt.d.wu", FLOAT_FROM("fcvt.d.wu", "", ~0ull), 0x41efffffffe00000, 0);
  CHECK_FLAGS("fcvt.d.w", FLOAT_FROM("fcvt.d.w", "", 0x80000000), 0xc1e0000000000000, 0);
}

constexpr uint64_t kFsOff = 0, kFsInitial = 1, kFsClean = 2, kFsDirty = 3;
void set_state(uint64_t fs) {
  CLEAR_CSR(mstatus, 0x6000);
  SET_CSR(mstatus, fs << 13);
}
uint64_t state() { return READ_CSR(mstatus) >> 13 & 3; }

void float_state() {
  set_state(kFsOff);
  check("FS off: SD", READ_CSR(mstatus) >> 63, 0);
  asm volatile(".option push\n .option norvc\n fadd.d ft0, ft0, ft0");
  check_trap("FS off: fadd.d", 2, 0x02007053);
  asm volatile("fld ft0, 0(sp)");
  check_trap("FS off: fld", 2, 0x00013007);
  asm volatile("fsd ft0, 0(sp)");
  check_trap("FS off: fsd", 2, 0x00013027);
  asm volatile(".half 0x2002");
  check_trap("FS off: c.fldsp", 2, 0x2002);
  asm volatile(".half 0xa002");
  check_trap("FS off: c.fsdsp", 2, 0xa002);
  asm volatile("csrr zero, fcsr");
  check_trap("FS off: fcsr", 2, 0x00302073);
  asm volatile("csrwi fflags, 1");
  check_trap("FS off: fflags", 2, 0x0010d073);
  asm volatile("fmv.x.d t0, ft0\n .option pop" ::: "t0");
  check_trap("FS off: fmv.x.d", 2, 0xe20002d3);
  set_state(kFsInitial);
  check("FS initial", state(), kFsInitial);
  asm volatile("fld ft0, 0(sp)" ::: "ft0");
  check("FS after fld", state(), kFsDirty);
  check("SD", READ_CSR(mstatus) >> 63, 1);
  set_state(kFsClean);
  asm volatile("fsd ft0, -8(sp)" ::: "memory");
  check("FS after fsd", state(), kFsClean);
  asm volatile("fmv.x.d t0, ft0" ::: "t0");
  check("FS after fmv.x.d", state(), kFsClean);
  READ_CSR(fcsr);
  check("FS after a read of fcsr", state(), kFsClean);
  WRITE_CSR(fflags, 0);
  check("FS after a write of fflags", state(), kFsDirty);
  set_state(kFsClean);
  asm volatile("fadd.d ft0, ft1, ft2" ::: "ft0");
  check("FS after fadd.d", state(), kFsDirty);
  set_state(kFsDirty);
}

}  // namespace

int main() {
  trap.clear();
  rounding();
  flags();
  nans_and_classes();
  conversions();
  ARITHMETIC("d", kValues, kFew);
  SWEEP_MODE_FROM("fcvt.d.w", "", kIntegers);
  SWEEP_MODE_FROM("fcvt.d.wu", "", kIntegers);
  EACH_MODE(SWEEP_MODE1, "fcvt.s.d", kValues);
  SWEEP_MODE1("fcvt.d.s", "", kValues);
  float_state();
  check_no_trap("no trap");
  return checks_done();
}
