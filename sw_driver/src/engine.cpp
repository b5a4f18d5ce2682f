// One engine: the registers of docs/blocks/engine.md. Sequence number s lies in the ring at
// slot (s - first - 1) mod capacity; TAIL and HEAD count 64-byte units, two per slot.
#include "sw_driver/include/engine.h"

#include "sw_driver/gen/dma_regs.h"
#include "sw_driver/gen/engine_regs.h"
#include "sw_driver/gen/gemm_regs.h"
#include "sw_driver/gen/vpu_regs.h"
#include "sw_driver/src/bytes.h"

namespace systole::driver {
namespace {

constexpr uint32_t kUnits = 2;  // 64-byte units per descriptor
constexpr uint64_t kPollCycles = 64;
constexpr uint32_t kAllInterrupts = hw::ENGINE_IRQ_STATUS_DONE_MASK |
                                    hw::ENGINE_IRQ_STATUS_ERROR_MASK |
                                    hw::ENGINE_IRQ_STATUS_ABORTED_MASK;

bool is_power_of_two(uint64_t v) { return v != 0 && (v & (v - 1)) == 0; }

uint32_t expected_id(EngineKind kind) {
  switch (kind) {
    case EngineKind::Gemm:
      return hw::GEMM_ID_VALUE;
    case EngineKind::Vpu:
      return hw::VPU_ID_VALUE;
    case EngineKind::Dma:
      return hw::DMA_ID_VALUE;
  }
  return 0;
}

uint32_t field(uint32_t value, uint32_t mask) { return (value & mask) >> __builtin_ctz(mask); }

hw::DescriptorHeader* header(uint8_t* slot) {
  return reinterpret_cast<hw::DescriptorHeader*>(slot);
}

}  // namespace

const char* fault_text(uint8_t code) {
  switch (code) {
    case hw::ENGINE_ERR_NONE:
      return "no error";
    case hw::ENGINE_ERR_READ_BUS:
      return "bus error on an operand read";
    case hw::ENGINE_ERR_WRITE_BUS:
      return "bus error on a result write";
    case hw::ENGINE_ERR_FETCH_BUS:
      return "bus error on a descriptor fetch";
    case hw::ENGINE_ERR_SYNC_BUS:
      return "bus error on a wait, signal or completion word";
    case hw::ENGINE_ERR_ILLEGAL_DESC:
      return "illegal descriptor";
    case hw::ENGINE_ERR_ILLEGAL_SIZE:
      return "illegal size";
    case hw::ENGINE_ERR_WAIT_TIMEOUT:
      return "wait timed out";
    case hw::ENGINE_ERR_ILLEGAL_RING:
      return "illegal ring";
    default:
      return "unknown error";
  }
}

Status Engine::init(Hal& hal, EngineKind kind, uint64_t base, uint32_t source) {
  hal_ = &hal;
  kind_ = kind;
  base_ = base;
  source_ = source;
  started_ = false;
  fault_ = {};
  uint32_t id = 0, version = 0;
  Status status = read(hw::ENGINE_ID_OFFSET, &id);
  if (status == Status::Ok) status = read(hw::ENGINE_VERSION_OFFSET, &version);
  if (status != Status::Ok) return status;
  if (id != expected_id(kind)) return Status::BadHardware;
  if (field(version, hw::ENGINE_VERSION_MAJOR_MASK) != hw::ENGINE_VERSION_VALUE >> 16)
    return Status::BadHardware;
  return read_config();
}

Status Engine::read_config() {
  uint32_t c[6] = {};
  for (uint32_t i = 0; i < 6; ++i) {
    const Status status = read(hw::ENGINE_CONFIG_OFFSET(i), &c[i]);
    if (status != Status::Ok) return status;
  }
  config_ = {};
  config_.data_bytes = c[1] & 0xffff;
  bool plausible = is_power_of_two(config_.data_bytes);
  switch (kind_) {
    case EngineKind::Gemm:
      config_.rows = c[0] & 0xffff;
      config_.cols = c[0] >> 16;
      config_.a_buffer_bytes = c[2];
      config_.b_buffer_bytes = c[3];
      config_.acc_buffer_bytes = c[4];
      config_.max_tile_m = c[5] & 0xffff;
      config_.max_tile_n = c[5] >> 16;
      plausible = plausible && config_.rows != 0 && config_.cols != 0 && config_.max_tile_m != 0 &&
                  config_.max_tile_n >= config_.cols;
      break;
    case EngineKind::Vpu:
      config_.lanes = c[0] & 0xffff;
      config_.max_cols = c[2];
      plausible = plausible && config_.lanes != 0 && config_.max_cols >= 2;
      break;
    case EngineKind::Dma:
      config_.max_outstanding = c[0] & 0xffff;
      config_.max_burst_beats = c[0] >> 16;
      break;
  }
  return plausible ? Status::Ok : Status::BadHardware;
}

Status Engine::start(const Buffer& ring, const Buffer& word, uint32_t first_sequence,
                     uint64_t timeout_cycles) {
  const uint64_t capacity = ring.bytes / kDescriptorBytes;
  if (hal_ == nullptr || ring.host == nullptr || word.host == nullptr) return Status::BadArgument;
  if (!is_power_of_two(capacity) || capacity < kMinRingDescriptors ||
      capacity > kMaxRingDescriptors || ring.addr % 64 != 0 || word.addr % 4 != 0 ||
      word.bytes < 4) {
    return Status::BadArgument;
  }
  Status status = reset(timeout_cycles);
  if (status != Status::Ok) return status;
  ring_ = ring;
  word_ = word;
  capacity_ = static_cast<uint32_t>(capacity);
  first_ = appended_ = rung_ = first_sequence;
  clear_bytes(ring_.host, ring_.bytes);
  *word_.as<volatile uint32_t>() = first_sequence;
  hal_->fence();
  if (status == Status::Ok)
    status = write(hw::ENGINE_RING_BASE_LO_OFFSET, static_cast<uint32_t>(ring.addr));
  if (status == Status::Ok)
    status = write(hw::ENGINE_RING_BASE_HI_OFFSET, static_cast<uint32_t>(ring.addr >> 32));
  if (status == Status::Ok) status = write(hw::ENGINE_RING_SIZE_OFFSET, capacity_ * kUnits);
  if (status == Status::Ok) status = write(hw::ENGINE_IRQ_ENABLE_OFFSET, kAllInterrupts);
  if (status == Status::Ok) status = write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
  started_ = status == Status::Ok;
  return status;
}

uint8_t* Engine::slot(uint32_t sequence) const {
  const uint32_t index = (sequence - first_ - 1) & (capacity_ - 1);
  return ring_.as<uint8_t>() + size_t{index} * kDescriptorBytes;
}

bool Engine::signals(uint32_t sequence) const {
  return (header(slot(sequence))->flags & hw::DESC_FLAG_SIGNAL) != 0;
}

void Engine::set_signal(uint32_t sequence, bool interrupt) {
  header(slot(sequence))->flags |= hw::DESC_FLAG_SIGNAL | (interrupt ? hw::DESC_FLAG_IRQ : 0);
}

uint32_t Engine::completed() const { return *word_.as<const volatile uint32_t>(); }

uint32_t Engine::room() const { return started_ ? capacity_ - 1 - (appended_ - completed()) : 0; }

Status Engine::append(const void* descriptor, uint32_t* sequence) {
  if (!started_ || descriptor == nullptr) return Status::BadArgument;
  if (room() == 0) return Status::RingFull;
  const uint32_t number = ++appended_;
  uint8_t* to = slot(number);
  copy_bytes(to, descriptor, kDescriptorBytes);
  hw::DescriptorHeader* h = header(to);
  h->flags &= static_cast<uint8_t>(~(hw::DESC_FLAG_SIGNAL | hw::DESC_FLAG_IRQ));
  h->signal_addr = word_.addr;
  h->signal_value = number;
  // So that room in a full ring is announced before the ring runs dry.
  if (((number - first_) & (capacity_ / 2 - 1)) == 0) set_signal(number, true);
  if (sequence != nullptr) *sequence = number;
  return Status::Ok;
}

Status Engine::request_signal(uint32_t sequence, uint32_t* signalled) {
  if (!started_ || !sequence_reached(appended_, sequence)) return Status::BadArgument;
  *signalled = sequence;
  if (sequence_reached(completed(), sequence)) return Status::Ok;
  if (!sequence_reached(rung_, sequence)) {
    set_signal(sequence, false);
    return Status::Ok;
  }
  while (*signalled != rung_ && !signals(*signalled)) ++*signalled;
  return Status::Ok;
}

Status Engine::doorbell(bool interrupt) {
  if (!started_) return Status::BadArgument;
  if (appended_ == rung_) return Status::Ok;
  set_signal(appended_, interrupt);
  hal_->fence();
  const uint32_t units = capacity_ * kUnits;
  const Status status =
      write(hw::ENGINE_TAIL_OFFSET, ((appended_ - first_) * kUnits) & (units - 1));
  if (status == Status::Ok) rung_ = appended_;
  return status;
}

Status Engine::submit(const void* descriptor, uint32_t* sequence) {
  const Status status = append(descriptor, sequence);
  return status == Status::Ok ? doorbell(true) : status;
}

Status Engine::service_interrupt() {
  uint32_t causes = 0;
  Status status = read(hw::ENGINE_IRQ_STATUS_OFFSET, &causes);
  if (status == Status::Ok && causes != 0) status = write(hw::ENGINE_IRQ_STATUS_OFFSET, causes);
  if (status != Status::Ok) return status;
  return (causes & hw::ENGINE_IRQ_STATUS_ERROR_MASK) != 0 ? refresh_fault() : Status::Ok;
}

Status Engine::refresh_fault() {
  uint32_t code = 0, low = 0, high = 0, head = 0;
  Status status = read(hw::ENGINE_ERROR_CODE_OFFSET, &code);
  if (status == Status::Ok) status = read(hw::ENGINE_ERROR_ADDR_LO_OFFSET, &low);
  if (status == Status::Ok) status = read(hw::ENGINE_ERROR_ADDR_HI_OFFSET, &high);
  if (status == Status::Ok) status = read(hw::ENGINE_HEAD_OFFSET, &head);
  if (status != Status::Ok) return status;
  fault_ = {};
  fault_.code = static_cast<uint8_t>(field(code, hw::ENGINE_ERROR_CODE_CODE_MASK));
  if (fault_.code == 0) return Status::Ok;
  fault_.response = static_cast<uint8_t>(field(code, hw::ENGINE_ERROR_CODE_RESP_MASK));
  fault_.address = uint64_t{high} << 32 | low;
  if (started_) {
    const uint32_t done = completed();
    fault_.sequence = done + 1 + ((head / kUnits - (done - first_)) & (capacity_ - 1));
    fault_.descriptor = ring_.addr + uint64_t{head} * (kDescriptorBytes / kUnits);
  }
  return Status::EngineError;
}

Status Engine::wait_clear(uint32_t ctrl_mask, uint64_t timeout_cycles) {
  const uint64_t start = hal_->now_cycles();
  for (;;) {
    uint32_t ctrl = 0;
    const Status status = read(hw::ENGINE_CTRL_OFFSET, &ctrl);
    if (status != Status::Ok) return status;
    if ((ctrl & ctrl_mask) == 0) return Status::Ok;
    if (hal_->now_cycles() - start >= timeout_cycles) return Status::Timeout;
    hal_->pause(kPollCycles);
  }
}

Status Engine::abort(uint64_t timeout_cycles) {
  if (!started_) return Status::BadArgument;
  const Status status =
      write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK | hw::ENGINE_CTRL_ABORT_MASK);
  return status == Status::Ok ? wait_clear(hw::ENGINE_CTRL_ABORT_MASK, timeout_cycles) : status;
}

