// The engines and the language model as the firmware uses them. Downstream: sw_driver.
#pragma once
#include "firmware/app/boot_options.h"
#include "firmware/boot/board.h"
#include "sw_driver/include/device.h"

namespace systole::firmware {

/// Opens the device once; the firmware's own memory stays out of the arenas. Null: *error says why.
driver::Device* open_device(const Board& board, const char** error);

/// Generates text from the model in the SoC's model window onto the UART and fills
/// systole_run_result. True: done; else a line on the console and in the result says what failed.
bool generate(const Board& board, const BootOptions& options);

/// C[m,n] = A[m,k] * B[k,n] on GEMM engine 0 with small random numbers, compared with the CPU's
/// product; prints cycles and mismatches. True: none.
bool bench_gemm(const Board& board, uint32_t m, uint32_t n, uint32_t k);

}  // namespace systole::firmware
