// The firmware and small programs on the virtual SoC: systole boot, and run with cpu.model riscv.
#include <elf.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "tests/system/command_line.h"

using Catch::Contains;
using nlohmann::json;
using systole::test::Outcome;
using systole::test::read_json;
using systole::test::run_systole;
using systole::test::shared_model;
using systole::test::SharedModel;
using systole::test::TemporaryDirectory;

namespace {

bool firmware_present() {
  if (access(SYSTOLE_FIRMWARE, R_OK) == 0) return true;
  WARN("skipped: riscv64-linux-gnu-g++ is not installed");
  return false;
}

Outcome boot(const std::string& elf, std::vector<std::string> more) {
  std::vector<std::string> arguments = {"boot", "--elf", elf, "--fidelity", "tlm", "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_systole(arguments);
}

// An ELF of one segment at 0x80000000 with this code, and a `tohost` symbol right behind it.
std::string program(const std::vector<uint32_t>& code) {
  struct {
    Elf64_Ehdr header;
    Elf64_Phdr segment;
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[2];
    char names[8];
  } file = {};
  const uint64_t bytes = 4 * code.size();
  std::memcpy(file.header.e_ident, ELFMAG, SELFMAG);
  file.header.e_ident[EI_CLASS] = ELFCLASS64;
  file.header.e_ident[EI_DATA] = ELFDATA2LSB;
  file.header.e_type = ET_EXEC;
  file.header.e_machine = EM_RISCV;
  file.header.e_entry = 0x80000000;
  file.header.e_phoff = sizeof file.header;
  file.header.e_phentsize = sizeof file.segment;
  file.header.e_phnum = 1;
  file.header.e_shoff = sizeof file.header + sizeof file.segment;
  file.header.e_shentsize = sizeof file.sections[0];
  file.header.e_shnum = 3;
  file.segment = {
      PT_LOAD, PF_R | PF_W | PF_X, sizeof file, 0x80000000, 0x80000000, bytes, bytes + 16, 8};
  const uint64_t symbols = file.header.e_shoff + sizeof file.sections;
  file.sections[1].sh_type = SHT_SYMTAB;
  file.sections[1].sh_offset = symbols;
  file.sections[1].sh_size = sizeof file.symbols;
  file.sections[1].sh_link = 2;
  file.sections[2].sh_type = SHT_STRTAB;
  file.sections[2].sh_offset = symbols + sizeof file.symbols;
  file.sections[2].sh_size = sizeof file.names;
  file.symbols[1] = {1, ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT), 0, 1, 0x80000000 + bytes, 8};
  std::memcpy(file.names, "\0tohost", 8);
  std::string text(reinterpret_cast<const char*>(&file), sizeof file);
  text.append(reinterpret_cast<const char*>(code.data()), bytes);
  return text;
}

// auipc t0, 0; li t1, value; sd t1, 16(t0), which is tohost; j .
std::string to_host(uint32_t value) {
  return program({0x00000297, value << 20 | 0x313, 0x0062b823, 0x0000006f});
}

}  // namespace

TEST_CASE("Boot: the firmware's self-test passes on the virtual SoC") {
  if (!firmware_present()) return;
  const Outcome outcome = boot(SYSTOLE_FIRMWARE, {"--append", "selftest"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 0);
  CHECK_THAT(outcome.out,
             Contains("Systole firmware") && Contains("engines: gemm[0] at 0x11000000"));
  CHECK_THAT(outcome.out, Contains("self-test: passed") && !Contains("FAILED"));
}

TEST_CASE("Boot: a fatal trap ends with cause, address and place, status 1") {
  if (!firmware_present()) return;
  const struct {
    const char *fault, *message;
  } faults[] = {{"illegal", "panic: illegal instruction: cause 0x2"},
                {"load", "panic: load access fault: cause 0x5, address 0x8"},
                {"rom", "panic: store access fault: cause 0x7, address 0x1000"},
                {"jump", "panic: instruction access fault: cause 0x1, address 0x0, pc 0x0"},
                {"stack", "panic: store access fault (stack overflow)"}};
  for (const auto& fault : faults) {
    const Outcome outcome =
        boot(SYSTOLE_FIRMWARE, {"--append", std::string("provoke fault=") + fault.fault});
    INFO(fault.fault << ": " << outcome.out << outcome.err);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.out, Contains(fault.message));
    CHECK_THAT(outcome.err, Contains("the program ended with code 1: ") && Contains(": cause 0x") &&
                                Contains(" (systole::firmware::"));
  }
}

TEST_CASE("Boot: code that the DMA has written runs, in RTL and in TLM fidelity") {
  if (!firmware_present()) return;
  for (const char* fidelity : {"rtl", "tlm"}) {
    const Outcome outcome = boot(SYSTOLE_TEST_PROGRAMS "/test_dma_code.elf",
                                 {"--set", std::string("dma.model=") + fidelity});
    INFO(fidelity << ": " << outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("replaced"));
  }
}