Status Engine::resume() {
  return started_ ? write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK)
                  : Status::BadArgument;
}

Status Engine::reset(uint64_t timeout_cycles) {
  if (hal_ == nullptr) return Status::BadArgument;
  started_ = false;
  fault_ = {};
  const Status status = write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
  return status == Status::Ok ? wait_clear(hw::ENGINE_CTRL_SOFT_RESET_MASK, timeout_cycles)
                              : status;
}

Status Engine::read64(uint32_t offset, uint64_t* value) {
  uint32_t low = 0, high = 0;
  Status status = read(offset, &low);
  if (status == Status::Ok) status = read(offset + 4, &high);
  *value = uint64_t{high} << 32 | low;
  return status;
}

Status Engine::read_counters(EngineCounters* counters) {
  if (hal_ == nullptr || counters == nullptr) return Status::BadArgument;
  const struct {
    uint32_t offset;
    uint64_t* value;
  } kCounters[] = {
      {hw::ENGINE_BUSY_CYCLES_OFFSET, &counters->busy_cycles},
      {hw::ENGINE_READ_STALL_CYCLES_OFFSET, &counters->read_stall_cycles},
      {hw::ENGINE_WRITE_STALL_CYCLES_OFFSET, &counters->write_stall_cycles},
      {hw::ENGINE_WAIT_CYCLES_OFFSET, &counters->wait_cycles},
      {hw::ENGINE_BYTES_READ_OFFSET, &counters->bytes_read},
      {hw::ENGINE_BYTES_WRITTEN_OFFSET, &counters->bytes_written},
      {hw::ENGINE_DESCRIPTORS_OFFSET, &counters->descriptors},
      {hw::ENGINE_WORK_OFFSET, &counters->work},
  };
  for (const auto& counter : kCounters) {
    const Status status = read64(counter.offset, counter.value);
    if (status != Status::Ok) return status;
  }
  return Status::Ok;
}

}  // namespace systole::driver
