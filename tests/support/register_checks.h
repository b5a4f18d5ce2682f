// Checks a register target against its generated table: the same checks for RTL, twin and device
// models. Upstream: tests, with a port to the thing under test. Needs no Catch2: a violation is a
// line of text.
#pragma once
#include <cstdint>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "tlm/gen/reg_table.h"

namespace systole::test {

/// Access to the registers, offset within the block's page. False: the target refused (SLVERR, TLM
/// error).
struct RegisterPort {
  std::function<bool(uint32_t offset, uint32_t* value)> read32;
  std::function<bool(uint32_t offset, uint32_t value)> write32;
};

/// One pass over a table. The block must be idle and fresh from reset; afterwards it is disabled
/// and, if it is an engine, has been soft-reset. Each check appends one line per violation to
/// failures().
class RegisterChecks {
 public:
  RegisterChecks(const hw::RegisterTable& table, RegisterPort port)
      : table_(table), port_(std::move(port)) {}

  const std::vector<std::string>& failures() const { return failures_; }

  /// Every word with a known reset value reads as that; all others can be read.
  void check_reset_values() {
    for (const auto& reg : table_) {
      uint32_t value = read(reg);
      if (reg.reset_known) expect(reg, "reset value", value, reg.reset);
    }
  }

  /// A write to a read-only word is accepted and changes nothing.
  void check_read_only() {
    for (const auto& reg : table_) {
      if (reg.access != hw::Access::Ro) continue;
      const uint32_t before = read(reg);
      write(reg, ~before);
      if (!reg.counts) expect(reg, "read-only value after a write", read(reg), before);
    }
  }

  /// Writable fields keep what is written, reserved bits read as zero. Registers with commands are
  /// left out.
  void check_read_write() {
    for (const auto& reg : table_) {
      if (reg.access != hw::Access::Rw || has_command(reg)) continue;
      for (uint32_t pattern : {0xffffffffu, 0x5a5a5a5au, 0xa5a5a5a5u, 0u}) {
        write(reg, pattern);
        expect(reg, "value after a write", read(reg), pattern & writable_mask(reg));
      }
    }
  }

  /// Offsets outside the table and misaligned ones are refused, for reads and writes.
  void check_unmapped() {
    for (uint32_t offset = 0; offset < 0x1000; ++offset) {
      if (find(offset)) continue;
      uint32_t value = 0;
      if (port_.read32(offset, &value)) fail("read of unmapped offset", offset);
      if (port_.write32(offset, 0)) fail("write to unmapped offset", offset);
    }
  }

  /// IRQ_STATUS: an abort of the idle engine raises ABORTED; only a 1 in its own place clears it.
  void check_write_one_to_clear() {
    const hw::RegisterInfo *ctrl = find("CTRL"), *status = find("IRQ_STATUS");
    if (!ctrl || !status) return;
    const uint32_t aborted = field(*status, "ABORTED");
    write(*ctrl, field(*ctrl, "ABORT"));
    if (!poll(*status, aborted, aborted))
      return fail("no IRQ_STATUS.ABORTED after an abort", status->offset);
    write(*status, 0);
    expect(*status, "value after writing 0", read(*status), aborted);
    write(*status, ~aborted);
    expect(*status, "value after writing 1 elsewhere", read(*status), aborted);
    write(*status, aborted);
    expect(*status, "value after writing 1", read(*status), 0);
  }

  /// Ring set-up is refused while the ring is enabled, and possible again when it is not.
  void check_lock() {
    const hw::RegisterInfo* ctrl = find("CTRL");
    if (!ctrl) return;
    set_up_empty_ring();
    write(*ctrl, field(*ctrl, "ENABLE"));
    for (const auto& reg : table_) {
      if (!reg.locked_by_enable) continue;
      const uint32_t before = read(reg);
      if (port_.write32(reg.offset, before + 64))
        fail("write to locked " + std::string(reg.name), reg.offset);
      expect(reg, "locked value after a write", read(reg), before);
    }
    write(*ctrl, 0);
    for (const auto& reg : table_) {
      if (reg.locked_by_enable) write(reg, 0);
    }
  }

