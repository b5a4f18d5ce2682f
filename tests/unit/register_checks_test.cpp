// The register checks themselves: a conforming target passes, and each defect is noticed.
#include "tests/support/register_checks.h"

#include <catch2/catch.hpp>
#include <map>

#include "tlm/gen/dma_reg_table.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_reg_table.h"
#include "tlm/gen/sysctl_reg_table.h"
#include "tlm/gen/vpu_reg_table.h"

using namespace systole;
using systole::test::check_registers;

namespace {

enum class Defect {
  None,
  WrongReset,
  WritableReadOnly,
  RefusesReadOnly,
  DroppedBit,
  ExtraOffset,
  ClearOnZero,
  NoLock,
  NoSoftReset
};

/// A register target straight from the table, with one defect.
class TableTarget {
 public:
  TableTarget(const hw::RegisterTable& table, Defect defect) : table_(table), defect_(defect) {
    reset();
  }

  test::RegisterPort port() {
    return {[this](uint32_t offset, uint32_t* value) { return read(offset, value); },
            [this](uint32_t offset, uint32_t value) { return write(offset, value); }};
  }

 private:
  void reset() {
    for (const auto& reg : table_) value_[reg.offset] = reg.reset_known ? reg.reset : 0x1234;
    if (defect_ == Defect::WrongReset) value_[table_.registers[2].offset] ^= 1;
  }

  const hw::RegisterInfo* find(uint32_t offset) const {
    for (const auto& reg : table_) {
      if (reg.offset == offset) return &reg;
    }
    return nullptr;
  }

  bool read(uint32_t offset, uint32_t* value) {
    if (!find(offset)) return defect_ == Defect::ExtraOffset && offset == 0xffc;
    *value = value_[offset];
    return true;
  }

  bool write(uint32_t offset, uint32_t value) {
    const hw::RegisterInfo* reg = find(offset);
    if (!reg) return false;
    const bool enabled = value_[hw::DMA_CTRL_OFFSET] & hw::DMA_CTRL_ENABLE_MASK;
    if (reg->locked_by_enable && enabled && defect_ != Defect::NoLock) return false;
    if (offset == hw::DMA_CTRL_OFFSET && table_.registers[2].num_fields) return write_ctrl(value);
    if (reg->access == hw::Access::W1c) {
      value_[offset] &= defect_ == Defect::ClearOnZero ? value : ~value;
    } else if (reg->access == hw::Access::Rw) {
      value_[offset] = value & mask(*reg);
    } else if (defect_ == Defect::WritableReadOnly) {
      value_[offset] = value;
    }
    return reg->access != hw::Access::Ro || defect_ != Defect::RefusesReadOnly;
  }

  bool write_ctrl(uint32_t value) {
    value_[hw::DMA_CTRL_OFFSET] = value & hw::DMA_CTRL_ENABLE_MASK;
    if (value & hw::DMA_CTRL_ABORT_MASK)
      value_[hw::DMA_IRQ_STATUS_OFFSET] |= hw::DMA_IRQ_STATUS_ABORTED_MASK;
    if ((value & hw::DMA_CTRL_SOFT_RESET_MASK) && defect_ != Defect::NoSoftReset) reset();
    return true;
  }

  uint32_t mask(const hw::RegisterInfo& reg) const {
    uint32_t all = reg.num_fields ? 0 : ~0u;
    for (size_t i = 0; i < reg.num_fields; ++i) all |= reg.fields[i].mask();
    return defect_ == Defect::DroppedBit ? all & ~2u : all;
  }

  hw::RegisterTable table_;
  Defect defect_;
  std::map<uint32_t, uint32_t> value_;
};

std::vector<std::string> failures_with(const hw::RegisterTable& table, Defect defect) {
  TableTarget target(table, defect);
  return check_registers(table, target.port());
}

}  // namespace

TEST_CASE("Register checks pass on a target that follows its table") {
  for (const auto& table : {hw::GEMM_TABLE, hw::VPU_TABLE, hw::DMA_TABLE, hw::SYSCTL_TABLE}) {
    CAPTURE(table.block);
    CHECK(failures_with(table, Defect::None) == std::vector<std::string>{});
  }
}

TEST_CASE("Register checks notice every kind of defect") {
  for (Defect defect :
       {Defect::WrongReset, Defect::WritableReadOnly, Defect::RefusesReadOnly, Defect::DroppedBit,
        Defect::ExtraOffset, Defect::ClearOnZero, Defect::NoLock, Defect::NoSoftReset}) {
    CAPTURE(static_cast<int>(defect));
    CHECK_FALSE(failures_with(hw::DMA_TABLE, defect).empty());
  }
}

TEST_CASE("Register tables are in address order and aligned") {
  for (const auto& table : {hw::GEMM_TABLE, hw::VPU_TABLE, hw::DMA_TABLE, hw::SYSCTL_TABLE}) {
    uint32_t next = 0;
    for (const auto& reg : table) {
      CAPTURE(table.block, reg.name);
      CHECK(reg.offset >= next);
      CHECK(reg.offset % 4 == 0);
      next = reg.offset + 4;
    }
  }
}
