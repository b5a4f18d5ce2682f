// systole: the command line of the virtual platform. Chooses the command; says what went wrong.
#include <cstdlib>
#include <iostream>
#include <systemc>

#include "platform/app/commands.h"
#include "platform/app/options.h"
#include "platform/variants/variant_cache.h"

namespace {

struct Command {
  const char* name;
  const char* summary;
  int (*run)(const systole::Arguments&);
};

const Command kCommands[] = {
    {"run", "generate text from a prompt", systole::run_command},
    {"eval", "score a text: mean negative log likelihood and perplexity", systole::eval_command},
    {"bench", "run one kernel and check it against the reference", systole::bench_command},
    {"compare", "run one workload in both fidelities and compare results and cycles",
     systole::compare_command},
    {"replay", "carry out the descriptors of a recorded run", systole::replay_command},
    {"bench-list", "", systole::bench_list_command},      // a worker of compare: not listed
    {"bench-scenes", "", systole::bench_scenes_command},  // the same
    {"boot", "boot a bare-metal RISC-V program", systole::boot_command},
    {"info", "show the resolved configuration, addresses, versions and cached variants",
     systole::info_command},
    {"prebuild", "build the verilated variants a configuration needs", systole::prebuild_command},
    {"sweep", "measure every point of a design space", systole::sweep_command},
    {"report", "show the results of a sweep", systole::report_command},
    {"sweep-gemms", "", systole::sweep_gemms_command},              // a sweep's worker: not listed
    {"sweep-descriptors", "", systole::sweep_descriptors_command},  // the same
    {"sweep-task", "", systole::sweep_task_command},                // the same
};

void print_commands(std::ostream& out) {
  out << "usage: systole COMMAND [options]\n\nCommands:\n";
  for (const Command& command : kCommands) {
    if (!*command.summary) continue;
    out << "  " << command.name << std::string(10 - std::string(command.name).size(), ' ')
        << command.summary << "\n";
  }
  out << "\nsystole COMMAND --help explains a command.\n\nExamples:\n"
         "  systole run --prompt \"Once upon a time\"\n"
         "  systole bench gemm --m 256 --n 256 --k 512\n"
         "  systole info --set bus.width_bits=256\n";
}

int dispatch(int argc, char* argv[]) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "--help" || name == "-h" || name == "help") {
    print_commands(std::cout);
    return systole::kExitDone;
  }
  if (name == "--version") {
    std::cout << "systole " << SYSTOLE_VERSION << "\n";
    return systole::kExitDone;
  }
  for (const Command& command : kCommands) {
    if (name != command.name) continue;
    try {
      return command.run(systole::Arguments(argv + 2, argv + argc));
    } catch (const systole::RequestError& error) {
      std::cerr << "systole " << name << ": " << error.what() << "\n";
    } catch (const systole::ConfigError& error) {
      std::cerr << "systole " << name << ": " << error.what() << "\n";
    } catch (const systole::VariantError& error) {
      std::cerr << "systole " << name << ": " << error.what() << "\n";
    }
    return systole::kExitBadRequest;
  }
  if (name.empty()) {
    std::cerr << "systole: a command is needed\n";
  } else {
    std::cerr << "systole: unknown command '" << name << "'\n";
  }
  print_commands(std::cerr);
  return systole::kExitBadRequest;
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  try {
    return dispatch(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "systole: internal error: " << error.what() << "\n";
    return systole::kExitSimulationFailed;
  }
}

// Our own main, so that the library's banner stays off standard error.
int main(int argc, char* argv[]) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
  return sc_core::sc_elab_and_sim(argc, argv);
}
