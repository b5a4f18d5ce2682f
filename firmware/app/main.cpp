// The firmware: says what it runs on, does what the boot arguments ask for, ends the run.
// Upstream: boot/start.S. Downstream: sw_driver on the bare-metal HAL.
#include "firmware/app/accelerator.h"
#include "firmware/app/information.h"
#include "firmware/app/monitor.h"
#include "firmware/app/run_result.h"
#include "firmware/app/self_test.h"
#include "firmware/boot/console.h"
#include "firmware/boot/trap.h"

extern "C" systole::firmware::RunResult systole_run_result;

namespace systole::firmware {
namespace {

// A panic ends a generation: the reason belongs to its result.
void keep_panic(const char* text) {
  RunResult& result = systole_run_result;
  result.state = RunState::Panicked;
  uint32_t n = 0;
  for (; text[n] && n + 1 < sizeof result.error; ++n) result.error[n] = text[n];
  result.error[n] = 0;
}

uint32_t perform(const Board& board, const BootOptions& options) {
  switch (options.task) {
    case Task::Run: {
      const bool done = generate(board, options);
      console << "\n";
      return done ? 0 : 1;
    }
    case Task::SelfTest:
      return self_test(board) ? 0 : 1;
    case Task::Provoke:
      provoke(options.fault);
      console << "provoke: no such fault\n";
      return 1;
    default:
      return monitor(board);
  }
}

}  // namespace
}  // namespace systole::firmware

extern "C" [[noreturn]] void firmware_main(const void* device_tree) {
  using namespace systole::firmware;
  static Board board;
  if (const char* missing = board.read(device_tree)) panic(missing);
  console.set_base(board.uart);
  set_finisher(board.finisher);
  on_panic(keep_panic);
  const BootOptions options = parse_boot_options(board.bootargs);
  console.set_quiet(options.quiet);
  console << "Systole firmware\n";
  print_information(board);
  if (options.bad != nullptr) {
    console << "boot arguments: '" << options.bad
            << "' is not known; legal: run, selftest, provoke or monitor, then their options\n";
    finish(1);
  }
  finish(perform(board, options));
}
