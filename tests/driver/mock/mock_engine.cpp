// The engine as docs/blocks/engine.md describes it, one descriptor at a time.
#include <cstring>

#include "tests/driver/mock/mock_hal.h"
#include "tlm/core/descriptor_header.h"

namespace systole::driver {
namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;

bool header_legal(const hw::DescriptorHeader& h) {
  if (h.version != hw::DESC_VERSION || h.units != hw::DESC_UNITS || h.flags > 15 ||
      h.reserved0 != 0) {
    return false;
  }
  if ((h.flags & hw::DESC_FLAG_WAIT) && (h.wait_addr % 4 != 0 || h.wait_timeout == 0)) return false;
  if ((h.flags & hw::DESC_FLAG_SIGNAL) && h.signal_addr % 4 != 0) return false;
  return !(h.flags & hw::DESC_FLAG_COMPLETE) || h.completion_addr % 8 == 0;
}

}  // namespace

void MockMemory::add(uint64_t base, uint64_t bytes, bool writable) {
  regions_.push_back({base, writable, std::vector<uint8_t>(bytes)});
}

uint8_t* MockMemory::map(uint64_t addr, uint64_t bytes, bool write) {
  for (Region& r : regions_) {
    if (addr < r.base || bytes > r.data.size() || addr - r.base > r.data.size() - bytes) continue;
    return write && !r.writable ? nullptr : r.data.data() + (addr - r.base);
  }
  return nullptr;
}

MockEngine::MockEngine(EngineKind kind, uint32_t id, MockMemory& memory, Execute execute)
    : kind_(kind), id_(id), memory_(memory), execute_(std::move(execute)) {}

void MockEngine::clear() {
  enabled_ = halted_ = waiting_ = false;
  irq_status_ = irq_enable_ = error_code_ = head_ = tail_ = ring_size_ = 0;
  error_addr_ = ring_base_ = 0;
}

void MockEngine::stop(uint8_t code, uint64_t address) {
  halted_ = true;
  waiting_ = false;
  error_code_ = code;
  error_addr_ = address & kAddressMask;
  irq_status_ |= hw::ENGINE_IRQ_STATUS_ERROR_MASK;
}

void MockEngine::check_ring() {
  if (!enabled_ || halted_) return;
  const bool size_ok =
      ring_size_ >= 4 && ring_size_ <= 65536 && (ring_size_ & (ring_size_ - 1)) == 0;
  if (!size_ok || ring_base_ % 64 != 0 || tail_ >= ring_size_)
    stop(hw::ENGINE_ERR_ILLEGAL_RING, ring_base_);
}

