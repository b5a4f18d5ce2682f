#include "firmware/boot/trap.h"

#include "firmware/boot/console.h"
#include "firmware/boot/csr.h"
#include "sw_driver/hal/baremetal/mmio.h"

extern "C" char __guard_start[], __stack_bottom[];

namespace systole::firmware {
namespace {

enum Cause : uint64_t {
  kFetchMisaligned = 0,
  kFetchFault = 1,
  kLoadFault = 5,
  kStoreFault = 7,
  kFetchPageFault = 12
};

const char* const kCauses[] = {"instruction address misaligned",
                               "instruction access fault",
                               "illegal instruction",
                               "breakpoint",
                               "load address misaligned",
                               "load access fault",
                               "store address misaligned",
                               "store access fault",
                               "environment call from user mode",
                               "environment call from supervisor mode",
                               "reserved cause",
                               "environment call from machine mode",
                               "instruction page fault",
                               "load page fault",
                               "reserved cause",
                               "store page fault"};

const char* const kRegisters[] = {"ra", "sp",  "gp",  "tp", "t0", "t1", "t2", "s0",
                                  "s1", "a0",  "a1",  "a2", "a3", "a4", "a5", "a6",
                                  "a7", "s2",  "s3",  "s4", "s5", "s6", "s7", "s8",
                                  "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

bool g_expecting = false;
TrapRecord g_record;
bool g_in_handler = false;
uint64_t g_finisher = 0x0010'0000;
PanicHook g_hook = nullptr;

const char* cause_text(uint64_t cause) {
  if (cause & kCauseInterrupt) return "unexpected interrupt";
  return cause < sizeof kCauses / sizeof *kCauses ? kCauses[cause] : "unknown cause";
}

// Where an expected exception goes on: behind the instruction, or at the caller if there was none.
uint64_t after(const TrapFrame& frame, uint64_t cause) {
  if (cause == kFetchFault || cause == kFetchMisaligned || cause == kFetchPageFault)
    return frame.x[0];
  const uint16_t parcel = *reinterpret_cast<const uint16_t*>(frame.pc);
  return frame.pc + ((parcel & 3) == 3 ? 4 : 2);
}

void print_registers(const TrapFrame& frame) {
  for (int i = 0; i < 31; ++i)
    console << (i % 4 == 0 ? "\n  " : "  ") << kRegisters[i] << " " << Hex{frame.x[i]};
  console << "\n";
}

[[noreturn]] void panic_trap(const TrapFrame& frame, uint64_t cause, uint64_t value) {
  static Message text;
  const auto guard = reinterpret_cast<uint64_t>(__guard_start);
  const auto bottom = reinterpret_cast<uint64_t>(__stack_bottom);
  text << cause_text(cause);
  if ((cause == kStoreFault || cause == kLoadFault) && value >= guard && value < bottom)
    text << " (stack overflow)";
  text << ": cause " << Hex{cause} << ", address " << Hex{value} << ", pc " << Hex{frame.pc}
       << ", ra " << Hex{frame.x[0]};
  console << "\npanic: " << text.c_str();
  print_registers(frame);
  if (g_hook) g_hook(text.c_str());
  finish(1);
}

void handle(TrapFrame& frame) {
  const uint64_t cause = read_mcause(), value = read_mtval();
  if (g_in_handler) {
    console << "\npanic: " << cause_text(cause) << " within the trap handler, pc " << Hex{frame.pc}
            << "\n";
    finish(2);
  }
  g_in_handler = true;
  const bool access_fault = cause == kLoadFault || cause == kStoreFault;
  if (access_fault && driver::in_mmio_access(frame.pc)) {
    frame.pc = driver::mmio_fault_target();
  } else if (g_expecting) {
    g_expecting = false;
    g_record = {true, cause, value, frame.pc};
    if (cause & kCauseInterrupt)
      clear_mie(uint64_t{1} << (cause & 63));
    else
      frame.pc = after(frame, cause);
  } else {
    panic_trap(frame, cause, value);
  }
  g_in_handler = false;
}

}  // namespace

void expect_trap() {
  g_record = {};
  g_expecting = true;
  asm volatile("" ::: "memory");
}

TrapRecord end_expect() {
  asm volatile("" ::: "memory");
  g_expecting = false;
  return g_record;
}

void on_panic(PanicHook hook) { g_hook = hook; }
void set_finisher(uint64_t base) { g_finisher = base; }

void panic(const char* text) {
  console << "\npanic: " << text << "\n";
  if (g_hook) g_hook(text);
  finish(1);
}

void finish(uint32_t code) {
  constexpr uint32_t kPass = 0x5555, kFail = 0x3333;
  asm volatile("fence iorw, iorw" ::: "memory");
  *reinterpret_cast<volatile uint32_t*>(g_finisher) = code == 0 ? kPass : code << 16 | kFail;
  for (;;) asm volatile("wfi");
}

}  // namespace systole::firmware

extern "C" void handle_trap(systole::firmware::TrapFrame* frame) {
  systole::firmware::handle(*frame);
}
