// --gdb: the options of the commands that boot a program on the RISC-V host CPU.
#pragma once
#include <boost/program_options.hpp>
#include <cstdint>
#include <string>

namespace systole {

struct GdbOptions {
  std::string listen;        ///< as given: "PORT" or "HOST:PORT"; "": no debugger
  bool run_at_once = false;  ///< the program does not wait for the debugger

  // After check_gdb().
  std::string host = "127.0.0.1";
  uint16_t port = 0;

  bool wanted() const { return !listen.empty(); }
};

void add_gdb_options(boost::program_options::options_description& options, GdbOptions& gdb);

/// Throws RequestError: not a port, or an option without --gdb.
void check_gdb(GdbOptions& gdb);

}  // namespace systole