  /// SOFT_RESET brings every register but CONFIG and the counters back to its reset value.
  void check_soft_reset() {
    const hw::RegisterInfo* ctrl = find("CTRL");
    if (!ctrl) return;
    set_up_empty_ring();
    write(*find("IRQ_ENABLE"), ~0u);
    write(*ctrl, field(*ctrl, "SOFT_RESET"));
    if (!poll(*ctrl, field(*ctrl, "SOFT_RESET"), 0))
      return fail("SOFT_RESET does not end", ctrl->offset);
    for (const auto& reg : table_) {
      if (reg.reset_known && !reg.counts)
        expect(reg, "value after soft reset", read(reg), reg.reset);
    }
  }

  /// All of the above.
  void check_all() {
    check_reset_values();
    check_read_only();
    check_read_write();
    check_unmapped();
    check_write_one_to_clear();
    check_lock();
    check_soft_reset();
  }

 private:
  static constexpr int kPollLimit = 1000;  // register reads

  static bool has_command(const hw::RegisterInfo& reg) {
    for (size_t i = 0; i < reg.num_fields; ++i) {
      if (reg.fields[i].access == hw::Access::W1sc) return true;
    }
    return false;
  }

  static uint32_t writable_mask(const hw::RegisterInfo& reg) {
    if (reg.num_fields == 0) return ~0u;
    uint32_t mask = 0;
    for (size_t i = 0; i < reg.num_fields; ++i) {
      if (reg.fields[i].access == hw::Access::Rw) mask |= reg.fields[i].mask();
    }
    return mask;
  }

  /// Mask of a field, 0 if there is none.
  static uint32_t field(const hw::RegisterInfo& reg, const std::string& name) {
    for (size_t i = 0; i < reg.num_fields; ++i) {
      if (reg.fields[i].name == name) return reg.fields[i].mask();
    }
    return 0;
  }

  const hw::RegisterInfo* find(uint32_t offset) const {
    for (const auto& reg : table_) {
      if (reg.offset == offset) return &reg;
    }
    return nullptr;
  }

  const hw::RegisterInfo* find(const std::string& name) const {
    for (const auto& reg : table_) {
      if (reg.name == name) return &reg;
    }
    return nullptr;
  }

  /// A legal ring without descriptors, so that enabling it starts nothing.
  void set_up_empty_ring() {
    write(*find("RING_BASE_LO"), 0x40000000);
    write(*find("RING_BASE_HI"), 0);
    write(*find("RING_SIZE"), 64);
    write(*find("TAIL"), 0);
  }

  uint32_t read(const hw::RegisterInfo& reg) {
    uint32_t value = 0;
    if (!port_.read32(reg.offset, &value))
      fail("read refused: " + std::string(reg.name), reg.offset);
    return value;
  }

  void write(const hw::RegisterInfo& reg, uint32_t value) {
    if (!port_.write32(reg.offset, value))
      fail("write refused: " + std::string(reg.name), reg.offset);
  }

  bool poll(const hw::RegisterInfo& reg, uint32_t mask, uint32_t value) {
    for (int i = 0; i < kPollLimit; ++i) {
      if ((read(reg) & mask) == value) return true;
    }
    return false;
  }

  void expect(const hw::RegisterInfo& reg, const char* what, uint32_t value, uint32_t expected) {
    if (value == expected) return;
    std::ostringstream text;
    text << std::hex << table_.block << '.' << reg.name << ": " << what << " is 0x" << value
         << ", expected 0x" << expected;
    failures_.push_back(text.str());
  }

  void fail(const std::string& what, uint32_t offset) {
    std::ostringstream text;
    text << table_.block << ": " << what << " (offset 0x" << std::hex << offset << ')';
    failures_.push_back(text.str());
  }

  hw::RegisterTable table_;
  RegisterPort port_;
  std::vector<std::string> failures_;
};

/// All checks; a line per violation, empty if the target conforms.
inline std::vector<std::string> check_registers(const hw::RegisterTable& table, RegisterPort port) {
  RegisterChecks checks(table, std::move(port));
  checks.check_all();
  return checks.failures();
}

}  // namespace systole::test