bool MockEngine::read(uint32_t offset, uint32_t* value) {
  if (offset % 4 != 0) return false;
  if (offset >= hw::ENGINE_CONFIG_OFFSET(0) && offset <= hw::ENGINE_CONFIG_OFFSET(7)) {
    *value = config[(offset - hw::ENGINE_CONFIG_OFFSET(0)) / 4];
    return true;
  }
  if (offset >= hw::ENGINE_BUSY_CYCLES_OFFSET && offset <= hw::ENGINE_WORK_HI_OFFSET) {
    if (offset % 8 == 0) {
      latched_ = offset == hw::ENGINE_DESCRIPTORS_OFFSET ? descriptors
                 : offset == hw::ENGINE_WORK_OFFSET      ? work_
                                                         : 0x100000000u + offset;
    }
    *value = static_cast<uint32_t>(offset % 8 == 0 ? latched_ : latched_ >> 32);
    return true;
  }
  switch (offset) {
    case hw::ENGINE_ID_OFFSET:
      *value = id_;
      return true;
    case hw::ENGINE_VERSION_OFFSET:
      *value = hw::ENGINE_VERSION_VALUE;
      return true;
    case hw::ENGINE_CTRL_OFFSET:
      *value = (enabled_ ? hw::ENGINE_CTRL_ENABLE_MASK : 0) |
               (resetting_ ? hw::ENGINE_CTRL_SOFT_RESET_MASK : 0) |
               (aborting_ ? hw::ENGINE_CTRL_ABORT_MASK : 0);
      if (!stuck_reset) resetting_ = aborting_ = false;  // done by the next look
      return true;
    case hw::ENGINE_STATUS_OFFSET:
      *value = (active() ? hw::ENGINE_STATUS_BUSY_MASK : 0) |
               (waiting_ ? hw::ENGINE_STATUS_WAITING_MASK : 0) |
               (halted_ ? hw::ENGINE_STATUS_HALTED_MASK : 0);
      return true;
    case hw::ENGINE_IRQ_STATUS_OFFSET:
      *value = irq_status_;
      return true;
    case hw::ENGINE_IRQ_ENABLE_OFFSET:
      *value = irq_enable_;
      return true;
    case hw::ENGINE_ERROR_CODE_OFFSET:
      *value = error_code_;
      return true;
    case hw::ENGINE_ERROR_ADDR_LO_OFFSET:
      *value = static_cast<uint32_t>(error_addr_);
      return true;
    case hw::ENGINE_ERROR_ADDR_HI_OFFSET:
      *value = static_cast<uint32_t>(error_addr_ >> 32);
      return true;
    case hw::ENGINE_RING_BASE_LO_OFFSET:
      *value = static_cast<uint32_t>(ring_base_);
      return true;
    case hw::ENGINE_RING_BASE_HI_OFFSET:
      *value = static_cast<uint32_t>(ring_base_ >> 32);
      return true;
    case hw::ENGINE_RING_SIZE_OFFSET:
      *value = ring_size_;
      return true;
    case hw::ENGINE_HEAD_OFFSET:
      *value = head_;
      return true;
    case hw::ENGINE_TAIL_OFFSET:
      *value = tail_;
      return true;
    default:
      return false;
  }
}

bool MockEngine::write(uint32_t offset, uint32_t value) {
  uint32_t ignored = 0;
  switch (offset) {
    case hw::ENGINE_CTRL_OFFSET:
      if (value & hw::ENGINE_CTRL_SOFT_RESET_MASK) {
        clear();
        resetting_ = true;
      } else if (value & hw::ENGINE_CTRL_ABORT_MASK) {
        aborting_ = true;
        enabled_ = waiting_ = false;
        irq_status_ |= hw::ENGINE_IRQ_STATUS_ABORTED_MASK;
      } else {
        enabled_ = (value & hw::ENGINE_CTRL_ENABLE_MASK) != 0;
        check_ring();
      }
      return true;
    case hw::ENGINE_IRQ_STATUS_OFFSET:
      irq_status_ &= ~value;
      return true;
    case hw::ENGINE_IRQ_ENABLE_OFFSET:
      irq_enable_ = value & 7;
      return true;
    case hw::ENGINE_RING_BASE_LO_OFFSET:
      if (enabled_) return false;
      ring_base_ = (ring_base_ & ~uint64_t{0xffffffff}) | value;
      return true;
    case hw::ENGINE_RING_BASE_HI_OFFSET:
      if (enabled_) return false;
      ring_base_ = (ring_base_ & 0xffffffff) | uint64_t{value & 0xff} << 32;
      return true;
    case hw::ENGINE_RING_SIZE_OFFSET:
      if (enabled_) return false;
      ring_size_ = value;
      return true;
    case hw::ENGINE_TAIL_OFFSET:
      tail_writes.push_back(value);
      if (check_ != nullptr && ring_size_ != 0)
        check_->doorbell(index_, ((value - tail_) & (ring_size_ - 1)) / hw::DESC_UNITS);
      tail_ = value;
      check_ring();
      return true;
    default:
      return read(offset, &ignored);  // read-only: ignored; unmapped: refused
  }
}

