// Instructions by hand, and random programs of them, for a FlatMachine.
#pragma once
#include <random>
#include <vector>

#include "tlm/cpu/riscv/flat_machine.h"

namespace systole::riscv {

inline constexpr uint64_t kBase = 0x8000'0000, kData = kBase + 0x8000, kHandler = kBase + 0x4000;
inline constexpr uint32_t kNop = 0x13, kSelf = 0x6f, kMret = 0x30200073;

inline uint32_t addi(unsigned rd, unsigned rs1, unsigned imm) {
  return (imm & 0xfff) << 20 | rs1 << 15 | rd << 7 | 0x13;
}
inline uint32_t load(unsigned rd, unsigned rs1, unsigned imm) {
  return (imm & 0xfff) << 20 | rs1 << 15 | 3 << 12 | rd << 7 | 3;
}
inline uint32_t store(unsigned rs2, unsigned rs1, unsigned imm) {
  return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | 3 << 12 | (imm & 31) << 7 | 0x23;
}
inline uint32_t branch(unsigned funct3, unsigned rs1, unsigned rs2, int offset) {
  const auto o = static_cast<uint32_t>(offset);
  return (o >> 12 & 1) << 31 | (o >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (o >> 1 & 15) << 8 | (o >> 11 & 1) << 7 | 0x63;
}
inline uint32_t amoadd(unsigned rd, unsigned rs2, unsigned rs1) {
  return rs2 << 20 | rs1 << 15 | 3 << 12 | rd << 7 | 0x2f;
}

inline void put(FlatMachine& machine, const std::vector<uint32_t>& words, uint64_t at = kBase) {
  machine.load(at, words.data(), words.size() * 4);
}

// An endless loop of arithmetic, memory and forward branches; the interrupt handler counts in x31.
inline std::vector<uint32_t> random_program(std::mt19937& random, unsigned words) {
  std::vector<uint32_t> program;
  while (program.size() < words) {
    const unsigned rd = 1 + random() % 15, rs = 1 + random() % 15, kind = random() % 12;
    if (kind < 6) program.push_back(addi(rd, rs, random() % 4096));
    if (kind == 6) program.push_back(store(rs, 20, 8 * (random() % 64)));
    if (kind == 7) program.push_back(load(rd, 20, 8 * (random() % 64)));
    if (kind == 8) program.push_back(amoadd(rd, rs, 20));
    if (kind == 9)
      program.push_back(
          branch(random() % 2 ? 4 : 0, rd, rs, 4 * static_cast<int>(1 + random() % 8)));
    if (kind == 10) program.push_back(store(rs, 21, 0));  // the UART: a device
    if (kind == 11) program.push_back(0x0015'0513);       // addi a0, a0, 1
  }
  for (int i = 0; i < 8; ++i) program.push_back(kNop);
  program.push_back(branch(0, 0, 0, -4 * static_cast<int>(program.size())));
  return program;
}

struct Moment {
  uint64_t pc, cycles, instret, x31;
  bool operator==(const Moment& o) const {
    return pc == o.pc && cycles == o.cycles && instret == o.instret && x31 == o.x31;
  }
};

// What can be seen at the end of each quantum; `disturb` runs one quantum to its end.
template <typename Quantum>
std::vector<Moment> observe(FlatMachine& machine, unsigned quanta, Quantum quantum) {
  std::vector<Moment> moments;
  Hart& hart = machine.hart();
  State& s = hart.state();
  s.x[20] = kData;
  s.x[21] = 0x1000'0000;
  s.mtvec = kHandler;
  s.mie = kMti;
  s.mstatus |= mstatus::kMie;
  for (unsigned i = 0; i < quanta; ++i) {
    hart.set_interrupt(kMti, i % 7 == 3);
    quantum(hart.cycles() + 97);
    moments.push_back({s.pc, hart.cycles(), hart.instret(), s.x[31]});
  }
  return moments;
}

}  // namespace systole::riscv
