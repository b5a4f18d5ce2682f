#include "tlm/dma/dma_twin.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tlm/gen/dma_reg_table.h"
#include "tlm/gen/dma_regs.h"

namespace systole {
namespace {

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint32_t kMaxReads = 32, kMaxBurstBeats = 256, kDefaultBurstBeats = 16;
constexpr uint64_t kMaxStagedBytes = 1u << 20;
constexpr uint64_t kSlack = 64;  ///< around a staged row: whole beats on either side
constexpr size_t kAhead = 5;     ///< rows announced: the reader's queue is never empty

/// Rows that go through devices: the bursts carry their data. Empty: all of it is memory.
class StagedRows {
 public:
  StagedRows(const hw::DmaDescriptor& d, TwinPort& port) : pitch_(d.row_bytes + 3 * kSlack) {
    if (!port.functional() || d.rows * pitch_ > kMaxStagedBytes || all_memory(d, port)) return;
    bytes_.resize(d.rows * pitch_);
    if (d.opcode != hw::DMA_OP_FILL) return;
    for (uint32_t row = 0; row < d.rows; ++row)
      for (uint32_t i = 0; i < d.row_bytes; ++i)
        read_to(row)[i] = static_cast<uint8_t>(d.pattern >> (8 * (i % 4)));
  }
  bool empty() const { return bytes_.empty(); }
  /// Where the bus beats of source row `row` go.
  uint8_t* read_to(uint64_t row) {
    return empty() ? nullptr : bytes_.data() + row * pitch_ + kSlack;
  }
  /// The first byte of destination row `row`, `off` the source's first lane.
  const uint8_t* write_from(uint64_t row, uint64_t off) {
    return empty() ? nullptr : read_to(row) + off;
  }

 private:
  static bool all_memory(const hw::DmaDescriptor& d, TwinPort& port) {
    MemoryView& memory = port.memory();
    for (uint64_t row = 0; row < d.rows; ++row) {
      if (d.opcode != hw::DMA_OP_FILL &&
          !memory.map((d.src + row * d.src_stride) & kAddressMask, d.row_bytes, false))
        return false;
      if (!memory.map((d.dst + row * d.dst_stride) & kAddressMask, d.row_bytes, true)) return false;
    }
    return true;
  }
  uint64_t pitch_;
  std::vector<uint8_t> bytes_;
};

}  // namespace

TwinOutcome DmaTwin::run(const uint8_t* desc, uint64_t start, TwinPort& port) {
  hw::DmaDescriptor d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  const bool fill = d.opcode == hw::DMA_OP_FILL;
  const uint64_t beats = port.beats(d.row_bytes), first = start + 1;
  StagedRows staged(d, port);
  TwinOutcome outcome;
  uint64_t announced = fill ? d.rows : 0;
  for (uint64_t row = 0; row < d.rows; ++row) {
    for (; announced < d.rows && port.reads_pending() < kAhead; ++announced)
      port.read(first, (d.src + announced * d.src_stride) & kAddressMask, d.row_bytes,
                staged.read_to(announced));
    port.write(first, (d.dst + row * d.dst_stride) & kAddressMask, d.row_bytes,
               staged.write_from(row, d.src % port.data_bytes()));
    if (fill) {
      port.put_segment(first, 0);
      continue;
    }
    for (uint64_t beat = 0; beat < beats; beat += 1 + port.pass_steady()) {
      const uint64_t offered = port.next_beat(), ready = port.put_ready();
      outcome.read_stall_cycles += offered > ready ? offered - ready : 0;
      outcome.write_stall_cycles += ready > offered ? ready - offered : 0;
      port.take(port.put(offered));
    }
  }
  outcome.done_cycle = port.write_idle();
  outcome.work = uint64_t{d.rows} * d.row_bytes;
  if (port.functional() && staged.empty()) dma_execute(desc, config_, port.memory());
  return outcome;
}

bool DmaTwin::operands(const uint8_t* desc, std::vector<TwinOperand>& out) const {
  using D = hw::DmaDescriptor;
  D d;
  std::memcpy(static_cast<void*>(&d), desc, sizeof d);
  const uint64_t stride = std::max(d.src_stride, d.dst_stride);
  if (d.rows > 1 && stride > kAddressMask / (d.rows - 1)) return false;
  if (d.opcode != hw::DMA_OP_FILL)
    out.push_back({offsetof(D, src), (d.rows - 1) * d.src_stride + d.row_bytes});
  out.push_back({offsetof(D, dst), (d.rows - 1) * d.dst_stride + d.row_bytes, true});
  return true;
}

std::unique_ptr<EngineTwin> make_dma_twin(const std::string& name, const DmaTwinConfig& config) {
  const uint32_t reads = config.straps[0], burst = config.straps[1];
  EngineTwinConfig engine;
  engine.clock = config.clock;
  engine.batch_cycles = config.batch_cycles;
  engine.registers = &hw::DMA_TABLE;
  engine.port.data_bytes = config.width_bits / 8;
  engine.port.max_reads = reads == 0 || reads > kMaxReads ? kMaxReads : reads;
  engine.port.max_burst_beats = burst == 0 ? kDefaultBurstBeats : std::min(burst, kMaxBurstBeats);
  engine.port.functional = config.functional;
  engine.port.in_order = true;
  engine.remember = config.remember && !config.functional;
  engine.apart = config.apart;
  engine.config_words[0] = engine.port.max_reads | engine.port.max_burst_beats << 16;
  engine.config_words[1] = engine.port.data_bytes;
  engine.parameters = "DataWidth=" + std::to_string(config.width_bits);
  DmaConfig dma;
  dma.data_bytes = engine.port.data_bytes;
  dma.max_burst_beats = engine.port.max_burst_beats;
  return std::make_unique<EngineTwin>(name.c_str(), engine, std::make_unique<DmaTwin>(dma));
}

}  // namespace systole
