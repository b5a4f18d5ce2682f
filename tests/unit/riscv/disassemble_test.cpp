// Instructions as text: some by hand, all of them against GNU objdump, and that what the decoder
// knows has a name.
#include "tlm/cpu/riscv/disassemble.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "tlm/cpu/riscv/csr_names.h"
#include "tlm/cpu/riscv/decode.h"
#include "tlm/cpu/riscv/rvc.h"

using namespace systole::riscv;

namespace {

std::string text(uint32_t encoding, uint64_t pc = 0x8000'0000) {
  const Disassembly d = disassemble(encoding, pc);
  return d.mnemonic + (d.operands.empty() ? "" : " ") + d.operands;
}

// A word with a major opcode of the hart's and fields that are often equal, small or empty.
uint32_t random_word(std::mt19937& random) {
  static constexpr uint32_t kMajor[] = {0x03, 0x07, 0x0f, 0x13, 0x17, 0x1b, 0x23,
                                        0x27, 0x2f, 0x33, 0x37, 0x3b, 0x43, 0x47,
                                        0x4b, 0x4f, 0x53, 0x63, 0x67, 0x6f, 0x73};
  static constexpr uint32_t kFunct7[] = {0, 0, 1, 0x20};
  uint32_t word = (static_cast<uint32_t>(random()) & ~0x7fu) | kMajor[random() % 21];
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  if (one_in(3)) word = (word & 0x01ff'ffff) | kFunct7[random() % 4] << 25;
  if (one_in(4)) word &= ~0x000f'8000u;
  if (one_in(4)) word &= ~0x0000'0f80u;
  if (one_in(4)) word &= ~0x01f0'0000u;
  if (one_in(8)) word = (word & ~0x01f0'0000u) | static_cast<uint32_t>(random() % 4) << 20;
  if (one_in(8)) word = (word & ~0x01f0'0000u) | (word >> 15 & 31) << 20;
  if (one_in(8)) word = (word & ~0x0000'0f80u) | 1u << 7;
  if (one_in(8)) word |= 0xfff0'0000;
  if (one_in(8)) word |= 0x7000;
  return word;
}

// Where objdump has another view: hints have the names of their compressed forms, registers that
// the hart lacks have names, reserved fields of fences and exact conversions make them no
// instructions.
bool outside_comparison(uint32_t word, const Disassembly& d) {
  if (d.length == 2) {
    const auto half = static_cast<uint16_t>(word);
    const uint32_t e = expand_compressed(half);
    const bool to_zero = (e >> 7 & 31) == 0 && (e & 0x7f) != 0x67 && (e & 0x7f) != 0x6f;
    const bool shift_by_zero = (e & 0x3000) == 0x1000 && (e >> 20 & 63) == 0;
    const bool adds_zero = (half & 0xe003) == 1 && (e >> 20) == 0;
    return half == 0x6101 || (to_zero && (e & 0x7f) != 0x63 && (e & 0x7f) != 0x23) ||
           shift_by_zero || adds_zero;
  }
  const uint32_t major = word & 0x7f;
  const bool csr = major == 0x73 && (word >> 12 & 7) != 0;
  if (csr && (csr_name(word >> 20).empty() || word >> 20 <= 3)) return true;
  const bool exact = d.mnemonic.rfind("fcvt.d.", 0) == 0;
  return major == 0x0f || (exact && (word >> 12 & 7) != 0);
}

// objdump writes "add" for addi.
std::string normal(const Disassembly& d) {
  std::string name = d.mnemonic;
  static const char* const kImmediate[] = {"addi",  "addiw", "andi",   "ori",    "xori",  "slli",
                                           "srli",  "srai",  "slliw",  "srliw",  "sraiw", "csrwi",
                                           "csrsi", "csrci", "csrrwi", "csrrsi", "csrrci"};
  for (const char* immediate : kImmediate)
    if (name == immediate) name.erase(name.rfind('i'), 1);
  return name + (d.operands.empty() ? "" : " ") + d.operands;
}

// objdump's text of each instruction in the file.
std::vector<std::string> objdump(const std::string& file) {
  std::vector<std::string> lines;
  const std::string command = "'" RISCV_OBJDUMP "' -D -b binary -m riscv:rv64 '" + file + "'";
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char line[256];
  while (std::fgets(line, sizeof line, pipe)) {
    const char* const code = std::strchr(line, '\t');
    const char* const name = code ? std::strchr(code + 1, '\t') : nullptr;
    if (!name) continue;
    std::string said = name + 1;
    said.erase(std::min(said.find_first_of("#<\n"), said.size()));
    if (const size_t tab = said.find('\t'); tab != std::string::npos) said[tab] = ' ';
    while (!said.empty() && said.back() == ' ') said.pop_back();
    lines.push_back(said);
  }
  pclose(pipe);
  return lines;
}

}  // namespace

TEST_CASE("Disassembly: instructions read as in objdump", "[riscv]") {
  CHECK(text(0x00000297) == "auipc t0,0x0");
  CHECK(text(0xff010113) == "addi sp,sp,-16");
  CHECK(text(0x00113423) == "sd ra,8(sp)");
  CHECK(text(0xfe050ee3) == "beqz a0,0x7ffffffc");
  CHECK(text(0x0000006f) == "j 0x80000000");
  CHECK(text(0x30046073) == "csrsi mstatus,8");
  CHECK(text(0x7b002573) == "csrr a0,0x7b0");
  CHECK(text(0x0ce6af2f) == "amoswap.w.aq t5,a4,(a3)");
  CHECK(text(0x02b57553) == "fadd.d fa0,fa0,fa1");
  CHECK(text(0xc0051553) == "fcvt.w.s a0,fa0,rtz");
  CHECK(text(0x00008067) == "ret");
  CHECK(text(0x8082) == "ret");
  CHECK(text(0x1141) == "addi sp,sp,-16");
  CHECK(text(0x852e) == "mv a0,a1");
  CHECK(text(0xffff'ffff) == ".word 0xffffffff");
  CHECK(text(0xdead'0000) == "unimp");
  CHECK(text(0x9c41) == ".half 0x9c41");
}

TEST_CASE("Disassembly: says what is written and where memory is accessed", "[riscv]") {
  using Bank = Disassembly::Bank;
  const Disassembly load = disassemble(0xff043283, 0);  // ld t0,-16(s0)
  CHECK((load.writes == Bank::Integer && load.rd == 5));
  CHECK((load.memory && load.base == 8 && load.offset == -16));
  const Disassembly store = disassemble(0xfe543823, 0);  // sd t0,-16(s0)
  CHECK((store.writes == Bank::None && store.memory && store.offset == -16));
  CHECK((store.stores == Bank::Integer && store.rs2 == 5 && store.bytes == 8));
  CHECK(disassemble(0x00a42627, 0).stores == Bank::Float);  // fsw fa0,12(s0)
  const Disassembly convert = disassemble(0xd2058553, 0);   // fcvt.d.w fa0,a1
  CHECK((convert.writes == Bank::Float && convert.rd == 10 && !convert.memory));
  const Disassembly compare = disassemble(0xa2b50553, 0);  // fle.d a0,fa0,fa1
  CHECK((compare.writes == Bank::Integer && compare.rd == 10));
  CHECK(disassemble(0x00000013, 0).writes == Bank::None);
  CHECK(disassemble(0x8082, 0).writes == Bank::None);
  CHECK(disassemble(0x30200073, 0).writes == Bank::None);
}

TEST_CASE("Disassembly: every operation of the decoder has a name and no other", "[riscv]") {
  const unsigned seed = 7;
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    const uint32_t word = random_word(random);
    const OpCode code = decode(word, 0).code;
    const bool named = disassemble(word, 0).mnemonic != ".word";
    // Of these the interpreter still refuses some.
    if (code == OpCode::Float || code == OpCode::System) continue;
    INFO(std::hex << word << " " << text(word));
    REQUIRE(named == (code != OpCode::Illegal));
  }
}

TEST_CASE("Disassembly: objdump agrees", "[riscv]") {
  if (std::strlen(RISCV_OBJDUMP) == 0) {
    WARN("skipped: riscv64-linux-gnu-objdump is not installed");
    return;
  }
  const unsigned seed = 11;
  CAPTURE(seed);
  std::mt19937 random(seed);
  std::vector<uint32_t> words;
  for (uint32_t half = 0; half < 0x10000; ++half)
    if ((half & 3) != 3) words.push_back(half);
  while (words.size() < 150'000) words.push_back(random_word(random));

  char file[] = "/tmp/systole-disassemble-XXXXXX";
  const int descriptor = mkstemp(file);
  REQUIRE(descriptor >= 0);
  FILE* out = fdopen(descriptor, "wb");
  std::vector<Disassembly> ours;
  uint64_t pc = 0;
  for (const uint32_t word : words) {
    ours.push_back(disassemble(word, pc));
    std::fwrite(&word, 1, ours.back().length, out);
    pc += ours.back().length;
  }
  std::fclose(out);
  const std::vector<std::string> theirs = objdump(file);
  std::remove(file);
  REQUIRE(theirs.size() == ours.size());
  unsigned compared = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const Disassembly& d = ours[i];
    if (d.mnemonic == ".word" || d.mnemonic == ".half" || outside_comparison(words[i], d)) continue;
    INFO(std::hex << words[i]);
    REQUIRE(normal(d) == theirs[i]);
    ++compared;
  }
  CHECK(compared > 90'000);
}
