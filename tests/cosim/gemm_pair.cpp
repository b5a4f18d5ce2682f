#include "tests/cosim/gemm_pair.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "sw_driver/kernels/gemm.h"
#include "tests/support/engine_config.h"
#include "tlm/gen/gemm_regs.h"

namespace systole::test {
namespace {

constexpr uint64_t kSpmBytes = 64 << 10;
constexpr uint64_t kRing = kGemmSpm, kMiB = 1u << 20;
// where random operations lie, relative to the DRAM
constexpr uint64_t kA = kGemmDram, kB = kGemmDram + 5 * kMiB, kScales = kGemmDram + 10 * kMiB,
                   kC = kGemmDram + 11 * kMiB;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[500];
  std::snprintf(buffer, sizeof buffer, format, values...);
  return buffer;
}

std::unique_ptr<EngineModule> make_engine(const std::string& name, const GemmPairConfig& config,
                                          std::shared_ptr<const RtlLibrary> library) {
  if (library) {
    RtlEngineConfig c;
    c.batch_cycles = config.batch_cycles;
    c.straps = {config.gemm.a_buffer_bytes, config.gemm.b_buffer_bytes,
                config.gemm.acc_buffer_bytes, 0};
    return std::make_unique<RtlEngine>(name.c_str(), library, c);
  }
  GemmTwinConfig c;
  c.batch_cycles = config.batch_cycles;
  c.gemm = config.gemm;
  return make_gemm_twin(name, c);
}

InterconnectConfig bus_config(const GemmPairConfig& config) {
  InterconnectConfig c;
  c.width_bits = config.gemm.data_bytes * 8;
  return c;
}

}  // namespace

GemmSystem::GemmSystem(const std::string& name, const GemmPairConfig& config,
                       std::shared_ptr<const RtlLibrary> library)
    : port_{Clock(1000), config.gemm.data_bytes * 8},
      bus_((name + "_bus").c_str(), bus_config(config)),
      dram_((name + "_dram").c_str(), HostMemory::zeroed(config.dram_bytes),
            std::make_unique<DramTiming>(port_, config.dram_latency_ns, 32)),
      spm_((name + "_spm").c_str(), HostMemory::zeroed(kSpmBytes),
           std::make_unique<SpmTiming>(port_, 4, 2)),
      cpu_((name + "_cpu").c_str()),
      engine_(make_engine(name, config, std::move(library))) {
  bus_.connect_initiator("cpu", cpu_.socket);
  bus_.connect_initiator("gemm", engine_->manager_socket(), true);
  bus_.connect_target("regs", kGemmRegs, 0x1000, engine_->target_socket());
  bus_.connect_target("spm", kGemmSpm, spm_.size(), spm_.socket);
  bus_.connect_target("dram", kGemmDram, dram_.size(), dram_.socket);
  engine_->on_interrupt([this](bool level) {
    level_ = level;
    interrupt_.notify(sc_core::SC_ZERO_TIME);
  });
}

uint32_t GemmSystem::get(uint32_t offset) {
  return static_cast<uint32_t>(cpu_.get(kGemmRegs + offset));
}

void GemmSystem::put(uint32_t offset, uint32_t value) { cpu_.put(kGemmRegs + offset, value); }

uint64_t GemmSystem::counter(uint32_t offset) {
  const uint64_t low = get(offset);
  return low | uint64_t{get(offset + 4)} << 32;
}

void GemmSystem::setup() {
  put(hw::GEMM_RING_BASE_LO_OFFSET, static_cast<uint32_t>(kRing));
  put(hw::GEMM_RING_SIZE_OFFSET, kRingUnits);
  put(hw::GEMM_IRQ_ENABLE_OFFSET, 7);
  put(hw::GEMM_CTRL_OFFSET, hw::GEMM_CTRL_ENABLE_MASK);
  tail_ = 0;
  ready_ = true;
}

void GemmSystem::reset() {
  put(hw::GEMM_CTRL_OFFSET, hw::GEMM_CTRL_SOFT_RESET_MASK);
  while (get(hw::GEMM_CTRL_OFFSET) & hw::GEMM_CTRL_SOFT_RESET_MASK) cpu_.sleep_cycles(100);
  ready_ = false;
}

