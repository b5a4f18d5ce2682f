// Loads and stores that leave the interpreter's short path; atomics.
#include <cstring>
#include <type_traits>

#include "tlm/cpu/riscv/hart.h"

namespace systole::riscv {
namespace {

constexpr uint64_t kPageMask = 4095;

template <typename T>
T amo_result(unsigned funct5, T old, T operand) {
  using S = std::make_signed_t<T>;
  const bool less = static_cast<S>(old) < static_cast<S>(operand);
  switch (funct5) {
    case 0x00:
      return old + operand;
    case 0x01:
      return operand;
    case 0x04:
      return old ^ operand;
    case 0x08:
      return old | operand;
    case 0x0c:
      return old & operand;
    case 0x10:
      return less ? old : operand;
    case 0x14:
      return less ? operand : old;
    case 0x18:
      return old < operand ? old : operand;
    default:
      return old < operand ? operand : old;
  }
}

}  // namespace

Hart::Memory Hart::fault(uint64_t cause, uint64_t value) {
  trap_cause_ = cause;
  trap_value_ = value;
  return Memory::Fault;
}

void Hart::flush_tlb() {
  for (unsigned i = 0; i < kTlbEntries; ++i) load_tlb_[i].page = store_tlb_[i].page = ~uint64_t{0};
}

void Hart::count_back(const Op* op) {
  for (; op < block_->ops + block_->count; ++op) {
    cycles_ -= config_.timing[static_cast<unsigned>(op->op_class)];
    --instret_;
  }
}

void Hart::unwind(const Op* op) {
  count_back(op);
  if (profile_) profile_->not_run(*block_, op, config_.timing);
}

Hart::Memory Hart::bus_access(uint64_t addr, uint64_t physical, unsigned bytes, void* data,
                              Access kind, const Op* op) {
  const uint64_t cycles = cycles_, instret = instret_;
  count_back(op);
  s_.fflags |= float_.leave();
  const uint64_t began = profiled_cycle();
  const bool ok =
      kind == Access::Load ? bus_.read(physical, bytes, data) : bus_.write(physical, bytes, data);
  profile_stall(block_->pc + 2 * uint64_t{op->offset2}, began);
  float_.enter(s_.frm);
  cycles_ = cycles;
  instret_ = instret;
  if (!ok) return fault(access_fault(kind), addr);
  // A device has raised an interrupt or ended the run: nothing more of this block.
  return kind == Access::Store && limit_ == 0 ? Memory::Leave : Memory::Ok;
}

Hart::Memory Hart::access_physical(uint64_t addr, uint64_t physical, unsigned bytes, void* data,
                                   Access kind, const Op* op) {
  Region* region = regions_.find(physical, bytes);
  if (!region || (kind == Access::Store && !region->writable))
    return bus_access(addr, physical, bytes, data, kind, op);
  if (kind == Access::Load) {
    std::memcpy(data, region->at(physical), bytes);
    return Memory::Ok;
  }
  std::memcpy(region->at(physical), data, bytes);
  if (!regions_.has_code(*region, physical, bytes)) return Memory::Ok;
  drop_pending_ = true;
  return Memory::Leave;
}

Hart::Memory Hart::access_page(uint64_t addr, unsigned bytes, void* data, Access kind,
                               const Op* op) {
  TlbEntry& entry =
      (kind == Access::Load ? load_tlb_ : store_tlb_)[(addr >> 12) & (kTlbEntries - 1)];
  const uint64_t offset = addr & kPageMask;
  if (entry.page == addr >> 12) {
    if (kind == Access::Load) {
      std::memcpy(data, entry.host + offset, bytes);
      return Memory::Ok;
    }
    if (!entry.code[offset >> kLineShift] && !entry.code[(offset + bytes - 1) >> kLineShift]) {
      std::memcpy(entry.host + offset, data, bytes);
      return Memory::Ok;
    }
  }
  const Translation t = mmu_.translate(addr, bytes, kind, s_.data_privilege());
  if (!t.ok) return fault(t.cause, addr);
  const uint64_t page = t.addr & ~kPageMask;
  Region* region = t.uniform ? regions_.find(page, 4096) : nullptr;
  const bool watched = !watchpoints_.empty() && page_watched(addr);
  if (region && !watched && (kind == Access::Load || region->writable))
    entry = {addr >> 12, region->at(page),
             region->code_lines.data() + ((page - region->base) >> kLineShift)};
  const Memory result = access_physical(addr, t.addr, bytes, data, kind, op);
  return watched ? see_watched(addr, bytes, kind == Access::Load, kind == Access::Store, op, result)
                 : result;
}

Hart::Memory Hart::access(uint64_t addr, unsigned bytes, void* data, Access kind, const Op* op) {
  const auto first = static_cast<unsigned>(4096 - (addr & kPageMask));
  if (bytes <= first) return access_page(addr, bytes, data, kind, op);
  // Across a page: both halves must be allowed before either is stored.
  const uint64_t second = addr + first;
  for (uint64_t part : {addr, second}) {
    const Translation t =
        mmu_.translate(part, part == addr ? first : bytes - first, kind, s_.data_privilege());
    if (!t.ok) return fault(t.cause, part);
  }
  auto* raw = static_cast<uint8_t*>(data);
  Memory result = Memory::Ok;
  for (unsigned i = 0; i < bytes; ++i) {
    const Memory one = access_page(addr + i, 1, raw + i, kind, op);
    if (one == Memory::Fault) return one;
    if (one == Memory::Leave) result = one;
  }
  return result;
}

Hart::Memory Hart::load_slow(uint64_t addr, unsigned bytes, void* data, const Op* op) {
  return access(addr, bytes, data, Access::Load, op);
}

Hart::Memory Hart::store_slow(uint64_t addr, unsigned bytes, const void* data, const Op* op) {
  uint64_t copy = 0;
  std::memcpy(&copy, data, bytes);
  return access(addr, bytes, &copy, Access::Store, op);
}

Hart::Memory Hart::amo(const Op* op) {
  const auto instruction = static_cast<uint32_t>(op->imm);
  const unsigned funct5 = instruction >> 27, bytes = (instruction >> 12 & 7) == 3 ? 8 : 4;
  const bool is_lr = funct5 == 2, is_sc = funct5 == 3;
  const uint64_t addr = s_.x[op->rs1], operand = s_.x[op->rs2];
  const Access kind = is_lr ? Access::Load : Access::Store;
  if (addr % bytes) return fault(is_lr ? kLoadMisaligned : kStoreMisaligned, addr);
  const Translation t = mmu_.translate(addr, bytes, kind, s_.data_privilege());
  if (!t.ok) return fault(t.cause, addr);

  const bool watched = !watchpoints_.empty() && page_watched(addr);
  const auto seen = [&](Memory result) {
    return watched ? see_watched(addr, bytes, !is_sc, !is_lr, op, result) : result;
  };
  uint64_t old = 0;
  if (access_physical(addr, t.addr, bytes, &old, Access::Load, op) == Memory::Fault)
    return fault(access_fault(kind), addr);
  if (bytes == 4) old = static_cast<uint64_t>(static_cast<int32_t>(old));
  if (is_lr) {
    s_.reservation = t.addr;
    s_.reserved_value = old;
    s_.x[op->rd] = old;
    return seen(Memory::Ok);
  }
  uint64_t value = operand;
  if (is_sc) {
    const bool success = s_.reservation == t.addr && s_.reserved_value == old;
    s_.reservation = ~uint64_t{0};
    if (!success) {
      s_.x[op->rd] = 1;
      return Memory::Ok;
    }
  } else {
    value = bytes == 8 ? amo_result<uint64_t>(funct5, old, operand)
                       : amo_result<uint32_t>(funct5, static_cast<uint32_t>(old),
                                              static_cast<uint32_t>(operand));
  }
  const Memory result = access_physical(addr, t.addr, bytes, &value, Access::Store, op);
  if (result == Memory::Fault) return result;
  s_.x[op->rd] = is_sc ? 0 : old;
  return seen(result);
}

}  // namespace systole::riscv
