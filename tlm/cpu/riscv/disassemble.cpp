// One row for each instruction and for each short form of one, the narrower first.
// Source: RISC-V Unprivileged ISA 20191213, chapters 24 (listings) and 25 (short forms).
#include "tlm/cpu/riscv/disassemble.h"

#include <array>

#include "tlm/core/text_format.h"
#include "tlm/cpu/riscv/csr_names.h"
#include "tlm/cpu/riscv/rvc.h"

namespace systole::riscv {
namespace {

/// One operand, as it is written. Rm only if the rounding mode is not the dynamic one.
enum class Part : uint8_t {
  None,
  Rd,
  Rs1,
  Rs2,
  Fd,
  Fs1,
  Fs2,
  Fs3,
  Imm,
  Shift,
  Upper,
  Load,
  Store,
  Address,
  Branch,
  Jump,
  Csr,
  Uimm,
  Rm,
  Fence
};
using P = Part;

struct Row {
  const char* name;
  uint32_t match, mask;
  std::array<Part, 5> parts;
  bool same_sources = false;  ///< only if rs1 and rs2 are the same
};

// Opcode and funct3; the same and funct7; opcode and funct7, where funct3 is a rounding mode.
constexpr uint32_t kI = 0x0000707f, kR = 0xfe00707f, kF = 0xfe00007f, kRd = 0x00000f80,
                   kRs1 = 0x000f8000, kRs2 = 0x01f00000, kImm = 0xfff00000, kShift = 0xfc00707f,
                   kAmo = 0xf800007f, kFused = 0x0600007f, kWhole = 0xffffffff;

constexpr Row kRows[] = {
    {"lui", 0x37, 0x7f, {P::Rd, P::Upper}},
    {"auipc", 0x17, 0x7f, {P::Rd, P::Upper}},
    {"j", 0x6f, 0x7f | kRd, {P::Jump}},
    {"jal", 0xef, 0x7f | kRd, {P::Jump}},
    {"jal", 0x6f, 0x7f, {P::Rd, P::Jump}},
    {"ret", 0x8067, kWhole, {}},
    {"jr", 0x67, kI | kRd | kImm, {P::Rs1}},
    {"jr", 0x67, kI | kRd, {P::Load}},
    {"jalr", 0xe7, kI | kRd | kImm, {P::Rs1}},
    {"jalr", 0xe7, kI | kRd, {P::Load}},
    {"jalr", 0x67, kI | kImm, {P::Rd, P::Rs1}},
    {"jalr", 0x67, kI, {P::Rd, P::Load}},

    {"beqz", 0x0063, kI | kRs2, {P::Rs1, P::Branch}},
    {"beq", 0x0063, kI, {P::Rs1, P::Rs2, P::Branch}},
    {"bnez", 0x1063, kI | kRs2, {P::Rs1, P::Branch}},
    {"bne", 0x1063, kI, {P::Rs1, P::Rs2, P::Branch}},
    {"bltz", 0x4063, kI | kRs2, {P::Rs1, P::Branch}},
    {"bgtz", 0x4063, kI | kRs1, {P::Rs2, P::Branch}},
    {"blt", 0x4063, kI, {P::Rs1, P::Rs2, P::Branch}},
    {"blez", 0x5063, kI | kRs1, {P::Rs2, P::Branch}},
    {"bgez", 0x5063, kI | kRs2, {P::Rs1, P::Branch}},
    {"bge", 0x5063, kI, {P::Rs1, P::Rs2, P::Branch}},
    {"bltu", 0x6063, kI, {P::Rs1, P::Rs2, P::Branch}},
    {"bgeu", 0x7063, kI, {P::Rs1, P::Rs2, P::Branch}},

    {"lb", 0x0003, kI, {P::Rd, P::Load}},
    {"lh", 0x1003, kI, {P::Rd, P::Load}},
    {"lw", 0x2003, kI, {P::Rd, P::Load}},
    {"ld", 0x3003, kI, {P::Rd, P::Load}},
    {"lbu", 0x4003, kI, {P::Rd, P::Load}},
    {"lhu", 0x5003, kI, {P::Rd, P::Load}},
    {"lwu", 0x6003, kI, {P::Rd, P::Load}},
    {"sb", 0x0023, kI, {P::Rs2, P::Store}},
    {"sh", 0x1023, kI, {P::Rs2, P::Store}},
    {"sw", 0x2023, kI, {P::Rs2, P::Store}},
    {"sd", 0x3023, kI, {P::Rs2, P::Store}},
    {"flw", 0x2007, kI, {P::Fd, P::Load}},
    {"fld", 0x3007, kI, {P::Fd, P::Load}},
    {"fsw", 0x2027, kI, {P::Fs2, P::Store}},
    {"fsd", 0x3027, kI, {P::Fs2, P::Store}},

    {"nop", 0x0013, kWhole, {}},
    {"li", 0x0013, kI | kRs1, {P::Rd, P::Imm}},
    {"mv", 0x0013, kI | kImm, {P::Rd, P::Rs1}},
    {"addi", 0x0013, kI, {P::Rd, P::Rs1, P::Imm}},
    {"slti", 0x2013, kI, {P::Rd, P::Rs1, P::Imm}},
    {"seqz", 0x00103013, kI | kImm, {P::Rd, P::Rs1}},
    {"sltiu", 0x3013, kI, {P::Rd, P::Rs1, P::Imm}},
    {"not", 0xfff04013, kI | kImm, {P::Rd, P::Rs1}},
    {"xori", 0x4013, kI, {P::Rd, P::Rs1, P::Imm}},
    {"ori", 0x6013, kI, {P::Rd, P::Rs1, P::Imm}},
    {"zext.b", 0x0ff07013, kI | kImm, {P::Rd, P::Rs1}},
    {"andi", 0x7013, kI, {P::Rd, P::Rs1, P::Imm}},
    {"slli", 0x1013, kShift, {P::Rd, P::Rs1, P::Shift}},
    {"srli", 0x5013, kShift, {P::Rd, P::Rs1, P::Shift}},
    {"srai", 0x40005013, kShift, {P::Rd, P::Rs1, P::Shift}},
    {"sext.w", 0x001b, kI | kImm, {P::Rd, P::Rs1}},
    {"addiw", 0x001b, kI, {P::Rd, P::Rs1, P::Imm}},
    {"slliw", 0x101b, kR, {P::Rd, P::Rs1, P::Shift}},
    {"srliw", 0x501b, kR, {P::Rd, P::Rs1, P::Shift}},
    {"sraiw", 0x4000501b, kR, {P::Rd, P::Rs1, P::Shift}},

    {"add", 0x0033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"neg", 0x40000033, kR | kRs1, {P::Rd, P::Rs2}},
    {"sub", 0x40000033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"sll", 0x1033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"sltz", 0x2033, kR | kRs2, {P::Rd, P::Rs1}},
    {"sgtz", 0x2033, kR | kRs1, {P::Rd, P::Rs2}},
    {"slt", 0x2033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"snez", 0x3033, kR | kRs1, {P::Rd, P::Rs2}},
    {"sltu", 0x3033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"xor", 0x4033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"srl", 0x5033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"sra", 0x40005033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"or", 0x6033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"and", 0x7033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"addw", 0x003b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"negw", 0x4000003b, kR | kRs1, {P::Rd, P::Rs2}},
    {"subw", 0x4000003b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"sllw", 0x103b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"srlw", 0x503b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"sraw", 0x4000503b, kR, {P::Rd, P::Rs1, P::Rs2}},

    {"mul", 0x02000033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"mulh", 0x02001033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"mulhsu", 0x02002033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"mulhu", 0x02003033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"div", 0x02004033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"divu", 0x02005033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"rem", 0x02006033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"remu", 0x02007033, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"mulw", 0x0200003b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"divw", 0x0200403b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"divuw", 0x0200503b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"remw", 0x0200603b, kR, {P::Rd, P::Rs1, P::Rs2}},
    {"remuw", 0x0200703b, kR, {P::Rd, P::Rs1, P::Rs2}},

    {"fence.tso", 0x8330000f, kI | kImm, {}},
    {"fence", 0x0ff0000f, kI | kImm, {}},
    {"fence", 0x000f, kI, {P::Fence}},
    {"fence.i", 0x100f, kI, {}},
    {"ecall", 0x00000073, kWhole, {}},
    {"ebreak", 0x00100073, kWhole, {}},
    {"sret", 0x10200073, kWhole, {}},
    {"mret", 0x30200073, kWhole, {}},
    {"wfi", 0x10500073, kWhole, {}},
    {"sfence.vma", 0x12000073, kWhole, {}},
    {"sfence.vma", 0x12000073, kR | kRd | kRs2, {P::Rs1}},
    {"sfence.vma", 0x12000073, kR | kRd, {P::Rs1, P::Rs2}},

    {"unimp", 0xc0001073, kWhole, {}},
    {"frflags", 0x00102073, kI | kImm | kRs1, {P::Rd}},
    {"fsflags", 0x00101073, kI | kImm | kRd, {P::Rs1}},
    {"fsflags", 0x00101073, kI | kImm, {P::Rd, P::Rs1}},
    {"fsflagsi", 0x00105073, kI | kImm | kRd, {P::Uimm}},
    {"fsflagsi", 0x00105073, kI | kImm, {P::Rd, P::Uimm}},
    {"frrm", 0x00202073, kI | kImm | kRs1, {P::Rd}},
    {"fsrm", 0x00201073, kI | kImm | kRd, {P::Rs1}},
    {"fsrm", 0x00201073, kI | kImm, {P::Rd, P::Rs1}},
    {"fsrmi", 0x00205073, kI | kImm | kRd, {P::Uimm}},
    {"fsrmi", 0x00205073, kI | kImm, {P::Rd, P::Uimm}},
    {"frcsr", 0x00302073, kI | kImm | kRs1, {P::Rd}},
    {"fscsr", 0x00301073, kI | kImm | kRd, {P::Rs1}},
    {"fscsr", 0x00301073, kI | kImm, {P::Rd, P::Rs1}},
    {"rdcycle", 0xc0002073, kI | kImm | kRs1, {P::Rd}},
    {"rdtime", 0xc0102073, kI | kImm | kRs1, {P::Rd}},
    {"rdinstret", 0xc0202073, kI | kImm | kRs1, {P::Rd}},
    {"csrw", 0x1073, kI | kRd, {P::Csr, P::Rs1}},
    {"csrrw", 0x1073, kI, {P::Rd, P::Csr, P::Rs1}},
    {"csrr", 0x2073, kI | kRs1, {P::Rd, P::Csr}},
    {"csrs", 0x2073, kI | kRd, {P::Csr, P::Rs1}},
    {"csrrs", 0x2073, kI, {P::Rd, P::Csr, P::Rs1}},
    {"csrc", 0x3073, kI | kRd, {P::Csr, P::Rs1}},
    {"csrrc", 0x3073, kI, {P::Rd, P::Csr, P::Rs1}},
    {"csrwi", 0x5073, kI | kRd, {P::Csr, P::Uimm}},
    {"csrrwi", 0x5073, kI, {P::Rd, P::Csr, P::Uimm}},
    {"csrsi", 0x6073, kI | kRd, {P::Csr, P::Uimm}},
    {"csrrsi", 0x6073, kI, {P::Rd, P::Csr, P::Uimm}},
    {"csrci", 0x7073, kI | kRd, {P::Csr, P::Uimm}},
    {"csrrci", 0x7073, kI, {P::Rd, P::Csr, P::Uimm}},

    {"lr", 0x1000002f, 0xf9f0007f, {P::Rd, P::Address}},
    {"sc", 0x1800002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amoswap", 0x0800002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amoadd", 0x0000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amoxor", 0x2000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amoand", 0x6000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amoor", 0x4000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amomin", 0x8000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amomax", 0xa000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amominu", 0xc000002f, kAmo, {P::Rd, P::Rs2, P::Address}},
    {"amomaxu", 0xe000002f, kAmo, {P::Rd, P::Rs2, P::Address}},

    {"fmadd.s", 0x43, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fmsub.s", 0x47, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fnmsub.s", 0x4b, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fnmadd.s", 0x4f, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fmadd.d", 0x02000043, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fmsub.d", 0x02000047, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fnmsub.d", 0x0200004b, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},
    {"fnmadd.d", 0x0200004f, kFused, {P::Fd, P::Fs1, P::Fs2, P::Fs3, P::Rm}},

    {"fadd.s", 0x00000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fsub.s", 0x08000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fmul.s", 0x10000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fdiv.s", 0x18000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fsqrt.s", 0x58000053, kF | kRs2, {P::Fd, P::Fs1, P::Rm}},
    {"fmv.s", 0x20000053, kR, {P::Fd, P::Fs1}, true},
    {"fsgnj.s", 0x20000053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fneg.s", 0x20001053, kR, {P::Fd, P::Fs1}, true},
    {"fsgnjn.s", 0x20001053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fabs.s", 0x20002053, kR, {P::Fd, P::Fs1}, true},
    {"fsgnjx.s", 0x20002053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fmin.s", 0x28000053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fmax.s", 0x28001053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fcvt.w.s", 0xc0000053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.wu.s", 0xc0100053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.l.s", 0xc0200053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.lu.s", 0xc0300053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.s.w", 0xd0000053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fcvt.s.wu", 0xd0100053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fcvt.s.l", 0xd0200053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fcvt.s.lu", 0xd0300053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fmv.x.w", 0xe0000053, kR | kRs2, {P::Rd, P::Fs1}},
    {"fmv.w.x", 0xf0000053, kR | kRs2, {P::Fd, P::Rs1}},
    {"fclass.s", 0xe0001053, kR | kRs2, {P::Rd, P::Fs1}},
    {"fle.s", 0xa0000053, kR, {P::Rd, P::Fs1, P::Fs2}},
    {"flt.s", 0xa0001053, kR, {P::Rd, P::Fs1, P::Fs2}},
    {"feq.s", 0xa0002053, kR, {P::Rd, P::Fs1, P::Fs2}},

    {"fadd.d", 0x02000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fsub.d", 0x0a000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fmul.d", 0x12000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fdiv.d", 0x1a000053, kF, {P::Fd, P::Fs1, P::Fs2, P::Rm}},
    {"fsqrt.d", 0x5a000053, kF | kRs2, {P::Fd, P::Fs1, P::Rm}},
    {"fmv.d", 0x22000053, kR, {P::Fd, P::Fs1}, true},
    {"fsgnj.d", 0x22000053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fneg.d", 0x22001053, kR, {P::Fd, P::Fs1}, true},
    {"fsgnjn.d", 0x22001053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fabs.d", 0x22002053, kR, {P::Fd, P::Fs1}, true},
    {"fsgnjx.d", 0x22002053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fmin.d", 0x2a000053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fmax.d", 0x2a001053, kR, {P::Fd, P::Fs1, P::Fs2}},
    {"fcvt.s.d", 0x40100053, kF | kRs2, {P::Fd, P::Fs1, P::Rm}},
    {"fcvt.d.s", 0x42000053, kR | kRs2, {P::Fd, P::Fs1}},
    {"fcvt.d.s", 0x42000053, kF | kRs2, {P::Fd, P::Fs1, P::Rm}},
    {"fcvt.w.d", 0xc2000053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.wu.d", 0xc2100053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.l.d", 0xc2200053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.lu.d", 0xc2300053, kF | kRs2, {P::Rd, P::Fs1, P::Rm}},
    {"fcvt.d.w", 0xd2000053, kR | kRs2, {P::Fd, P::Rs1}},
    {"fcvt.d.w", 0xd2000053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fcvt.d.wu", 0xd2100053, kR | kRs2, {P::Fd, P::Rs1}},
    {"fcvt.d.wu", 0xd2100053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fcvt.d.l", 0xd2200053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fcvt.d.lu", 0xd2300053, kF | kRs2, {P::Fd, P::Rs1, P::Rm}},
    {"fmv.x.d", 0xe2000053, kR | kRs2, {P::Rd, P::Fs1}},
    {"fmv.d.x", 0xf2000053, kR | kRs2, {P::Fd, P::Rs1}},
    {"fclass.d", 0xe2001053, kR | kRs2, {P::Rd, P::Fs1}},
    {"fle.d", 0xa2000053, kR, {P::Rd, P::Fs1, P::Fs2}},
    {"flt.d", 0xa2001053, kR, {P::Rd, P::Fs1, P::Fs2}},
    {"feq.d", 0xa2002053, kR, {P::Rd, P::Fs1, P::Fs2}},
};

struct Encoding {
  uint32_t i;
  unsigned rd() const { return i >> 7 & 31; }
  unsigned rs1() const { return i >> 15 & 31; }
  unsigned rs2() const { return i >> 20 & 31; }
  unsigned funct3() const { return i >> 12 & 7; }
  int32_t imm() const { return static_cast<int32_t>(i) >> 20; }
  int32_t store() const {
    return (static_cast<int32_t>(i) >> 25) * 32 + static_cast<int32_t>(i >> 7 & 31);
  }
  int32_t branch() const {
    return (static_cast<int32_t>(i) >> 31) * 4096 +
           static_cast<int32_t>((i >> 7 & 1) << 11 | (i >> 25 & 63) << 5 | (i >> 8 & 15) << 1);
  }
  int32_t jump() const {
    return (static_cast<int32_t>(i) >> 31) * (1 << 20) +
           static_cast<int32_t>((i & 0xff000) | (i >> 20 & 1) << 11 | (i >> 21 & 0x3ff) << 1);
  }
};

std::string fence_set(unsigned bits) {
  std::string text;
  for (unsigned i = 0; i < 4; ++i)
    if (bits & (8u >> i)) text += "iorw"[i];
  return text.empty() ? "unknown" : text;
}

std::string indirect(int32_t offset, unsigned base) {
  return std::to_string(offset) + "(" + register_name(base) + ")";
}

std::string written(Part part, const Encoding& e, uint64_t target) {
  static constexpr const char* kRounding[8] = {"rne", "rtz",     "rdn",     "rup",
                                               "rmm", "unknown", "unknown", ""};
  switch (part) {
    case Part::None:
      return "";
    case Part::Rd:
      return register_name(e.rd());
    case Part::Rs1:
      return register_name(e.rs1());
    case Part::Rs2:
      return register_name(e.rs2());
    case Part::Fd:
      return float_register_name(e.rd());
    case Part::Fs1:
      return float_register_name(e.rs1());
    case Part::Fs2:
      return float_register_name(e.rs2());
    case Part::Fs3:
      return float_register_name(e.i >> 27);
    case Part::Imm:
      return std::to_string(e.imm());
    case Part::Shift:
      return hex(e.i >> 20 & 63);
    case Part::Upper:
      return hex(e.i >> 12);
    case Part::Load:
      return indirect(e.imm(), e.rs1());
    case Part::Store:
      return indirect(e.store(), e.rs1());
    case Part::Address:
      return std::string("(") + register_name(e.rs1()) + ")";
    case Part::Branch:
    case Part::Jump:
      return hex(target);
    case Part::Csr: {
      const std::string name = csr_name(e.i >> 20);
      return name.empty() ? hex(e.i >> 20) : name;
    }
    case Part::Uimm:
      return std::to_string(e.rs1());
    case Part::Rm:
      return kRounding[e.funct3()];
    case Part::Fence:
      return fence_set(e.i >> 24 & 15) + "," + fence_set(e.i >> 20 & 15);
  }
  return "";
}

/// What it writes and where it accesses memory, from the major opcode.
void find_effects(const Encoding& e, Disassembly* text) {
  using Bank = Disassembly::Bank;
  const uint32_t opcode = e.i & 0x7f;
  const bool store = opcode == 0x23 || opcode == 0x27, atomic = opcode == 0x2f;
  text->memory = store || atomic || opcode == 0x03 || opcode == 0x07;
  text->bytes = static_cast<uint8_t>(1u << (e.funct3() & 3));
  text->stores = !store ? Bank::None : opcode == 0x27 ? Bank::Float : Bank::Integer;
  text->rs2 = static_cast<uint8_t>(e.rs2());
  text->base = static_cast<uint8_t>(e.rs1());
  text->offset = store ? e.store() : atomic ? 0 : e.imm();
  const bool nothing =
      store || opcode == 0x63 || opcode == 0x0f || (opcode == 0x73 && e.funct3() == 0);
  const bool to_integer = e.i >> 31 && (e.i >> 28 & 1) == 0;  // of opcode 0x53
  const bool to_float =
      opcode == 0x07 || (opcode >= 0x43 && opcode <= 0x4f) || (opcode == 0x53 && !to_integer);
  if (nothing || (!to_float && e.rd() == 0)) return;
  text->writes = to_float ? Bank::Float : Bank::Integer;
  text->rd = static_cast<uint8_t>(e.rd());
}

std::string name_of(const Row& row, const Encoding& e) {
  std::string name = row.name;
  if ((e.i & 0x7f) != 0x2f) return name;
  static constexpr const char* kOrder[4] = {"", ".rl", ".aq", ".aqrl"};
  return name + (e.funct3() == 3 ? ".d" : ".w") + kOrder[e.i >> 25 & 3];
}

const Row* find_row(const Encoding& e) {
  const bool atomic = (e.i & 0x7f) == 0x2f;
  if (atomic && e.funct3() != 2 && e.funct3() != 3) return nullptr;
  for (const Row& row : kRows) {
    if ((e.i & row.mask) != row.match) continue;
    if (!row.same_sources || e.rs1() == e.rs2()) return &row;
  }
  return nullptr;
}

/// c.mv is an addition to x0, but the usual form of mv adds 0.
uint32_t expand(uint16_t half) {
  const uint32_t expanded = expand_compressed(half);
  if ((expanded & (kR | kRs1)) != 0x33) return expanded;
  return 0x13 | (expanded & kRd) | (expanded >> 20 & 31) << 15;
}

}  // namespace

Disassembly disassemble(uint32_t encoding, uint64_t pc) {
  Disassembly text;
  const bool compressed = (encoding & 3) != 3;
  if (compressed) encoding &= 0xffff;
  text.length = compressed ? 2 : 4;
  const Encoding e{compressed ? expand(static_cast<uint16_t>(encoding)) : encoding};
  const Row* const row = find_row(e);
  if (!row) {
    const bool defined = compressed && encoding == 0;
    text.mnemonic = defined ? "unimp" : compressed ? ".half" : ".word";
    if (!defined) text.operands = hex(encoding);
    return text;
  }
  text.mnemonic = name_of(*row, e);
  uint64_t target = 0;
  for (const Part part : row->parts) {
    if (part == Part::Branch || part == Part::Jump) {
      target = pc + static_cast<uint64_t>(part == Part::Jump ? int64_t{e.jump()} : e.branch());
      text.target = target;
    }
    const std::string operand = written(part, e, target);
    if (!operand.empty()) text.operands += (text.operands.empty() ? "" : ",") + operand;
  }
  find_effects(e, &text);
  return text;
}

const char* register_name(unsigned number) {
  static constexpr const char* kNames[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                             "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                             "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                             "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  return kNames[number & 31];
}

const char* float_register_name(unsigned number) {
  static constexpr const char* kNames[32] = {
      "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
      "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
      "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
  return kNames[number & 31];
}

}  // namespace systole::riscv
