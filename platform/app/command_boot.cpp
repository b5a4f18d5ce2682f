// systole boot: any bare-metal RISC-V program on the virtual SoC.
#include <boost/program_options.hpp>
#include <cstdio>
#include <fstream>

#include "platform/app/commands.h"
#include "platform/app/console_port.h"
#include "platform/app/firmware_run.h"
#include "platform/app/simulation.h"
#include "platform/config/paths.h"

namespace systole {
namespace {

void check_readable(const std::string& option, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in || in.peek() == std::ifstream::traits_type::eof())
    throw RequestError(option + ": '" + file + "' cannot be read or is empty");
}

}  // namespace

int boot_command(const Arguments& arguments) {
  std::string elf, image, tokenizer, append, uart = "stdio";
  CommandLine line("boot", "boot a bare-metal RISC-V program on the virtual SoC",
                   {"systole boot --elf program.elf",
                    "systole boot --elf build/release/firmware/firmware.elf --append selftest",
                    "systole boot --elf build/release/firmware/firmware.elf --interactive",
                    "systole boot --elf build/release/firmware/firmware.elf --uart pty",
                    "systole boot --elf program.elf --image model.bin --max-sim-time 10ms",
                    "systole boot --elf program.elf --trace trace.txt --trace-from main",
                    "systole boot --elf program.elf --profile --report report.json",
                    "systole boot --elf program.elf --gdb 3333    (then: gdb-multiarch program.elf "
                    "-ex 'target remote :3333')"});
  namespace po = boost::program_options;
  line.own().add_options()("elf", po::value<std::string>(&elf)->value_name("FILE"),
                           "RV64 executable, loaded into DRAM or SPM (needed)")(
      "append", po::value<std::string>(&append)->value_name("TEXT"),
      "boot arguments: /chosen/bootargs of the device tree")(
      "image", po::value<std::string>(&image)->value_name("MODEL"),
      "file in the model window (the model shipped with Systole)")(
      "tokenizer", po::value<std::string>(&tokenizer)->value_name("TOK"),
      "file behind it; with --image")(
      "uart", po::value<std::string>(&uart)->value_name("WHERE"),
      "stdio (default), tcp:PORT on 127.0.0.1 (0: any free one) or pty; both ways, and standard "
      "error says where")("interactive", "standard input goes to the UART; Ctrl-A x ends");
  InspectOptions inspect;
  add_inspect_options(line.own(), inspect);
  if (line.parse(arguments)) return kExitDone;
  if (elf.empty())
    throw RequestError("--elf is needed; legal: the file of an executable for 64-bit RISC-V");
  if (image.empty() && !tokenizer.empty())
    throw RequestError("--tokenizer: needs --image; legal: --image alone, both, or neither");
  check_console(uart);
  if (line.given("interactive") && uart != "stdio")
    throw RequestError("--interactive: is for --uart stdio; legal: one of them");
  check_inspect(line, inspect);
  CommonOptions common = line.common();
  common.config.cpu.model = "riscv";
  if (image.empty()) image = default_model(), tokenizer = default_tokenizer();
  check_readable("--image", image);
  if (!tokenizer.empty()) check_readable("--tokenizer", tokenizer);
  const ElfFile program = read_program("--elf", elf, common.config);
  if (!common.report_file.empty()) check_writable(common.report_file);

  Report report;
  report.command = "boot";
  FirmwareRequest request;
  request.program = &program;
  request.bootargs = append;
  request.inspect = inspect;
  request.uart = uart;
  request.interactive = line.given("interactive");
  const int status = simulate_firmware(common, {image, tokenizer}, request, report);
  return finish(common, report, status);
}

}  // namespace systole