GemmRun GemmSystem::read_state() {
  GemmRun run;
  run.counters.busy_cycles = counter(hw::GEMM_BUSY_CYCLES_OFFSET);
  run.counters.read_stall_cycles = counter(hw::GEMM_READ_STALL_CYCLES_OFFSET);
  run.counters.write_stall_cycles = counter(hw::GEMM_WRITE_STALL_CYCLES_OFFSET);
  run.counters.bytes_read = counter(hw::GEMM_BYTES_READ_OFFSET);
  run.counters.bytes_written = counter(hw::GEMM_BYTES_WRITTEN_OFFSET);
  run.counters.descriptors = counter(hw::GEMM_DESCRIPTORS_OFFSET);
  run.counters.work = counter(hw::GEMM_WORK_OFFSET);
  run.status = get(hw::GEMM_STATUS_OFFSET);
  run.irq_status = get(hw::GEMM_IRQ_STATUS_OFFSET);
  run.error_code = get(hw::GEMM_ERROR_CODE_OFFSET);
  run.error_addr = get(hw::GEMM_ERROR_ADDR_LO_OFFSET) | uint64_t{get(hw::GEMM_ERROR_ADDR_HI_OFFSET)}
                                                            << 32;
  run.head = get(hw::GEMM_HEAD_OFFSET);
  return run;
}

GemmRun GemmSystem::run(const std::vector<hw::GemmDescriptor>& descriptors) {
  if (!ready_) setup();
  const GemmRun before = read_state();
  for (size_t i = 0; i < descriptors.size(); ++i) {
    hw::GemmDescriptor d = descriptors[i];
    if (i + 1 == descriptors.size()) d.flags |= hw::DESC_FLAG_IRQ;
    std::memcpy(spm_.data() + (kRing - kGemmSpm) + tail_ * 64, &d, sizeof d);
    tail_ = (tail_ + hw::DESC_UNITS) % kRingUnits;
  }
  const double start = processor_seconds();
  put(hw::GEMM_TAIL_OFFSET, tail_);
  while (!level_) sc_core::wait(interrupt_);
  const double seconds = processor_seconds() - start;
  while (get(hw::GEMM_STATUS_OFFSET) & hw::GEMM_STATUS_BUSY_MASK) cpu_.sleep_cycles(10);
  GemmRun run = read_state();
  run.counters = run.counters - before.counters;
  run.seconds = seconds;
  put(hw::GEMM_IRQ_STATUS_OFFSET, 7);
  while (level_) sc_core::wait(interrupt_);
  return run;
}

GemmPair::GemmPair(const std::string& name, const GemmPairConfig& config,
                   std::shared_ptr<const RtlLibrary> library)
    : config_(config),
      rtl_(name + "_rtl", config, std::move(library)),
      twin_(name + "_twin", config, nullptr) {}

void GemmPair::fill(uint64_t seed) {
  rtl_test::Random random(seed);
  uint8_t* dram = rtl_.dram();
  for (uint64_t i = 0; i < config_.dram_bytes; i += 8) {
    const uint64_t value = random.next();
    std::memcpy(dram + i, &value, 8);
  }
  // scales around 1/100, so that int8 results neither vanish nor all saturate
  for (uint64_t at = kScales; at < kC; at += 4) {
    const float scale = 0.02f * static_cast<float>(random.below(1000)) / 1000.0f;
    std::memcpy(dram + (at - kGemmDram), &scale, 4);
  }
  std::memcpy(twin_.dram(), dram, config_.dram_bytes);
}

double GemmPair::Result::error_percent() const {
  const double a = static_cast<double>(twin.counters.busy_cycles),
               b = static_cast<double>(rtl.counters.busy_cycles);
  return 100.0 * (a - b) / b;
}

GemmPair::Result GemmPair::run(const std::vector<hw::GemmDescriptor>& descriptors, bool stops) {
  Result r;
  r.rtl = rtl_.run(descriptors);
  r.twin = twin_.run(descriptors);
  const auto differ = [&](const char* what, uint64_t a, uint64_t b) {
    if (a != b && r.difference.empty())
      r.difference = text("%s is %llx, in RTL %llx", what, static_cast<unsigned long long>(b),
                          static_cast<unsigned long long>(a));
  };
  differ("STATUS", r.rtl.status, r.twin.status);
  differ("IRQ_STATUS", r.rtl.irq_status, r.twin.irq_status);
  differ("ERROR_CODE", r.rtl.error_code, r.twin.error_code);
  differ("ERROR_ADDR", r.rtl.error_addr, r.twin.error_addr);
  differ("HEAD", r.rtl.head, r.twin.head);
  differ("DESCRIPTORS", r.rtl.counters.descriptors, r.twin.counters.descriptors);
  differ("MACS", r.rtl.counters.work, r.twin.counters.work);
  differ("BYTES_READ", r.rtl.counters.bytes_read, r.twin.counters.bytes_read);
  differ("BYTES_WRITTEN", r.rtl.counters.bytes_written, r.twin.counters.bytes_written);
  if (stops) {  // what a failing descriptor leaves in its output is not specified
    rtl_.reset();
    twin_.reset();
    std::memcpy(twin_.dram() + (kC - kGemmDram), rtl_.dram() + (kC - kGemmDram),
                config_.dram_bytes - (kC - kGemmDram));
  }
  if (std::memcmp(rtl_.dram(), twin_.dram(), config_.dram_bytes) != 0) {
    const auto at = std::mismatch(rtl_.dram(), rtl_.dram() + config_.dram_bytes, twin_.dram());
    differ("a byte of memory", *at.first, *at.second);
    r.difference += text(
        " at %llx",
        static_cast<unsigned long long>(kGemmDram + static_cast<uint64_t>(at.first - rtl_.dram())));
  }
  return r;
}

