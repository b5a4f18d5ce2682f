#include "tlm/cpu/gdb/registers.h"

#include <vector>

#include "tlm/cpu/riscv/csr_names.h"

namespace systole::gdb {
namespace {

constexpr unsigned kFloatCsrs = 3;  // fflags, frm, fcsr: numbers 1 to 3

struct Csr {
  unsigned number;
  std::string name;
};

const std::vector<Csr>& csrs() {
  static const std::vector<Csr> all = [] {
    std::vector<Csr> list;
    for (unsigned number = 0; number < riscv::kCsrs; ++number) {
      const std::string name = riscv::csr_name(number);
      if (!name.empty()) list.push_back({number, name});
    }
    return list;
  }();
  return all;
}

std::string reg(const std::string& name, unsigned bits, const std::string& type,
                const std::string& more = "") {
  return "<reg name=\"" + name + "\" bitsize=\"" + std::to_string(bits) + "\" type=\"" + type +
         "\"" + more + "/>\n";
}

std::string describe() {
  static const char* const kX[] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
                                   "fp",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
                                   "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
                                   "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  static const char* const kF[] = {"ft0", "ft1", "ft2",  "ft3",  "ft4", "ft5", "ft6",  "ft7",
                                   "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
                                   "fa6", "fa7", "fs2",  "fs3",  "fs4", "fs5", "fs6",  "fs7",
                                   "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};
  std::string xml =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
      "<architecture>riscv:rv64</architecture>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (unsigned i = 0; i < 32; ++i) {
    const bool pointer = i == 2 || i == 3 || i == 4 || i == 8;
    xml += reg(kX[i], 64,
               i == 1    ? "code_ptr"
               : pointer ? "data_ptr"
                         : "int",
               i == 0 ? " regnum=\"0\"" : "");
  }
  xml += reg("pc", 64, "code_ptr");
  xml +=
      "</feature>\n<feature name=\"org.gnu.gdb.riscv.fpu\">\n<union id=\"riscv_double\">\n"
      "<field name=\"float\" type=\"ieee_single\"/>\n"
      "<field name=\"double\" type=\"ieee_double\"/>\n</union>\n";
  for (const char* name : kF) xml += reg(name, 64, "riscv_double");
  for (unsigned i = 0; i < kFloatCsrs; ++i) xml += reg(csrs()[i].name, 32, "int");
  xml += "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (size_t i = kFloatCsrs; i < csrs().size(); ++i) xml += reg(csrs()[i].name, 64, "int");
  xml += "</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n";
  xml += reg("priv", 64, "int");
  return xml + "</feature>\n</target>\n";
}

}  // namespace

unsigned register_count() { return kFirstCsr + static_cast<unsigned>(csrs().size()) + 1; }

unsigned register_bytes(unsigned number) {
  return number >= kFirstCsr && number < kFirstCsr + kFloatCsrs ? 4 : 8;
}

unsigned csr_of(unsigned number) {
  const unsigned index = number - kFirstCsr;
  return index < csrs().size() ? csrs()[index].number : kNoCsr;
}

const std::string& target_description() {
  static const std::string xml = describe();
  return xml;
}

}  // namespace systole::gdb