TEST_CASE("Boot: a program that spins ends at --max-sim-time, with its place") {
  if (!firmware_present()) return;
  const Outcome outcome =
      boot(SYSTOLE_FIRMWARE, {"--append", "provoke fault=spin", "--max-sim-time", "2ms"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("has not ended: pc 0x8") && Contains("provoke") && Contains("max-sim-time"));
}

TEST_CASE("Boot: tohost ends a program: 1 passes, another odd value is a failure's number") {
  const TemporaryDirectory directory;
  CHECK(boot(directory.write("pass.elf", to_host(1)), {}).status == 0);
  const Outcome failed = boot(directory.write("fail.elf", to_host(11)), {});
  INFO(failed.err);
  CHECK(failed.status == 1);
  CHECK_THAT(failed.err, Contains("test number 5"));
}

TEST_CASE("Boot: a program that jumps into nowhere is found lost") {
  const TemporaryDirectory directory;
  const Outcome outcome = boot(directory.write("lost.elf", program({0x00000067})), {});  // jr zero
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err, Contains("the program is lost: instruction access fault at 0x0, and the "
                                   "trap handler at 0x0 cannot be fetched"));
}

TEST_CASE("Boot: a program without a trap handler is told what its first trap was") {
  const TemporaryDirectory directory;
  // nop; ld t1, 0(zero)
  const Outcome outcome = boot(directory.write("lost.elf", program({0x13, 0x00003303})), {});
  INFO(outcome.err);
  CHECK(outcome.status == 1);
  CHECK_THAT(outcome.err,
             Contains("load access fault (address 0x0) at 0x80000004, and the trap handler at 0x0 "
                      "cannot be fetched (instruction access fault)"));
}

TEST_CASE("Boot: files that are no program for this SoC are refused with status 2") {
  const TemporaryDirectory directory;
  const auto refused = [&](std::string content) {
    const Outcome outcome = boot(directory.write("bad.elf", content), {});
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  std::string elf = to_host(1);
  CHECK_THAT(refused("hello"), Contains("not an ELF file; legal:"));
  CHECK_THAT(refused(elf.substr(0, 40)), Contains("truncated"));
  CHECK_THAT(refused(elf.substr(0, elf.size() - 4)), Contains("truncated"));
  elf[EI_CLASS] = 1;
  CHECK_THAT(refused(elf), Contains("ELF class is 1; legal: 2"));
  elf = to_host(1);
  elf[18] = 62;  // e_machine
  CHECK_THAT(refused(elf), Contains("ELF machine is 62; legal: 243"));
  elf = to_host(1);
  elf[64 + 24] = elf[64 + 25] = 0, elf[64 + 27] = 0x20;  // p_paddr
  CHECK_THAT(refused(elf), Contains("outside memory; legal: SPM 0x40000000"));
  for (const std::string file :
       {directory.file("missing.elf"), directory.file(""), std::string("/dev/zero")}) {
    const Outcome outcome = boot(file, {});
    CAPTURE(file);
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Contains("cannot be read"));
  }
  const Outcome none = run_systole({"boot"});
  CHECK(none.status == 2);
  CHECK_THAT(none.err, Contains("--elf is needed"));
}

TEST_CASE("Run: the RISC-V CPU tells the native CPU's story to the bit") {
  if (!firmware_present()) return;
  const TemporaryDirectory directory;
  const SharedModel model = shared_model();
  for (const char* temperature : {"0", "0.8"}) {
    json reports[2];
    std::string texts[2];
    for (int cpu = 0; cpu < 2; ++cpu) {
      const std::string file = directory.file("r.json");
      std::vector<std::string> arguments = {"run",
                                            "--prompt",
                                            "Once upon a time, there",
                                            "--max-tokens",
                                            "8",
                                            "--temperature",
                                            temperature,
                                            "--seed",
                                            "3",
                                            "--fidelity",
                                            "tlm",
                                            "--quiet",
                                            "--report",
                                            file,
                                            "--set",
                                            cpu == 0 ? "cpu.model=native" : "cpu.model=riscv"};
      if (model.present()) {
        arguments.insert(arguments.end(), {"--model", model.model, "--tokenizer", model.tokenizer});
      }
      const Outcome outcome = run_systole(arguments);
      INFO(outcome.err);
      REQUIRE(outcome.status == 0);
      texts[cpu] = outcome.out;
      reports[cpu] = read_json(file);
    }
    CHECK(texts[0] == texts[1]);
    for (const char* key : {"tokens", "text", "prompt_tokens", "offload", "digest"}) {
      INFO(key);
      CHECK(reports[0][key] == reports[1][key]);
    }
    CHECK(reports[1]["tokens"].size() > 8);
    CHECK(reports[1]["cpu"]["model"] == "riscv");
    CHECK(reports[1]["cpu"]["instructions"].get<uint64_t>() > 1000000);
    for (const auto& [kernel, count] : reports[1]["offload"].items()) {
      INFO(kernel);
      CHECK(count["cpu"] == 0);
    }
  }
}
