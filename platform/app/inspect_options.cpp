#include "platform/app/inspect_options.h"

namespace systole {
namespace {

bool is_number(const std::string& text, const char* digits, size_t most) {
  return !text.empty() && text.size() <= most &&
         text.find_first_not_of(digits) == std::string::npos;
}

}  // namespace

void add_inspect_options(boost::program_options::options_description& options,
                         InspectOptions& inspect) {
  namespace po = boost::program_options;
  add_gdb_options(options, inspect.gdb);
  options.add_options()("trace", po::value<std::string>(&inspect.trace_file)->value_name("FILE"),
                        "write a line for each instruction and trap there; -: standard output")(
      "trace-from", po::value<std::string>(&inspect.trace_from)->value_name("WHERE"),
      "begin where the program first reaches a symbol or address (main, 0x80000000), or at a cycle "
      "(10000)");
  add_number(options, "trace-limit", &inspect.trace_limit, ~uint64_t{0} >> 1,
             "end after so many instructions; 0: no limit (1000000)");
  options.add_options()("profile",
                        "count where instructions and cycles go, by function: the top of the table "
                        "in the summary, all of it in the report");
}

void check_inspect(const CommandLine& line, InspectOptions& inspect) {
  check_gdb(inspect.gdb);
  inspect.profile = line.given("profile");
  if (line.given("trace") && inspect.trace_file.empty())
    throw RequestError("--trace: '' is not legal; legal: a file, or - for standard output");
  for (const char* option : {"trace-from", "trace-limit"}) {
    if (line.given(option) && inspect.trace_file.empty())
      throw RequestError(std::string("--") + option + ": needs --trace; legal: with --trace FILE");
  }
}

void check_inspected_cpu(const CommandLine& line) {
  const std::string& model = line.common().config.cpu.model;
  if (model == "riscv") return;
  for (const char* option : {"gdb", "trace", "profile"}) {
    if (line.given(option))
      throw RequestError(std::string("--") + option + ": needs the RISC-V CPU, cpu.model is '" +
                         model + "'; legal: with --set cpu.model=riscv");
  }
}

riscv::TraceWindow trace_window(const InspectOptions& inspect, const ElfFile& program) {
  riscv::TraceWindow window;
  if (inspect.trace_limit != 0) window.limit = inspect.trace_limit;
  const std::string& from = inspect.trace_from;
  if (from.empty()) return window;
  if (is_number(from, "0123456789", 18)) {
    window.from_cycle = std::stoull(from);
  } else if (from.compare(0, 2, "0x") == 0 &&
             is_number(from.substr(2), "0123456789abcdefABCDEF", 16)) {
    window.from_pc = std::stoull(from.substr(2), nullptr, 16);
  } else if (const CodeSymbol* code = program.code_named(from)) {
    window.from_pc = code->addr;
  } else {
    throw RequestError("--trace-from: the program has no code of the name '" + from +
                       "'; legal: a function or label of it (main), an address (0x80000000) or a "
                       "cycle (10000)");
  }
  return window;
}

}  // namespace systole