MockEngine::Check MockEngine::examine(uint64_t now, uint8_t* code, uint64_t* address) {
  const uint8_t* descriptor = memory_.map(head_addr(), hw::DESC_BYTES, false);
  *address = head_addr();
  if (descriptor == nullptr) {
    *code = hw::ENGINE_ERR_FETCH_BUS;
    return Check::Error;
  }
  const hw::DescriptorHeader h = header_of(descriptor);
  if (!header_legal(h)) {
    *code = hw::ENGINE_ERR_ILLEGAL_DESC;
    return Check::Error;
  }
  if ((h.flags & hw::DESC_FLAG_WAIT) == 0) return Check::Run;
  *address = h.wait_addr;
  const uint8_t* word = memory_.map(h.wait_addr, 4, false);
  if (word == nullptr) {
    *code = hw::ENGINE_ERR_SYNC_BUS;
    return Check::Error;
  }
  uint32_t reached = 0;
  std::memcpy(&reached, word, 4);
  if (static_cast<int32_t>(reached - h.wait_value) >= 0) return Check::Run;
  if (!waiting_) {
    waiting_ = true;
    wait_start_ = now;
  }
  *code = hw::ENGINE_ERR_WAIT_TIMEOUT;
  return now - wait_start_ >= h.wait_timeout ? Check::Error : Check::Wait;
}

uint64_t MockEngine::wait_deadline(uint64_t now) {
  uint8_t code = 0;
  uint64_t address = 0;
  if (!active() || examine(now, &code, &address) != Check::Wait) return ~uint64_t{0};
  return wait_start_ + header_of(memory_.map(head_addr(), hw::DESC_BYTES, false)).wait_timeout;
}

bool MockEngine::can_step(uint64_t now) {
  uint8_t code = 0;
  uint64_t address = 0;
  return active() && examine(now, &code, &address) != Check::Wait;
}

void MockEngine::step(uint64_t now) {
  uint8_t code = 0;
  uint64_t address = 0;
  if (examine(now, &code, &address) == Check::Error) return stop(code, address);
  waiting_ = false;
  const uint8_t* descriptor = memory_.map(head_addr(), hw::DESC_BYTES, false);
  const hw::DescriptorHeader h = header_of(descriptor);
  if (check_ != nullptr)
    check_->begin(index_, (h.flags & hw::DESC_FLAG_WAIT) != 0, h.wait_addr, h.wait_value);
  CheckedMemory seen(memory_, check_, index_);
  OpResult result;
  if (descriptors == fail_at) {
    result = fail_with;
    fail_at = ~uint64_t{0};
  } else if (h.opcode == hw::ENGINE_OP_NOP) {
    for (uint32_t i = sizeof h; i < hw::DESC_BYTES; ++i) {
      if (descriptor[i] != 0) result.error_code = hw::ENGINE_ERR_ILLEGAL_DESC;
    }
  } else {
    result = execute_(descriptor, seen);
  }
  if (result.error_code != 0) {
    const bool illegal = result.error_code == hw::ENGINE_ERR_ILLEGAL_DESC ||
                         result.error_code == hw::ENGINE_ERR_ILLEGAL_SIZE;
    return stop(result.error_code, illegal ? head_addr() : result.error_addr);
  }
  if (h.flags & hw::DESC_FLAG_SIGNAL) {
    uint8_t* word = memory_.map(h.signal_addr, 4, true);
    if (word == nullptr) return stop(hw::ENGINE_ERR_SYNC_BUS, h.signal_addr);
    std::memcpy(word, &h.signal_value, 4);
    if (check_ != nullptr) check_->signal(index_, h.signal_addr, h.signal_value);
  }
  if (h.flags & hw::DESC_FLAG_COMPLETE) {
    uint8_t* record = memory_.map(h.completion_addr, 8, true);
    if (record == nullptr) return stop(hw::ENGINE_ERR_SYNC_BUS, h.completion_addr);
    const uint32_t words[2] = {h.tag, 1};
    std::memcpy(record, words, 8);
  }
  head_ = (head_ + hw::DESC_UNITS) & (ring_size_ - 1);
  ++descriptors;
  work_ += result.work;
  if (h.flags & hw::DESC_FLAG_IRQ) irq_status_ |= hw::ENGINE_IRQ_STATUS_DONE_MASK;
}

}  // namespace systole::driver
