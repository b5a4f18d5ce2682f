// The DMA replaces a function that has run already; the next call runs what the DMA wrote. Ends
// with the number of the first wrong call.
#include "firmware/app/accelerator.h"
#include "firmware/boot/console.h"
#include "firmware/boot/trap.h"
#include "sw_driver/kernels/copy.h"

namespace {

using namespace systole;

constexpr uint32_t kReturn = 0x8067;
constexpr uint32_t load_a0(uint32_t number) { return number << 20 | 0x513; }

alignas(64) volatile uint32_t g_code[16] = {load_a0(1), kReturn};
alignas(64) uint32_t g_replacement[16];

uint64_t call() { return reinterpret_cast<uint64_t (*)()>(reinterpret_cast<uint64_t>(g_code))(); }

bool replace(driver::Device& device, uint32_t number) {
  g_replacement[0] = load_a0(number);
  g_replacement[1] = kReturn;
  driver::CopyArgs args;
  args.src = reinterpret_cast<uint64_t>(g_replacement);
  args.dst = reinterpret_cast<uint64_t>(g_code);
  args.row_bytes = sizeof g_replacement;
  return driver::copy(device.stream(), args) == driver::Status::Ok &&
         device.stream().finish() == driver::Status::Ok;
}

}  // namespace

extern "C" [[noreturn]] void firmware_main(const void* device_tree) {
  using namespace systole::firmware;
  static Board board;
  if (const char* missing = board.read(device_tree)) panic(missing);
  const char* error = "";
  driver::Device* device = open_device(board, &error);
  if (device == nullptr) panic(error);
  if (call() != 1) finish(1);
  for (uint32_t number = 2; number < 40; ++number) {
    if (!replace(*device, number)) panic("the DMA failed");
    if (number % 2) asm volatile("fence.i" ::: "memory");
    for (int again = 0; again < 3; ++again)
      if (call() != number) finish(number);
  }
  console << "replaced\n";
  finish(0);
}
