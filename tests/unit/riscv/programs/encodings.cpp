// What every 16-bit encoding, and many thousand 32-bit ones, do in user mode: registers, memory and
// trap, hashed. Around them everything is c.ebreak, and registers point to memory full of it.
#include "check.h"

extern "C" {
void run_one(uint64_t pc);
extern uint64_t image[64];
extern volatile uint64_t seen[68];
}

namespace {

constexpr uint16_t kBreak = 0x9002;  // c.ebreak
constexpr uint64_t kBreaks = 0x9002900290029002;
constexpr unsigned kReach = 1 << 20;  // of jal, to both sides; bytes
constexpr unsigned kWindow = 600;     // double words: registers point to its middle
constexpr unsigned kMiddle = 280;

alignas(4096) uint16_t code[kReach];
alignas(4096) uint64_t data[kWindow];

/// Places for encodings, further apart than branches reach; FENCE.I is slow, so many share one.
constexpr unsigned kSlots = 64, kApart = 4128;  // half words
uint16_t* slot(unsigned n) { return code + kReach / 2 - kSlots / 2 * kApart + n * kApart; }
uint32_t batch[kSlots];

void prepare() {
  open_memory();
  for (uint16_t& half : code) half = kBreak;
  for (uint64_t& word : data) word = kBreaks;
  for (unsigned i = 0; i < 32; ++i) {
    image[i] = reinterpret_cast<uint64_t>(data + kMiddle + i);
    // Small and large numbers, single and double precision.
    image[32 + i] =
        i % 3 ? 0xffffffff3f800000 + i * 0x00345678 : 0x3ff0000000000000 + i * 0x123456789;
  }
}

/// All that one encoding changed; memory in [first, end) double words.
void fold(Hash& hash, unsigned first, unsigned end) {
  for (unsigned i = 1; i < 68; ++i) hash.add(seen[i]);
  for (unsigned i = first; i < end; ++i) {
    if (data[i] == kBreaks) continue;
    hash.add(i);
    hash.add(data[i]);
    data[i] = kBreaks;
  }
}

/// Runs the first `count` of the batch.
void run_batch(Hash& hash, unsigned count, unsigned first, unsigned end) {
  for (unsigned n = 0; n < count; ++n) {
    slot(n)[0] = static_cast<uint16_t>(batch[n]);
    if ((batch[n] & 3) == 3) slot(n)[1] = static_cast<uint16_t>(batch[n] >> 16);
  }
  asm volatile("fence.i" ::: "memory");
  for (unsigned n = 0; n < count; ++n) {
    run_one(reinterpret_cast<uint64_t>(slot(n)));
    fold(hash, first, end);
  }
  for (unsigned n = 0; n < count; ++n) slot(n)[0] = slot(n)[1] = kBreak;
}

/// A jump or branch to itself has no end.
bool is_loop(uint32_t half) {
  if ((half & 3) != 1 || half < 0xa000) return false;
  return half < 0xc000 ? (half & 0x1ffc) == 0 : (half & 0x1c7c) == 0;
}

/// One hash for each 2048 encodings, so that a difference has a place.
void all_compressed() {
  for (uint32_t first = 0; first < 0x10000; first += 0x800) {
    Hash hash;
    unsigned count = 0;
    for (uint32_t half = first; half < first + 0x800; ++half) {
      if ((half & 3) == 3) continue;
      batch[count++] = is_loop(half) ? uint32_t{kBreak} : half;
      if (count < kSlots && half != first + 0x7fe) continue;
      run_batch(hash, count, kMiddle, kMiddle + 110);
      count = 0;
    }
    show("16 bits from", first);
    show("  ", hash.value);
  }
}

uint64_t random_state = 20261120;
uint32_t random32() {
  random_state = random_state * 6364136223846793005 + 1442695040888963407;
  return static_cast<uint32_t>(random_state >> 32);
}

/// Any bits behind a major opcode; half of them with a funct7 that many instructions have.
void some_of(uint32_t opcode) {
  static constexpr uint32_t kFunct7[] = {0,    1,    0x20, 4,    8,    0x10,
                                         0x2c, 0x50, 0x60, 0x68, 0x70, 0x78};
  const bool stores = opcode == 0x23 || opcode == 0x27 || opcode == 0x2f;
  const unsigned batches = opcode == 0x33 || opcode == 0x3b || opcode == 0x53 ? 60 : 12;
  Hash hash;
  for (unsigned n = 0; n < batches; ++n) {
    // jal reaches other places: one at a time.
    const unsigned count = opcode == 0x6f ? 1 : kSlots;
    for (unsigned i = 0; i < count; ++i) {
      uint32_t word = (random32() & ~0x7fu) | opcode;
      if (i & 1) word = (word & 0x01ffffff) | (kFunct7[random32() % 12] | (random32() & 1)) << 25;
      // Refused accesses at address 0: causes and addresses differ (docs/firmware.md).
      const bool accesses = opcode == 0x2f || opcode == 0x03 || opcode == 0x07;
      if (accesses && (word >> 15 & 31) == 0) word |= 1 << 15;
      if (opcode == 0x6f) word &= 0x7fffffff;  // backwards it would leave `code`
      if (opcode == 0x63 || opcode == 0x6f) word |= 1 << (opcode == 0x63 ? 8 : 21);  // no loop
      batch[i] = word;
    }
    run_batch(hash, count, 0, stores ? kWindow : 0);
  }
  show("opcode", opcode);
  show("  ", hash.value);
}

}  // namespace

int main() {
  trap.clear();
  prepare();
  all_compressed();
  for (uint32_t opcode = 3; opcode < 0x80; opcode += 4) some_of(opcode);
  check_no_trap("no trap outside");
  return checks_done();
}
