#include "platform/compare/docs_page.h"

#include <fstream>
#include <iterator>

#include "tlm/gen/map_version.h"

namespace systole {

bool write_section(const std::string& file, const std::string& name, const std::string& body) {
  std::string page;
  {
    std::ifstream in(file, std::ios::binary);
    page.assign(std::istreambuf_iterator<char>(in), {});
  }
  if (page.empty()) page = "# Fidelity: how far the twins are from the RTL\n";
  const std::string begin = "<!-- section " + name + " -->\n", end = "<!-- end " + name + " -->\n";
  const std::string section = begin + body + end;
  const size_t from = page.find(begin);
  const size_t to = from == page.npos ? from : page.find(end, from);
  if (to == page.npos) {
    page += "\n" + section;
  } else {
    page.replace(from, to + end.size() - from, section);
  }
  std::ofstream out(file, std::ios::binary);
  out << page;
  return bool(out.flush());
}

std::string written_by(const std::string& how) {
  return "Written by `" + how + "`; do not edit. Register map version " +
         std::string(hw::ENGINE_MAP_VERSION) + " of " + hw::ENGINE_MAP_DATE + ".\n";
}

}  // namespace systole