uint32_t random_gemm_size(rtl_test::Random& random, uint32_t edge, uint32_t most) {
  if (random.chance(25)) {
    const uint32_t edges[] = {1, edge - 1, edge, edge + 1, 2 * edge, 4 * edge + 1, most - 1, most};
    return std::min(most, edges[random.below(std::size(edges))]);
  }
  const double u = static_cast<double>(random.below(1'000'001)) / 1e6;
  return static_cast<uint32_t>(std::lround(std::exp(u * std::log(static_cast<double>(most)))));
}

hw::GemmDescriptor random_gemm(rtl_test::Random& random, const GemmPairConfig& config, uint32_t m,
                               uint32_t n, uint32_t k) {
  const GemmConfig& gemm = config.gemm;
  const bool tidy = random.chance(50);  // as a driver would lay it out
  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.m = m;
  d.n = n;
  d.k = k;
  d.b_layout = static_cast<uint8_t>(random.below(3));
  d.out_type = static_cast<uint8_t>(random.below(3));
  const bool int32 = d.out_type == hw::GEMM_OUT_TYPE_INT32;
  const uint32_t element = d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4;
  if (random.chance(40))
    d.gemm_flags = int32 ? hw::GEMM_FLAGS_ACCUMULATE_MASK : hw::GEMM_FLAGS_BIAS_MASK;
  const auto slack = [&](uint32_t most, uint32_t unit) {
    return tidy ? 0 : static_cast<uint32_t>(random.below(most) / unit * unit);
  };
  const auto row = [&](uint32_t bytes, uint32_t unit) {
    return (tidy && random.chance(50) ? (bytes + 63) / 64 * 64 : bytes) + slack(64, unit);
  };
  d.a_addr = kA + slack(4096, 1);
  d.lda = row(k, 1);
  d.b_addr = kB + slack(4096, 1);
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS) d.ldb = row(n, 1);
  if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED) d.ldb = row(k, 1);
  d.c_addr = kC + slack(4096, element);
  d.ldc = row(n * element, element);
  if (!int32) {
    d.row_scale_addr = kScales + slack(4096, 4);
    d.col_scale_addr = kScales + 0x8000 + slack(4096, 4);
    if (d.gemm_flags) d.bias_addr = kScales + 0x10000 + slack(4096, 4);
  }
  GemmTile tile;
  if (random.chance(60)) {
    const driver::GemmTile chosen = driver::choose_gemm_tile(
        engine_config(gemm), m, n, k,
        d.b_layout == hw::GEMM_B_LAYOUT_ROWS         ? driver::GemmLayout::Rows
        : d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED ? driver::GemmLayout::Transposed
                                                     : driver::GemmLayout::Packed);
    tile = {chosen.m, chosen.n, chosen.k};
  } else {
    const uint32_t most_n = kGemmMaxTileN / gemm.cols;
    do {
      tile.m = static_cast<uint32_t>(random.range(1, std::min(m + 1, kGemmMaxTileM)));
      tile.n = static_cast<uint32_t>(random.range(1, std::min(n / gemm.cols + 2, most_n)));
      tile.k = static_cast<uint32_t>(random.range(1, k / gemm.rows + 2));
    } while (!gemm_tile_legal(gemm, tile));
  }
  d.tile = gemm_tile_word(tile);
  return d;
}

std::string describe(const hw::GemmDescriptor& d) {
  const GemmTile tile = gemm_tile_of_word(d.tile);
  return text(
      "m %u n %u k %u layout %u out %u flags %u a +%llx/%u b +%llx/%u c +%llx/%u tile %u,%u,%u",
      d.m, d.n, d.k, d.b_layout, d.out_type, d.gemm_flags,
      static_cast<unsigned long long>(d.a_addr - kA), d.lda,
      static_cast<unsigned long long>(d.b_addr - kB), d.ldb,
      static_cast<unsigned long long>(d.c_addr - kC), d.ldc, tile.m, tile.n, tile.k);
}

}  // namespace systole::test
