#include "platform/app/gdb_options.h"

#include "platform/app/options.h"

namespace systole {

void add_gdb_options(boost::program_options::options_description& options, GdbOptions& gdb) {
  namespace po = boost::program_options;
  options.add_options()("gdb", po::value<std::string>(&gdb.listen)->value_name("[HOST:]PORT"),
                        "wait at reset for GDB on this TCP port; 0: any free one (HOST 127.0.0.1)")(
      "gdb-run", po::bool_switch(&gdb.run_at_once),
      "with --gdb: do not wait; GDB may attach at any time");
}

void check_gdb(GdbOptions& gdb) {
  if (!gdb.wanted()) {
    if (gdb.run_at_once) throw RequestError("--gdb-run: needs --gdb; legal: with --gdb PORT");
    return;
  }
  const size_t colon = gdb.listen.rfind(':');
  const std::string port = colon == std::string::npos ? gdb.listen : gdb.listen.substr(colon + 1);
  if (colon != std::string::npos) gdb.host = gdb.listen.substr(0, colon);
  if (gdb.host.size() > 2 && gdb.host.front() == '[' && gdb.host.back() == ']')
    gdb.host = gdb.host.substr(1, gdb.host.size() - 2);
  const bool digits = !port.empty() && port.size() <= 5 &&
                      port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoul(port) > 65535 || gdb.host.empty()) {
    throw RequestError("--gdb: '" + gdb.listen +
                       "' is not legal; legal: PORT or HOST:PORT with a port of 0 to 65535");
  }
  gdb.port = static_cast<uint16_t>(std::stoul(port));
}

}  // namespace systole
