#include "firmware/app/monitor.h"

#include "firmware/app/accelerator.h"
#include "firmware/app/boot_options.h"
#include "firmware/app/information.h"
#include "firmware/app/self_test.h"
#include "firmware/boot/console.h"
#include "sw_driver/hal/baremetal/mmio.h"
#include "sw_driver/include/plic.h"

namespace systole::firmware {
namespace {

constexpr char kHelp[] =
    "help                  this text\n"
    "info                  what this SoC is\n"
    "peek ADDR [WORDS]     show 32-bit words (1)\n"
    "poke ADDR VALUE       write a 32-bit word\n"
    "bench gemm M N K      one product on the engines, checked\n"
    "run PROMPT            generate text\n"
    "selftest              check hart and machine\n"
    "quit [CODE]           end (0); also exit\n";

// Sleeps until a character has arrived. The interrupt is on only meanwhile: no engine works now.
void wait_for_character(driver::BareMetalHal& hal, driver::Plic& plic) {
  constexpr uint32_t kUartSource = 10;  // here and on QEMU's `virt`
  uint32_t source = 0;
  console.interrupt_on_receipt(true);
  static_cast<void>(plic.enable(kUartSource));
  static_cast<void>(hal.wait_for_interrupt(~uint64_t{0}));
  console.interrupt_on_receipt(false);
  if (plic.claim(&source) == driver::Status::Ok && source != 0)
    static_cast<void>(plic.complete(source));
  static_cast<void>(plic.disable(kUartSource));
}

// Reads a line with echo; backspace works.
void read_line(driver::BareMetalHal& hal, driver::Plic& plic, char* line, uint32_t room) {
  uint32_t length = 0;
  for (char c = 0;;) {
    if (!console.get(&c)) {
      wait_for_character(hal, plic);
      continue;
    }
    if (c == '\r' || c == '\n') break;
    if (c == 8 || c == 127) {
      if (length > 0) --length, console << "\b \b";
    } else if (length + 1 < room && static_cast<unsigned char>(c) >= ' ') {
      line[length++] = c;
      console << c;
    }
  }
  line[length] = 0;
  console << "\n";
}

const char* next_number(const char* text, uint64_t* value) {
  const char* rest = text;
  if (!parse_number(text, value, &rest)) return nullptr;
  while (*rest == ' ') ++rest;
  return rest;
}

void peek(const char* text) {
  uint64_t addr = 0, words = 1;
  text = next_number(text, &addr);
  if (text && *text) text = next_number(text, &words);
  if (text == nullptr || addr % 4 != 0) {
    console << "peek ADDR [WORDS]: an address that is a multiple of 4 is needed\n";
    return;
  }
  for (uint64_t i = 0; i < words; ++i, addr += 4) {
    uint32_t value = 0;
    if (i % 4 == 0) console << Hex{addr} << ":";
    if (systole_mmio_read32(addr, &value) != 0) {
      console << " bus error\n";
      return;
    }
    console << " " << Hex{value} << (i % 4 == 3 || i + 1 == words ? "\n" : "");
  }
}

void poke(const char* text) {
  uint64_t addr = 0, value = 0;
  text = next_number(text, &addr);
  if (text) text = next_number(text, &value);
  if (text == nullptr || addr % 4 != 0)
    console << "poke ADDR VALUE: an address that is a multiple of 4 and a value are needed\n";
  else if (systole_mmio_write32(addr, static_cast<uint32_t>(value)) != 0)
    console << "bus error\n";
}

void bench(const Board& board, const char* text) {
  uint64_t m = 0, n = 0, k = 0;
  if (starts_with_word(text, "gemm", &text)) {
    if (text) text = next_number(text, &m);
    if (text) text = next_number(text, &n);
    if (text) text = next_number(text, &k);
    if (text && m - 1 < 4096 && n - 1 < 4096 && k - 1 < 4096) {
      static_cast<void>(bench_gemm(board, static_cast<uint32_t>(m), static_cast<uint32_t>(n),
                                   static_cast<uint32_t>(k)));
      return;
    }
  }
  console << "bench gemm M N K: each 1 to 4096\n";
}

}  // namespace

uint32_t monitor(const Board& board) {
  static char line[1024];
  driver::BareMetalHal hal(board.hal_config());
  driver::Plic plic;
  plic.init(hal, board.plic);
  for (;;) {
    console << "> ";
    read_line(hal, plic, line, sizeof line);
    const char* rest = line;
    uint64_t code = 0;
    if (starts_with_word(line, "help", nullptr)) {
      console << kHelp;
    } else if (starts_with_word(line, "info", nullptr)) {
      print_information(board);
    } else if (starts_with_word(line, "peek", &rest)) {
      peek(rest);
    } else if (starts_with_word(line, "poke", &rest)) {
      poke(rest);
    } else if (starts_with_word(line, "bench", &rest)) {
      bench(board, rest);
    } else if (starts_with_word(line, "run", &rest)) {
      BootOptions options;
      options.prompt = rest;
      static_cast<void>(generate(board, options));
      console << "\n";
    } else if (starts_with_word(line, "selftest", nullptr)) {
      static_cast<void>(self_test(board));
    } else if (starts_with_word(line, "quit", &rest) || starts_with_word(line, "exit", &rest)) {
      static_cast<void>(parse_number(rest, &code, nullptr));
      return static_cast<uint32_t>(code & 0xffff);
    } else if (line[0] != 0) {
      console << "unknown command; help lists them\n";
    }
  }
}

}  // namespace systole::firmware
