// Physical memory protection: regions of every kind, their order, locks, accesses that cross an
// end, what machine mode is refused.
#include "check.h"

namespace {

alignas(4096) uint8_t area[8192];

extern "C" {
void do_load_byte();
void do_load_word();
void do_load_double();
void do_store_byte();
void do_store_double();
void do_call();
}
asm(R"(
  .option push
  .option norvc
  .balign 4096
do_load_byte:
  lbu a0, 0(a0)
  ecall
do_load_word:
  lwu a0, 0(a0)
  ecall
do_load_double:
  ld a0, 0(a0)
  ecall
do_store_byte:
  sb a1, 0(a0)
  ecall
do_store_double:
  sd a1, 0(a0)
  ecall
do_call:
  jr a0
  .balign 4096
  .option pop
)");

constexpr uint64_t kRead = 1, kWrite = 2, kExecute = 4, kTor = 1 << 3, kNa4 = 2 << 3,
                   kNapot = 3 << 3, kLocked = 0x80;
constexpr uint64_t kFlatExecute = kNapot | kRead | kExecute;

uint64_t place(uint64_t offset) { return address_of(area) + offset; }
/// pmpaddr of a naturally aligned region of a power of two bytes, 8 or more.
uint64_t napot(uint64_t base, uint64_t bytes) { return base >> 2 | (bytes / 8 - 1); }

void set_config(unsigned entry, uint64_t config) {
  const uint64_t shift = entry % 8 * 8;
  uint64_t all = entry < 8 ? READ_CSR(pmpcfg0) : READ_CSR(pmpcfg2);
  all = (all & ~(0xffull << shift)) | config << shift;
  if (entry < 8)
    WRITE_CSR(pmpcfg0, all);
  else
    WRITE_CSR(pmpcfg2, all);
}

/// Entry 14 makes the functions above executable, for every test.
void only_code() {
  WRITE_CSR(pmpcfg0, 0);
  WRITE_CSR(pmpcfg2, 0);
  WRITE_CSR(pmpaddr14, napot(address_of(do_load_byte), 4096));
  set_config(14, kFlatExecute);
}

bool reads(uint64_t mode, void (*function)(), uint64_t address) {
  enter_mode(mode, address_of(function), address, 0);
  const bool fine = trap.cause == 8 + mode;
  if (!fine && (trap.cause != 5 || trap.tval != address)) {
    show("  unexpected cause", trap.cause);
    show("  tval", trap.tval);
  }
  trap.clear();
  return fine;
}
bool writes(uint64_t mode, void (*function)(), uint64_t address) {
  enter_mode(mode, address_of(function), address, 0xabcdef);
  const bool fine = trap.cause == 8 + mode;
  if (!fine && (trap.cause != 7 || trap.tval != address)) {
    show("  unexpected cause", trap.cause);
    show("  tval", trap.tval);
  }
  trap.clear();
  return fine;
}

/// Bit n: the byte, word or double at place(4n) may be read in user mode.
uint64_t readable(void (*function)(), unsigned count) {
  uint64_t map = 0;
  for (unsigned i = 0; i < count; ++i)
    if (reads(kUserMode, function, place(4 * i))) map |= 1ull << i;
  return map;
}

void regions() {
  only_code();
  check("nothing is allowed", readable(do_load_byte, 8), 0);
  WRITE_CSR(pmpaddr0, place(8) >> 2);
  set_config(0, kNa4 | kRead);
  check("NA4", readable(do_load_byte, 8), 0x04);
  WRITE_CSR(pmpaddr0, napot(place(16), 8));
  set_config(0, kNapot | kRead);
  check("NAPOT, 8 bytes", readable(do_load_byte, 8), 0x30);
  WRITE_CSR(pmpaddr0, napot(place(0), 32));
  check("NAPOT, 32 bytes", readable(do_load_byte, 16), 0xff);
  set_config(0, 0);
  WRITE_CSR(pmpaddr0, place(8) >> 2);
  WRITE_CSR(pmpaddr1, place(24) >> 2);
  set_config(1, kTor | kRead);
  check("TOR", readable(do_load_byte, 8), 0x3c);
  check("TOR, words", readable(do_load_word, 8), 0x3c);
  set_config(1, 0);
  WRITE_CSR(pmpaddr0, place(24) >> 2);
  set_config(0, kTor | kRead | kExecute);  // the functions lie there, too
  check("TOR of entry 0 begins at 0", readable(do_load_byte, 8), 0x3f);
  WRITE_CSR(pmpaddr1, place(8) >> 2);
  set_config(0, 0);
  set_config(1, kTor | kRead);
  check("TOR with its end below its start", readable(do_load_byte, 8), 0);
  only_code();
}

void rights() {
  only_code();
  WRITE_CSR(pmpaddr0, napot(place(0), 4096));
  static constexpr uint64_t kRights[] = {0, 1, 3, 4, 5, 7};
  *reinterpret_cast<volatile uint32_t*>(area) = 0x73;  // ecall
  asm volatile("fence.i");
  static constexpr uint64_t kModes[] = {kUserMode, kSupervisorMode};
  for (uint64_t mode : kModes) {
    for (uint64_t right : kRights) {
      set_config(0, kNapot | right);
      show("rights", right);
      check("  read", reads(mode, do_load_double, place(64)), right & 1);
      check("  write", writes(mode, do_store_double, place(64)), right >> 1 & 1);
      enter_mode(mode, address_of(do_call), place(0), 0);
      check("  execute", trap.cause, right & 4 ? 8 + mode : 1);
      check("    epc", trap.epc - place(0), 0);
      trap.clear();
    }
  }
  check("machine mode may", *reinterpret_cast<volatile uint64_t*>(area + 64), 0xabcdef);
  check_no_trap("  no trap");
}

void order() {
  only_code();
  // The lowest number that matches decides, also against a larger region behind it.
  WRITE_CSR(pmpaddr0, place(8) >> 2);
  WRITE_CSR(pmpaddr1, napot(place(0), 4096));
  WRITE_CSR(pmpcfg0, (kNapot | kRead) << 8 | kNa4);
  check("a hole in a region", readable(do_load_byte, 8), 0xfb);
  check("  words", readable(do_load_word, 8), 0xfb);
  // An access that a region holds only in part is refused, whatever comes behind it.
  check("  doubles", readable(do_load_double, 8), 0xf9);
  WRITE_CSR(pmpcfg0, (kNapot | kRead) << 8 | kNa4 | kRead);
  check("partly in a region that allows it", readable(do_load_double, 8), 0xf9);
  WRITE_CSR(pmpcfg0, kNapot << 8 | kNa4 | kRead);
  check("an island", readable(do_load_byte, 8), 0x04);
  WRITE_CSR(pmpcfg0, 0);
}

void page_ends() {
  only_code();
  WRITE_CSR(pmpaddr0, napot(place(0), 4096));
  set_config(0, kNapot | kRead | kWrite);
  check("the region's last double", reads(kUserMode, do_load_double, place(4088)), 1);
  check("  and behind it", reads(kUserMode, do_load_double, place(4096)), 0);
  check("  the last byte", writes(kUserMode, do_store_byte, place(4095)), 1);
  check("  the next byte", writes(kUserMode, do_store_byte, place(4096)), 0);
}

/// Random regions of every kind in front of each other; what each access gives, hashed.
void at_random() {
  only_code();
  uint64_t random = 20261120;
  const auto below = [&](uint64_t n) {
    random = random * 6364136223846793005 + 1442695040888963407;
    return (random >> 33) % n;
  };
  static constexpr uint64_t kModes[] = {0, kTor, kNa4, kNapot, kNapot, kTor};
  static constexpr uint64_t kRights[] = {0, 1, 3, 4, 5, 7};
  void (*const accesses[])() = {do_load_byte, do_load_word, do_load_double, do_store_byte,
                                do_store_double};
  static constexpr uint64_t kSizes[] = {1, 4, 8, 1, 8};
  constexpr unsigned kEntries = 6;
  Hash all;
  for (unsigned round = 0; round < 400; ++round) {
    uint64_t config = 0;
    for (unsigned i = 0; i < kEntries; ++i) {
      const uint64_t mode = kModes[below(6)];
      uint64_t address = place(4 * below(2048)) >> 2;
      if (mode == kNapot) address = (address & ~0ull << below(11)) | ((1ull << below(11)) - 1);
      config |= (mode | kRights[below(6)]) << 8 * i;
      switch (i) {
        case 0:
          WRITE_CSR(pmpaddr0, address);
          break;
        case 1:
          WRITE_CSR(pmpaddr1, address);
          break;
        case 2:
          WRITE_CSR(pmpaddr2, address);
          break;
        case 3:
          WRITE_CSR(pmpaddr3, address);
          break;
        case 4:
          WRITE_CSR(pmpaddr4, address);
          break;
        default:
          WRITE_CSR(pmpaddr5, address);
          break;
      }
    }
    WRITE_CSR(pmpcfg0, config);
    for (unsigned i = 0; i < 25; ++i) {
      const uint64_t kind = below(5), offset = below(8192) / kSizes[kind] * kSizes[kind];
      enter_mode(below(2), address_of(accesses[kind]), place(offset), 0);
      all.add(trap.cause);
      all.add(trap.tval ? trap.tval - place(0) : 0);
      trap.clear();
    }
  }
  show("ten thousand accesses under random regions", all.value);
  WRITE_CSR(pmpcfg0, 0);
}

void locked() {
  only_code();
  // Entry 3 is read-only for all, entry 5 closed; they stay to the end.
  auto* word = reinterpret_cast<volatile uint32_t*>(area + 256);
  *word = 5;
  WRITE_CSR(pmpaddr3, place(256) >> 2);
  set_config(3, kNa4 | kRead | kLocked);
  check("machine mode reads what is locked read-only", *word, 5);
  check_no_trap("  no trap");
  *word = 6;
  check_trap("  writes it", 7, place(256));
  check("  unchanged", *word, 5);
  asm volatile("amoadd.w zero, %1, (%0)" ::"r"(word), "r"(1ull) : "memory");
  check_known("  amo", trap.cause, 7, 7);
  trap.clear();
  *reinterpret_cast<volatile uint32_t*>(area + 260) = 7;
  check_no_trap("  its neighbour");
  WRITE_CSR(pmpaddr3, place(512) >> 2);
  check("its address stays", READ_CSR(pmpaddr3), place(256) >> 2);
  set_config(3, 0);
  check("its configuration stays", READ_CSR(pmpcfg0) >> 24 & 0xff, kNa4 | kRead | kLocked);
  // A locked top of range locks the address below it.
  WRITE_CSR(pmpaddr4, place(1024) >> 2);
  WRITE_CSR(pmpaddr5, place(2048) >> 2);
  set_config(5, kTor | kLocked);
  WRITE_CSR(pmpaddr4, place(0) >> 2);
  check("the address below a locked TOR stays", READ_CSR(pmpaddr4), place(1024) >> 2);
  volatile uint8_t seen = area[1023];
  check_no_trap("below the range");
  seen = area[1024];
  check_trap("in the range", 5, place(1024));
  seen = area[2047];
  check_trap("at its end", 5, place(2047));
  seen = area[2048];
  check_no_trap("behind it");
  static_cast<void>(seen);
  enter_mode(kMachineMode, place(1024), 0, 0);
  check_trap("machine mode executes there", 1, place(1024));
}

void registers() {
  only_code();
  WRITE_CSR(pmpaddr0, ~0ull);
  check_known("54 bits of address", READ_CSR(pmpaddr0), ~0ull >> 10, ~0ull);
  WRITE_CSR(pmpaddr0, 0);
  WRITE_CSR(pmpcfg0, 0x1f);
  check("configuration", READ_CSR(pmpcfg0) & 0xff, 0x1f);
  WRITE_CSR(pmpcfg0, 0);
  check("sixteen entries", (READ_CSR(pmpaddr15), trap.count), 0);
}

}  // namespace

int main() {
  trap.clear();
  registers();
  regions();
  rights();
  order();
  page_ends();
  at_random();
  locked();
  return checks_done();
}
