#include "platform/replay/distinct.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <map>
#include <random>

#include "platform/soc/operation_names.h"
#include "tlm/core/footprint.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/engine_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/vpu_regs.h"

namespace systole {
namespace {

constexpr uint64_t kPage = Recording::kPageBytes;

// Where a descriptor holds operands' addresses.
std::vector<size_t> address_fields(const std::string& kind) {
  using hw::DmaDescriptor;
  using hw::GemmDescriptor;
  using hw::VpuDescriptor;
  if (kind == "gemm") {
    return {offsetof(GemmDescriptor, a_addr),         offsetof(GemmDescriptor, b_addr),
            offsetof(GemmDescriptor, c_addr),         offsetof(GemmDescriptor, row_scale_addr),
            offsetof(GemmDescriptor, col_scale_addr), offsetof(GemmDescriptor, bias_addr)};
  }
  if (kind == "vpu") {
    return {offsetof(VpuDescriptor, x_addr), offsetof(VpuDescriptor, y_addr),
            offsetof(VpuDescriptor, d_addr), offsetof(VpuDescriptor, s_addr)};
  }
  return {offsetof(DmaDescriptor, src), offsetof(DmaDescriptor, dst)};
}

// Equal for descriptors of one class.
std::string class_of(const std::string& kind, const DescriptorBytes& descriptor,
                     const std::vector<MemoryWindow>& windows) {
  DescriptorBytes d = descriptor;
  const uint8_t opcode = d[offsetof(hw::DescriptorHeader, opcode)];
  std::fill(d.begin(), d.begin() + sizeof(hw::DescriptorHeader), uint8_t{0});
  d[offsetof(hw::DescriptorHeader, opcode)] = opcode;
  for (const size_t at : address_fields(kind)) {
    uint64_t addr = 0;
    std::memcpy(&addr, d.data() + at, sizeof addr);
    const auto window = std::find_if(windows.begin(), windows.end(),
                                     [=](const MemoryWindow& w) { return w.holds(addr, 1); });
    const auto memory = static_cast<uint64_t>(window - windows.begin());
    addr = addr == 0 ? 0 : addr % kPage + (memory + 1) * kPage;
    std::memcpy(d.data() + at, &addr, sizeof addr);
  }
  return std::string(d.begin(), d.end());
}

struct Class {
  Sample first;  ///< stands_for: how many there are
  uint64_t least_cycles = 0;
};

// All classes by engine kind and opcode.
using Operation = std::pair<std::string, uint8_t>;
std::map<Operation, std::vector<Class>> classes_of(const Recording& recording,
                                                   const Config& config) {
  const std::vector<MemoryWindow> windows = program_windows(config);
  std::map<Operation, std::vector<Class>> operations;
  std::map<std::pair<std::string, std::string>, std::pair<Operation, size_t>> known;
  for (uint32_t engine = 0; engine < recording.engines.size(); ++engine) {
    const std::string& kind = recording.engines[engine].kind;
    for (uint64_t i = 0; i < recording.descriptors[engine].size(); ++i) {
      const DescriptorBytes& d = recording.descriptors[engine][i];
      const uint8_t opcode = d[offsetof(hw::DescriptorHeader, opcode)];
      if (opcode == hw::ENGINE_OP_NOP) continue;
      std::vector<Class>& list = operations[{kind, opcode}];
      const auto [at, is_new] = known.try_emplace({kind, class_of(kind, d, windows)},
                                                  Operation{kind, opcode}, list.size());
      if (is_new) list.push_back({{engine, i, 0, 0}, least_cycles(kind, d, config)});
      ++operations[at->second.first][at->second.second].first.stands_for;
    }
  }
  return operations;
}

uint64_t work_of(const Class& each) {
  return each.first.stands_for * std::max<uint64_t>(1, each.least_cycles);
}

// Takes one out of the list, the more likely the more work it stands for.
Class draw(std::vector<Class>& list, std::mt19937_64& random) {
  uint64_t all = 0;
  for (const Class& each : list) all += work_of(each);
  uint64_t at = random() % all;
  auto drawn = list.begin();
  for (; at >= work_of(*drawn); ++drawn) at -= work_of(*drawn);
  const Class result = *drawn;
  list.erase(drawn);
  return result;
}

// Draws until one fits. False: none is left.
bool draw_one(std::vector<Class>& list, std::mt19937_64& random, uint64_t& budget,
              OperationSample& entry, std::vector<Sample>& samples) {
  while (!list.empty()) {
    const Class drawn = draw(list, random);
    if (drawn.least_cycles > budget) {
      ++entry.too_large;
      continue;
    }
    budget -= drawn.least_cycles;
    ++entry.sampled;
    entry.stands_for += drawn.first.stands_for;
    entry.sampled_least_cycles += drawn.first.stands_for * drawn.least_cycles;
    samples.push_back(drawn.first);
    return true;
  }
  return false;
}

}  // namespace

uint64_t least_cycles(const std::string& kind, const DescriptorBytes& descriptor,
                      const Config& config) {
  uint64_t read = 0, written = 0, work = 0;
  for (const Span& span :
       footprint(kind, descriptor.data(), static_cast<uint32_t>(config.gemm.rows),
                 static_cast<uint32_t>(config.gemm.cols)))
    (span.write ? written : read) += span.row_bytes * span.rows;
  if (kind == "gemm") {
    hw::GemmDescriptor d;
    std::memcpy(static_cast<void*>(&d), descriptor.data(), sizeof d);
    work = uint64_t{d.m} * d.n * d.k / (config.gemm.rows * config.gemm.cols);
  } else if (kind == "vpu") {
    hw::VpuDescriptor d;
    std::memcpy(static_cast<void*>(&d), descriptor.data(), sizeof d);
    work = uint64_t{d.rows} * d.cols / config.vpu.lanes;
  }
  return std::max({work, read * 8 / config.bus.width_bits, written * 8 / config.bus.width_bits});
}

DistinctSample draw_distinct(const Recording& recording, const Config& config,
                             const DistinctBounds& bounds) {
  DistinctSample sample;
  std::mt19937_64 random(bounds.seed);  // its numbers are the same on every machine
  std::vector<std::vector<Class>> candidates;
  for (auto& [operation, list] : classes_of(recording, config)) {
    OperationSample entry = {operation.first, operation_name(operation.first, operation.second)};
    entry.distinct = list.size();
    for (const Class& each : list) {
      entry.descriptors += each.first.stands_for;
      entry.least_cycles += each.first.stands_for * each.least_cycles;
    }
    sample.operations.push_back(entry);
    candidates.push_back(std::move(list));
  }
  uint64_t budget = bounds.most_cycles ? bounds.most_cycles : ~uint64_t{0};
  for (bool more = true; more && sample.samples.size() < bounds.samples;) {
    more = false;
    for (size_t i = 0; i < candidates.size() && sample.samples.size() < bounds.samples; ++i)
      more = draw_one(candidates[i], random, budget, sample.operations[i], sample.samples) || more;
  }
  std::sort(sample.samples.begin(), sample.samples.end(), [](const Sample& a, const Sample& b) {
    return std::pair{a.engine, a.index} < std::pair{b.engine, b.index};
  });
  return sample;
}

}  // namespace systole
