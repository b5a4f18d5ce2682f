// A machine for tests of the protocol: registers and 64 KiB of memory, nothing runs.
#pragma once
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tlm/cpu/gdb/registers.h"
#include "tlm/cpu/gdb/target.h"

namespace systole::test {

class FakeTarget : public gdb::Target {
 public:
  static constexpr uint64_t kBase = 0x8000'0000, kBytes = 0x10000;

  std::vector<uint64_t> registers = std::vector<uint64_t>(gdb::register_count());
  std::vector<uint8_t> memory = std::vector<uint8_t>(kBytes);
  std::set<std::tuple<gdb::PointKind, uint64_t, uint64_t>> points;
  std::string said = "said\n";

  uint64_t read_register(unsigned number) override { return registers.at(number); }
  bool write_register(unsigned number, uint64_t value) override {
    registers.at(number) = value;
    return true;
  }
  bool read_memory(uint64_t addr, uint64_t bytes, void* data) override {
    if (!holds(addr, bytes)) return false;
    std::memcpy(data, memory.data() + (addr - kBase), bytes);
    return true;
  }
  bool write_memory(uint64_t addr, uint64_t bytes, const void* data) override {
    if (!holds(addr, bytes)) return false;
    std::memcpy(memory.data() + (addr - kBase), data, bytes);
    return true;
  }
  bool set_point(gdb::PointKind kind, uint64_t addr, uint64_t bytes, bool on) override {
    if (on)
      points.insert({kind, addr, bytes});
    else
      points.erase({kind, addr, bytes});
    return true;
  }
  void clear_points() override { points.clear(); }
  std::string monitor(const std::string& command) override { return command + ": " + said; }

 private:
  static bool holds(uint64_t addr, uint64_t bytes) {
    return addr >= kBase && addr - kBase <= kBytes && bytes <= kBytes - (addr - kBase);
  }
};

}  // namespace systole::test
