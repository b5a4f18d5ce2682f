#include "tlm/cpu/riscv/csr_names.h"

namespace systole::riscv {
namespace {

struct Name {
  unsigned number;
  const char* name;
};

constexpr Name kNames[] = {
    {0x001, "fflags"},     {0x002, "frm"},     {0x003, "fcsr"},          {0x100, "sstatus"},
    {0x104, "sie"},        {0x105, "stvec"},   {0x106, "scounteren"},    {0x10a, "senvcfg"},
    {0x140, "sscratch"},   {0x141, "sepc"},    {0x142, "scause"},        {0x143, "stval"},
    {0x144, "sip"},        {0x180, "satp"},    {0x300, "mstatus"},       {0x301, "misa"},
    {0x302, "medeleg"},    {0x303, "mideleg"}, {0x304, "mie"},           {0x305, "mtvec"},
    {0x306, "mcounteren"}, {0x30a, "menvcfg"}, {0x320, "mcountinhibit"}, {0x340, "mscratch"},
    {0x341, "mepc"},       {0x342, "mcause"},  {0x343, "mtval"},         {0x344, "mip"},
    {0x3a0, "pmpcfg0"},    {0x3a2, "pmpcfg2"}, {0xb00, "mcycle"},        {0xb02, "minstret"},
    {0xc00, "cycle"},      {0xc01, "time"},    {0xc02, "instret"},       {0xf11, "mvendorid"},
    {0xf12, "marchid"},    {0xf13, "mimpid"},  {0xf14, "mhartid"},       {0xf15, "mconfigptr"},
};

struct Group {
  unsigned first, last, number_of_first;
  const char* name;
};

constexpr Group kGroups[] = {{0x323, 0x33f, 3, "mhpmevent"},
                             {0x3b0, 0x3bf, 0, "pmpaddr"},
                             {0xb03, 0xb1f, 3, "mhpmcounter"},
                             {0xc03, 0xc1f, 3, "hpmcounter"}};

}  // namespace

std::string csr_name(unsigned number) {
  for (const Name& entry : kNames)
    if (entry.number == number) return entry.name;
  for (const Group& group : kGroups)
    if (number >= group.first && number <= group.last)
      return group.name + std::to_string(number - group.first + group.number_of_first);
  return "";
}

}  // namespace systole::riscv
