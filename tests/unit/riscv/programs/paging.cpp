// Sv39: pages of every size, who may do what, accessed and dirty bits, sfence.vma, and each way in
// which a walk fails.
#include "check.h"

namespace {

enum Flag : uint64_t {
  kValid = 1,
  kRead = 2,
  kWrite = 4,
  kExecute = 8,
  kUser = 16,
  kGlobal = 32,
  kAccessed = 64,
  kDirty = 128
};
constexpr uint64_t kAll = kValid | kRead | kWrite | kExecute | kAccessed | kDirty;
constexpr uint64_t kPage = 4096, kMega = 2 << 20;
constexpr uint64_t kBase = 0x80000000;

alignas(kPage) uint64_t root[512], middle[512], leaf[512];
alignas(kPage) volatile uint64_t pages[4][512];

extern "C" {
void do_load();
void do_store();
void do_amo();
void do_call();
void do_load_odd();
void do_store_odd();
}
asm(R"(
  .option push
  .option norvc
  .balign 4096
do_load:
  ld a0, 0(a0)
  ecall
do_store:
  sd a1, 0(a0)
  ecall
do_amo:
  amoadd.d a0, a1, (a0)
  ecall
do_call:
  jr a0
do_load_odd:
  ld a0, -4(a0)
  ecall
do_store_odd:
  sd a1, -4(a0)
  ecall
  .balign 4096
  .option pop
)");

uint64_t entry(uint64_t address, uint64_t flags) { return address >> 12 << 10 | flags; }
uint64_t page(unsigned n) { return reinterpret_cast<uint64_t>(pages[n]); }
uint64_t table(uint64_t* t) { return reinterpret_cast<uint64_t>(t); }
void fence() { asm volatile("sfence.vma" ::: "memory"); }

/// The functions above are at these virtual addresses, a gigabyte for each mode.
constexpr uint64_t kSupervisorCode = 2ull << 30, kUserCode = 3ull << 30;
constexpr uint64_t kData = 1ull << 30;  // through middle and leaf

uint64_t call(uint64_t mode, void (*function)(), uint64_t a0, uint64_t a1 = 0) {
  trap.clear();
  const uint64_t code = mode == kUserMode ? kUserCode : kSupervisorCode;
  enter_mode(mode, address_of(function) - kBase + code, a0, a1);
  return trap.cause;
}
uint64_t load(uint64_t address, uint64_t mode = kSupervisorMode) {
  return call(mode, do_load, address);
}
uint64_t store(uint64_t address, uint64_t mode = kSupervisorMode) {
  return call(mode, do_store, address, 0x5150);
}
uint64_t fetch(uint64_t address, uint64_t mode = kSupervisorMode) {
  return call(mode, do_call, address);
}

void build() {
  for (unsigned i = 0; i < 512; ++i) root[i] = 0, middle[i] = 0, leaf[i] = 0;
  root[1] = entry(table(middle), kValid);
  root[2] = entry(kBase, kAll);
  root[3] = entry(kBase, kAll | kUser);
  middle[0] = entry(table(leaf), kValid);
  for (unsigned i = 0; i < 4; ++i) {
    leaf[i] = entry(page(i), kAll);
    for (unsigned n = 0; n < 512; ++n) pages[i][n] = 0x0000007300000073;  // ecall
    pages[i][0] = 0x73 | uint64_t{i + 1} << 32;
  }
  asm volatile("fence.i");
  WRITE_CSR(satp, 8ull << 60 | table(root) >> 12);
  fence();
}

void sizes() {
  build();
  check("4 KiB page", load(kData + kPage), 9);
  check("  value", trap.a0 >> 32, 2);
  store(kData + 2 * kPage + 8);
  check("  stored", pages[2][1], 0x5150);
  middle[1] = entry(kBase, kAll);
  const uint64_t offset = page(3) - kBase;
  check_that("the program is in one 2 MiB page", offset < kMega);
  fence();
  check("2 MiB page", load(kData + kMega + offset), 9);
  check("  value", trap.a0 >> 32, 4);
  check("1 GiB page", load(kSupervisorCode + offset), 9);
  check("  value", trap.a0 >> 32, 4);
  middle[2] = entry(kBase + kPage, kAll);
  fence();
  check("2 MiB page that is not aligned", load(kData + 2 * kMega), 13);
  root[4] = entry(kBase + kMega, kAll);
  fence();
  check("1 GiB page that is not aligned", load(4ull << 30), 13);
  // The upper half.
  root[511] = entry(kBase, kAll);
  fence();
  check("upper half", load(~0ull << 30 | offset), 9);
  check("  value", trap.a0 >> 32, 4);
}

void failures() {
  build();
  static constexpr uint64_t kNoRights[] = {0, kRead | kWrite | kExecute, kValid | kWrite,
                                           kValid | kWrite | kExecute};
  for (uint64_t flags : kNoRights) {
    leaf[5] = entry(page(0), flags | kAccessed | kDirty);
    fence();
    show("entry", flags);
    check("  load", load(kData + 5 * kPage), 13);
    check("  tval", trap.tval, kData + 5 * kPage);
    check("  store", store(kData + 5 * kPage + 8), 15);
    check("  tval", trap.tval, kData + 5 * kPage + 8);
    check("  fetch", fetch(kData + 5 * kPage), 12);
    check("  tval", trap.tval, kData + 5 * kPage);
    check("  epc", trap.epc, kData + 5 * kPage);
  }
  leaf[5] = entry(table(leaf), kValid);
  fence();
  check("a pointer at the last level", load(kData + 5 * kPage), 13);
  leaf[5] = entry(page(0), kAll) | 1ull << 54;
  fence();
  check("a reserved bit", load(kData + 5 * kPage), 13);
  middle[3] = entry(table(leaf), kValid | kAccessed);
  fence();
  check("a pointer with an accessed bit", load(kData + 3 * kMega), 13);
  middle[3] = entry(table(leaf), kValid | kUser);
  fence();
  check("a pointer with a user bit", load(kData + 3 * kMega), 13);
  middle[3] = entry(0x4000000000, kValid);
  fence();
  check_known("a table in no memory", load(kData + 3 * kMega), 5, 13);
  check_known("  store", store(kData + 3 * kMega), 7, 15);
  check_known("  fetch", fetch(kData + 3 * kMega), 1, 12);
  leaf[5] = entry(0x4000000000, kAll);
  fence();
  check("a page in no memory", load(kData + 5 * kPage), 5);
  check("  tval", trap.tval, kData + 5 * kPage);
  check("  store", store(kData + 5 * kPage), 7);
  check("  fetch", fetch(kData + 5 * kPage), 1);
  check("not canonical", load(1ull << 39), 13);
  check("  store", store(1ull << 38), 15);
  check("  fetch", fetch(1ull << 40), 12);
  check("  tval", trap.tval, 1ull << 40);
  middle[3] = 0;
  check_known("no page for an amo", call(kSupervisorMode, do_amo, kData + 7 * kPage), 15, 13);
  check("  tval", trap.tval, kData + 7 * kPage);
}

void rights() {
  build();
  static constexpr uint64_t kRights[] = {kRead, kRead | kWrite, kExecute, kRead | kExecute,
                                         kRead | kWrite | kExecute};
  for (uint64_t user = 0; user < 2; ++user) {
    for (uint64_t right : kRights) {
      leaf[1] = entry(page(1), right | kValid | kAccessed | kDirty | (user ? kUser : 0));
      fence();
      show(user ? "user page" : "supervisor page", right);
      const uint64_t mode = user ? kUserMode : kSupervisorMode;
      check("  load", load(kData + kPage, mode), right & kRead ? 8 + mode : 13);
      check("  store", store(kData + kPage + 64, mode), right & kWrite ? 8 + mode : 15);
      check("  fetch", fetch(kData + kPage, mode), right & kExecute ? 8 + mode : 12);
      const uint64_t other = user ? kSupervisorMode : kUserMode;
      check("  other mode: load", load(kData + kPage, other), 13);
      check("  other mode: store", store(kData + kPage, other), 15);
      check("  other mode: fetch", fetch(kData + kPage, other), 12);
    }
  }
  SET_CSR(mstatus, 1 << 18);
  check("SUM: load", load(kData + kPage), 9);
  check("SUM: fetch", fetch(kData + kPage), 12);
  CLEAR_CSR(mstatus, 1 << 18);
}

/// Both machines set the bits; a store makes a page dirty, nothing else does.
void accessed_and_dirty() {
  build();
  constexpr uint64_t kBits = kAccessed | kDirty;
  leaf[0] = entry(page(0), kAll & ~kBits);
  fence();
  check("fresh", leaf[0] & kBits, 0);
  load(kData);
  check("behind a load", leaf[0] & kBits, kAccessed);
  store(kData + 64);
  check("behind a store", leaf[0] & kBits, kBits);
  leaf[0] = entry(page(0), kAll & ~kBits);
  fence();
  fetch(kData);
  check("behind a fetch", leaf[0] & kBits, kAccessed);
  leaf[0] = entry(page(0), kAll & ~kBits);
  fence();
  call(kSupervisorMode, do_amo, kData + 64, 1);
  check("behind an amo", leaf[0] & kBits, kBits);
  leaf[0] = entry(page(0), kValid | kRead);
  fence();
  store(kData + 64);
  check("behind a store that is refused", leaf[0] & kDirty, 0);
  middle[1] = entry(kBase, kAll & ~kBits);
  fence();
  store(kData + kMega + page(3) - kBase + 64);
  check("a 2 MiB page", middle[1] & kBits, kBits);
  leaf[0] = entry(page(0), (kAll & ~kBits) | kGlobal);
  fence();
  load(kData);
  check("a global page", leaf[0] & (kBits | kGlobal), kAccessed | kGlobal);
}

void crossing() {
  build();
  pages[0][511] = 0x1111111122222222;
  pages[2][0] = 0x3333333344444444;
  leaf[1] = entry(page(2), kAll);  // virtually behind page 0, physically not
  fence();
  check("a load over two pages", call(kSupervisorMode, do_load_odd, kData + kPage), 9);
  check("  value", trap.a0, 0x4444444411111111);
  check("a store over two pages",
        call(kSupervisorMode, do_store_odd, kData + kPage, 0x8877665544332211), 9);
  check("  first", pages[0][511], 0x4433221122222222);
  check("  second", pages[2][0], 0x3333333388776655);
  leaf[1] = 0;
  fence();
  check("the second page is missing: load", call(kSupervisorMode, do_load_odd, kData + kPage), 13);
  check("  tval", trap.tval, kData + kPage);
  check("  store", call(kSupervisorMode, do_store_odd, kData + kPage, 0), 15);
  check("  tval", trap.tval, kData + kPage);
  check("  nothing is stored", pages[0][511], 0x4433221122222222);
  // An instruction over two pages.
  auto* half = reinterpret_cast<volatile uint16_t*>(pages[0]) + 2047;
  half[0] = 0x0513;  // li a0, 0x123
  pages[2][0] = 0x1230 | 0x73ull << 16;
  leaf[1] = entry(page(2), kAll);
  asm volatile("fence.i");
  fence();
  check("an instruction over two pages", fetch(kData + kPage - 2), 9);
  check("  a0", trap.a0, 0x123);
  leaf[1] = 0;
  fence();
  check("  the second page is missing", fetch(kData + kPage - 2), 12);
  check("  tval", trap.tval, kData + kPage);
  check("  epc", trap.epc, kData + kPage - 2);
}

/// Every combination of an entry's flags, mode, access, SUM and MXR, on pages of two sizes.
void all_flags() {
  build();
  constexpr uint64_t kSum = 1 << 18, kMxr = 1 << 19;
  // The 2 MiB page is the one that the program lies in: its data are at the same offsets.
  const uint64_t offset = page(3) - kBase;
  const struct {
    uint64_t* entry;
    uint64_t physical, address;
    const char* name;
  } places[] = {{&leaf[3], page(3), kData + 3 * kPage, "4 KiB page, all flags"},
                {&middle[1], kBase, kData + kMega + offset, "2 MiB page, all flags"}};
  for (const auto& place : places) {
    Hash hash;
    for (uint64_t flags = 0; flags < 256; ++flags) {
      // A pointer to itself or to code as a table is not what this is about.
      if ((flags & (kValid | kRead | kWrite | kExecute)) == kValid) continue;
      static constexpr uint64_t kBits[] = {0, kSum, kMxr, kSum | kMxr};
      for (uint64_t bits : kBits) {
        CLEAR_CSR(mstatus, kSum | kMxr);
        SET_CSR(mstatus, bits);
        for (unsigned kind = 0; kind < 6; ++kind) {
          *place.entry = entry(place.physical, flags);
          fence();
          const uint64_t mode = kind & 1;
          const uint64_t cause = kind < 2   ? load(place.address, mode)
                                 : kind < 4 ? store(place.address + 64, mode)
                                            : fetch(place.address, mode);
          hash.add(cause);
          hash.add(trap.tval);
          hash.add(*place.entry);
        }
      }
    }
    show(place.name, hash.value);
  }
  CLEAR_CSR(mstatus, kSum | kMxr);
}

void changes() {
  build();
  for (unsigned i = 0; i < 4; ++i) {
    leaf[0] = entry(page(i), kAll);
    fence();
    load(kData);
    check("another page, sfence.vma", trap.a0 >> 32, i + 1);
  }
  leaf[0] = entry(page(1), kAll);
  asm volatile("sfence.vma %0, zero" ::"r"(kData) : "memory");
  load(kData);
  check("sfence.vma of an address", trap.a0 >> 32, 2);
  fetch(kData);
  check("  code", trap.epc, kData);
  leaf[0] = 0;
  asm volatile("sfence.vma %0, zero" ::"r"(kData) : "memory");
  check("  unmapped: load", load(kData), 13);
  check("  unmapped: fetch", fetch(kData), 12);
  // Another root.
  alignas(kPage) static uint64_t other[512];
  other[1] = entry(kBase, kAll);
  other[2] = entry(kBase, kAll);
  WRITE_CSR(satp, 8ull << 60 | table(other) >> 12);
  fence();
  load(kData + (page(2) - kBase));
  check("another root", trap.a0 >> 32, 3);
  WRITE_CSR(satp, 0);
  fence();
  trap.clear();
  enter_mode(kSupervisorMode, address_of(do_load), page(3), 0);
  check("no translation", trap.a0 >> 32, 4);
  trap.clear();
}

/// Tables and pages under physical memory protection.
void with_protection() {
  build();
  // Entry 0 closes page 3, entry 1 the last level's table; entry 15 has the rest open.
  WRITE_CSR(pmpaddr0, page(3) >> 2 | 0x1ff);
  WRITE_CSR(pmpaddr1, table(leaf) >> 2 | 0x1ff);
  WRITE_CSR(pmpcfg0, 0x18);
  check("a page that is protected", load(kData + 3 * kPage), 5);
  check("  tval", trap.tval, kData + 3 * kPage);
  check("  store", store(kData + 3 * kPage), 7);
  check("  fetch", fetch(kData + 3 * kPage), 1);
  check("its neighbour", load(kData + 2 * kPage), 9);
  WRITE_CSR(pmpcfg0, 0x1800);
  fence();
  check("a table that is protected", load(kData), 5);
  check("  store", store(kData), 7);
  check("  fetch", fetch(kData), 1);
  WRITE_CSR(pmpcfg0, 0x1900);
  leaf[0] = entry(page(0), kAll & ~(kAccessed | kDirty));
  fence();
  check_known("a table that is read-only, accessed bit missing", load(kData), 5, 9);
  leaf[0] = entry(page(0), kAll);
  fence();
  check("  and there", load(kData), 9);
  WRITE_CSR(pmpcfg0, 0);
  WRITE_CSR(satp, 0);
}

}  // namespace

int main() {
  trap.clear();
  open_memory();
  sizes();
  failures();
  rights();
  accessed_and_dirty();
  crossing();
  all_flags();
  changes();
  with_protection();
  return checks_done();
}
