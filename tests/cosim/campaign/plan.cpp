#include "tests/cosim/campaign/plan.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/cosim/random_vpu.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/gen/vpu_regs.h"
#include "tlm/twin/header_check.h"

namespace systole::test::campaign {
namespace {

constexpr uint64_t kUnmapped = 0x30'0000'0000;
constexpr uint64_t kAddressEnd = uint64_t{1} << 40;
constexpr uint32_t kNever = 1'000'000'000, kSoon = 1500;  ///< time-outs of waits, cycles
constexpr uint64_t kMostBytes = 96u << 10;                ///< a descriptor moves no more
constexpr uint64_t kMostRows = 3000;

void set_header(Descriptor& d, const hw::DescriptorHeader& h) {
  std::memcpy(d.bytes.data(), &h, sizeof h);
}

bool in_memory(uint64_t addr, uint64_t bytes) {
  const auto inside = [&](uint64_t base, uint64_t size) {
    return addr >= base && addr < base + size && bytes <= base + size - addr;
  };
  return inside(kDram, kDramBytes) || inside(kSpm, kSpmBytes);
}

/// Room for `bytes` anywhere, `align`ed.
uint64_t place(Random& random, uint64_t bytes, uint64_t align) {
  const bool spm = random.chance(35) && bytes < kSpm + kSpmBytes - kSpmData;
  const uint64_t base = spm ? kSpmData : kDram;
  const uint64_t size = spm ? kSpm + kSpmBytes - kSpmData : kDramBytes;
  uint64_t offset = random.below(size - bytes);
  offset -= offset % (random.chance(50) ? 64 : align);
  return base + offset;
}

uint32_t size(Random& random, uint32_t edge, uint32_t most) {
  if (random.chance(30)) {
    const uint32_t edges[] = {1, edge - 1, edge, edge + 1, 2 * edge, 2 * edge + 1};
    return std::clamp(edges[random.below(std::size(edges))], 1u, most);
  }
  return log_uniform(random, 1, most);
}

hw::GemmDescriptor random_gemm(const GemmConfig& gemm, Random& random) {
  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.m = size(random, 16, 48);
  d.n = size(random, gemm.cols, 80);
  d.k = size(random, gemm.rows, 130);
  d.b_layout = static_cast<uint8_t>(random.below(3));
  d.out_type = static_cast<uint8_t>(random.below(3));
  const bool int32 = d.out_type == hw::GEMM_OUT_TYPE_INT32;
  const uint32_t element = d.out_type == hw::GEMM_OUT_TYPE_INT8 ? 1 : 4;
  if (random.chance(35))
    d.gemm_flags = int32 ? hw::GEMM_FLAGS_ACCUMULATE_MASK : hw::GEMM_FLAGS_BIAS_MASK;
  const auto slack = [&](uint32_t unit) {
    return random.chance(50) ? 0 : static_cast<uint32_t>(random.below(64) / unit * unit);
  };
  d.lda = random.chance(5) ? 0 : d.k + slack(1);
  d.a_addr = place(random, uint64_t{d.lda} * d.m + d.k, 1);
  if (d.b_layout == hw::GEMM_B_LAYOUT_ROWS) d.ldb = d.n + slack(1);
  if (d.b_layout == hw::GEMM_B_LAYOUT_TRANSPOSED) d.ldb = d.k + slack(1);
  d.b_addr = place(random, uint64_t{d.ldb + 128} * std::max(d.n, d.k) + 0x2000, 1);
  d.ldc = d.n * element + slack(element);
  d.c_addr = place(random, uint64_t{d.ldc} * d.m, element);
  if (!int32) {
    d.row_scale_addr = place(random, uint64_t{d.m} * 4, 4);
    d.col_scale_addr = place(random, uint64_t{d.n} * 4, 4);
    if (d.gemm_flags) d.bias_addr = place(random, uint64_t{d.n} * 4, 4);
  }
  GemmTile tile;
  do {
    tile.m = static_cast<uint32_t>(random.range(1, d.m + 1));
    tile.n = static_cast<uint32_t>(random.range(1, std::min(d.n / gemm.cols + 2, 512 / gemm.cols)));
    tile.k = static_cast<uint32_t>(random.range(1, d.k / gemm.rows + 2));
  } while (!gemm_tile_legal(gemm, tile));
  d.tile = gemm_tile_word(tile);
  return d;
}

hw::VpuDescriptor random_vpu(Random& random) {
  hw::VpuDescriptor d;
  d.opcode = static_cast<uint8_t>(random.range(hw::VPU_OP_SOFTMAX, hw::VPU_OP_DEQUANTIZE));
  d.cols = size(random, 32, 300);
  d.rows = log_uniform(random, 1, std::min(12u, 2000 / d.cols + 1));
  choose_options(random, d);
  const bool int8_in = d.opcode == hw::VPU_OP_DEQUANTIZE;
  const bool int8_out = d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK;
  const auto stride = [&](uint32_t bytes, uint32_t align) {
    const uint32_t pad = random.chance(60) ? 0 : static_cast<uint32_t>(random.below(100));
    return (bytes + pad + align - 1) / align * align;
  };
  const uint32_t in = int8_in ? 1 : 4, out = int8_out ? 1 : 4;
  d.x_stride = random.chance(5) ? 0 : stride(d.cols * in, in);
  d.x_addr = place(random, uint64_t{d.x_stride} * d.rows + d.cols * in, in);
  if (takes_y(d)) {
    const uint32_t cols = d.opcode == hw::VPU_OP_LAYERNORM ? 2 * d.cols
                          : d.opcode == hw::VPU_OP_ROTARY  ? d.period
                                                           : d.cols;
    d.y_stride = random.chance(30) ? 0 : stride(4 * cols, 4);
    d.y_addr = place(random, uint64_t{d.y_stride} * d.rows + 4 * cols, 4);
  }
  d.d_stride = stride(d.cols * out, out);
  d.d_addr = place(random, uint64_t{d.d_stride} * d.rows, out);
  if (!int8_in && !int8_out && d.x_stride != 0 && random.chance(20)) {  // in place
    d.d_addr = d.x_addr;
    d.d_stride = d.x_stride;
  }
  if (int8_in || int8_out) d.s_addr = place(random, uint64_t{d.rows} * 4, 4);
  return d;
}

hw::DmaDescriptor random_dma(Random& random) {
  hw::DmaDescriptor d;
  d.opcode = static_cast<uint8_t>(random.chance(25) ? hw::DMA_OP_FILL : hw::DMA_OP_COPY);
  d.rows = log_uniform(random, 1, 12);
  d.row_bytes = log_uniform(random, 1, random.chance(10) ? 9000 : 600);
  d.dst_stride = d.row_bytes + random.below(100);
  d.dst = place(random, d.dst_stride * d.rows, 1);
  if (d.opcode == hw::DMA_OP_FILL) {
    d.pattern = static_cast<uint32_t>(random.next());
  } else {
    d.src_stride = random.below(2 * d.row_bytes);
    d.src = place(random, d.src_stride * d.rows + d.row_bytes, 1);
  }
  return d;
}

template <class T>
Descriptor wrap(const T& t) {
  Descriptor d;
  std::memcpy(d.bytes.data(), &t, sizeof t);
  return d;
}

/// True if every byte is memory; `bytes` grows by what is, up to the first that is not.
bool mapped(const Span& span, uint64_t* bytes) {
  for (uint64_t row = 0; row < span.rows; ++row) {
    if (!in_memory(span.row(row), span.row_bytes)) return false;
    *bytes += span.row_bytes;
    if (*bytes > kMostBytes || row > kMostRows) return true;
  }
  return true;
}

/// True if a write may land where the other access is, not exactly at its place.
bool overlap(const Span& a, const Span& b) {
  uint64_t a_low, a_high, b_low, b_high;
  return bounds(a, &a_low, &a_high) && bounds(b, &b_low, &b_high) && a_low < b_high &&
         b_low < a_high;
}

bool in_ring_area(size_t engine, uint64_t addr) {
  return addr - (kRings + engine * kRingBytes) < kRingBytes;
}

bool same_place(const Span& a, const Span& b) {
  return a.addr == b.addr && a.row_bytes == b.row_bytes && a.rows == b.rows &&
         (a.stride == b.stride || a.rows == 1);
}

}  // namespace

bool bounds(const Span& span, uint64_t* low, uint64_t* high) {
  *low = ~uint64_t{0};
  *high = 0;
  uint64_t bytes = 0;
  for (uint64_t row = 0; row < span.rows && row <= kMostRows && bytes <= kMostBytes; ++row) {
    const uint64_t at = span.row(row);
    bytes += span.row_bytes;
    for (const auto& [base, size] : {std::pair{kDram, kDramBytes}, {kSpm, kSpmBytes}}) {
      const uint64_t from = std::max(at, base), to = std::min(at + span.row_bytes, base + size);
      if (from >= to) continue;
      *low = std::min(*low, from);
      *high = std::max(*high, to);
    }
  }
  return *low < *high;
}

std::string Round::text(size_t engine, size_t index) const {
  char line[100];
  const Descriptor& d = engines[engine].descriptors[index];
  std::snprintf(line, sizeof line, "engine %zu descriptor %zu (unit %u):", engine, index,
                engines[engine].unit(index));
  std::string text = line;
  for (size_t i = 0; i < d.bytes.size(); ++i) {
    std::snprintf(line, sizeof line, "%s%02x",
                  i % 16 == 0 ? "\n    "
                  : i % 4     ? ""
                              : " ",
                  d.bytes[i]);
    text += line;
  }
  return text;
}

Planner::Planner(const SocConfig& config, uint64_t seed) : config_(config), seed_(seed) {
  for (unsigned kind = 0; kind < kKinds.size(); ++kind)
    kinds_.insert(kinds_.end(), config.count[kind], kind);
}

Descriptor Planner::operation(const SocConfig& config, unsigned kind, Random& random) {
  for (;;) {
    Descriptor d = kind == 0   ? wrap(random_gemm(config.gemm, random))
                   : kind == 1 ? wrap(random_vpu(random))
                               : wrap(random_dma(random));
    examine(config, kind, d);
    if (d.illegal || !d.mapped) continue;
    bool clean = true;  // results overlap no operand, but for operations in place
    for (const Span& w : d.spans)
      for (const Span& r : d.spans)
        if (w.write && &w != &r && overlap(w, r) && !(!r.write && kind != 2 && same_place(w, r)))
          clean = false;
    if (clean) return d;
  }
}

void Planner::examine(const SocConfig& config, unsigned kind, Descriptor& d) {
  d.illegal = header_check(d.bytes.data());
  if (!d.illegal && header_of(d.bytes.data()).opcode != hw::ENGINE_OP_NOP)
    d.illegal = kind == 0 ? gemm_check(d.bytes.data(), config.gemm)
                : kind == 1
                    ? vpu_check(d.bytes.data(), config.vpu)
                    : dma_check(d.bytes.data(), {config.width_bits / 8, config.dma_burst_beats});
  d.spans.clear();
  d.mapped = d.rerunnable = true;
  if (d.illegal) return;
  d.spans = footprint(kKinds[kind], d.bytes.data(), config.gemm.rows, config.gemm.cols);
  for (const Span& span : d.spans) {
    uint64_t bytes = 0;
    d.mapped = mapped(span, &bytes) && d.mapped;
    for (const Span& other : d.spans)
      if (span.write && !other.write && overlap(span, other)) d.rerunnable = false;
  }
}

// ------------------------------------------------------------------ descriptors

size_t Planner::room(size_t engine) const {
  const EnginePlan& plan = round_.engines[engine];
  return plan.ring_units / hw::DESC_UNITS - 1 - plan.descriptors.size();
}

void Planner::set_up_engine(size_t engine, const EngineState& state) {
  EnginePlan& plan = round_.engines[engine];
  plan.reset = !state.usable || random_.chance(25) || !in_ring_area(engine, state.ring_base);
  if (plan.reset && random_.chance(4)) {
    plan.ring_units = 4u << random_.below(5);
    plan.head = 0;
    // The part of the ring that is memory lies at its end, if there is any, for one engine only.
    const bool taken = std::any_of(
        round_.engines.begin(), round_.engines.end(),
        [](const EnginePlan& other) { return in_memory(other.ring_base, 1) && other.cut; });
    const uint64_t bases[] = {kUnmapped + 64 * random_.below(1000), address_map::kEngineBase,
                              kDram + kDramBytes - 64 * random_.range(1, plan.ring_units)};
    plan.ring_base = bases[random_.chance(60) && !taken ? 2 : random_.below(2)];
    plan.cut = true;
  } else if (plan.reset) {
    plan.ring_units = 4u << random_.below(5);
    const uint64_t bytes = uint64_t{plan.ring_units} * 64;
    plan.ring_base =
        kRings + engine * kRingBytes + random_.below((kRingBytes - bytes) / 64 + 1) * 64;
    plan.head = 0;
  } else {
    plan.ring_base = state.ring_base;
    plan.ring_units = state.ring_units;
    plan.head = state.head;
  }
  const uint32_t bases[] = {0, 0x7fff'fff8, 0xffff'fffc, static_cast<uint32_t>(random_.next())};
  round_.word_base[engine] = bases[random_.below(4)];
}

void Planner::append(size_t engine, const Descriptor& d) {
  EnginePlan& plan = round_.engines[engine];
  const auto index = static_cast<uint32_t>(plan.descriptors.size());
  for (const Span& span : d.spans) {
    uint64_t low, high;
    if (bounds(span, &low, &high)) touches_.push_back({engine, index, low, high, span.write});
  }
  known_[engine][engine] = index;
  clocks_[engine].push_back(known_[engine]);
  plan.descriptors.push_back(d);
}

/// Gives `d` the wait that it needs. False: it needs more than one, or one that cannot be had; then
/// nothing is known that was not before.
bool Planner::order(size_t engine, Descriptor& d) {
  Clock known = known_[engine];
  Clock needs(kinds_.size(), -1);
  for (const Span& span : d.spans) {
    uint64_t low, high;
    if (!bounds(span, &low, &high)) continue;
    if (low < kSpmData && high > kSpm && low >= kSpm) return false;  // rings and words
    for (const EnginePlan& plan : round_.engines)
      if (plan.cut && low < plan.ring_base + plan.ring_units * 64 && high > plan.ring_base)
        return false;
    for (const Touch& touch : touches_)
      if (touch.engine != engine && (touch.write || span.write) && low < touch.high &&
          touch.low < high && known[touch.engine] < touch.index)
        needs[touch.engine] = std::max<int64_t>(needs[touch.engine], touch.index);
  }
  for (size_t f = 0; f < needs.size(); ++f)  // one wait may stand for another
    for (size_t g = 0; g < needs.size(); ++g)
      if (f != g && needs[f] >= 0 && needs[g] >= 0 &&
          clocks_[f][static_cast<size_t>(needs[f])][g] >= needs[g])
        needs[g] = -1;
  hw::DescriptorHeader h = header_of(d.bytes.data());
  for (size_t f = 0; f < needs.size(); ++f) {
    if (needs[f] < 0) continue;
    if (h.flags & hw::DESC_FLAG_WAIT) return false;
    Descriptor& other = round_.engines[f].descriptors[static_cast<size_t>(needs[f])];
    hw::DescriptorHeader o = header_of(other.bytes.data());
    const uint32_t value = sequence(f, static_cast<size_t>(needs[f]));
    if (!(o.flags & hw::DESC_FLAG_SIGNAL && o.signal_addr == sequence_word(f))) {
      if (other.special) return false;
      o.flags |= hw::DESC_FLAG_SIGNAL;
      o.signal_addr = sequence_word(f);
      o.signal_value = value;
      set_header(other, o);
    }
    h.flags |= hw::DESC_FLAG_WAIT;
    h.wait_addr = sequence_word(f);
    h.wait_value = value;
    h.wait_timeout = kNever;
    const Clock& clock = clocks_[f][static_cast<size_t>(needs[f])];
    for (size_t g = 0; g < clock.size(); ++g) known[g] = std::max(known[g], clock[g]);
  }
  set_header(d, h);
  known_[engine] = known;
  return true;
}

void Planner::add_flags(size_t engine, Descriptor& d) {
  hw::DescriptorHeader h = header_of(d.bytes.data());
  h.tag = static_cast<uint32_t>(random_.next());
  if (random_.chance(40)) {
    h.flags |= hw::DESC_FLAG_SIGNAL;
    h.signal_addr = sequence_word(engine);
    h.signal_value = sequence(engine, round_.engines[engine].descriptors.size());
    if (random_.chance(30)) {
      h.signal_addr = signal_word(engine, random_.next());
      h.signal_value = static_cast<uint32_t>(random_.next());
    }
  }
  if (random_.chance(40)) {
    h.flags |= hw::DESC_FLAG_COMPLETE;
    h.completion_addr = completion_word(engine, random_.next());
  }
  if (random_.chance(30)) h.flags |= hw::DESC_FLAG_IRQ;
  set_header(d, h);
}

bool Planner::add_descriptor(size_t engine) {
  if (room(engine) == 0) return false;
  for (unsigned attempt = 0; attempt < 20; ++attempt) {
    Descriptor d;
    if (random_.chance(12)) {
      d = wrap(hw::DescriptorHeader{});
      examine(config_, kinds_[engine], d);
    } else {
      d = operation(config_, kinds_[engine], random_);
    }
    add_flags(engine, d);
    hw::DescriptorHeader h = header_of(d.bytes.data());
    if (random_.chance(6)) {  // the CPU will write the word
      const CpuWait wait{engine, round_.engines[engine].descriptors.size(),
                         cpu_word(engine, cpu_waits_.size()),
                         static_cast<uint32_t>(random_.next())};
      h.flags |= hw::DESC_FLAG_WAIT;
      h.wait_addr = wait.word;
      h.wait_value = wait.value;
      h.wait_timeout = kNever;
      set_header(d, h);
      if (!order(engine, d)) continue;
      cpu_waits_.push_back(wait);
    } else if (!order(engine, d)) {
      continue;
    }
    append(engine, d);
    return true;
  }
  return false;
}

/// Changes a few bytes. False: the outcome would depend on time.
bool Planner::mutate(size_t engine, Descriptor& d) {
  const hw::DescriptorHeader before = header_of(d.bytes.data());
  const size_t bytes = size_t{1} << random_.below(4);
  const size_t at = random_.below(hw::DESC_BYTES / bytes) * bytes;
  uint64_t value = 0;
  std::memcpy(&value, &d.bytes[at], bytes);
  const uint64_t values[] = {0,
                             1,
                             2,
                             value + 1,
                             value + 2,
                             value - 1,
                             value ^ uint64_t{1} << random_.below(8 * bytes),
                             ~uint64_t{0},
                             random_.next(),
                             random_.below(256),
                             kAddressEnd,
                             kAddressEnd - 64,
                             kUnmapped + random_.below(4096),
                             kDram + kDramBytes - random_.below(3000),
                             kSpm + kSpmBytes - random_.below(3000),
                             address_map::kEngineBase + 4 * random_.below(64)};
  value = values[random_.below(std::size(values))];
  std::memcpy(&d.bytes[at], &value, bytes);
  return accept(engine, d, before);
}

/// Examines a descriptor that was changed; `before`: its header as it was. False: the outcome would
/// depend on time, or take too long.
bool Planner::accept(size_t engine, Descriptor& d, const hw::DescriptorHeader& before) {
  examine(config_, kinds_[engine], d);
  if (d.illegal) return true;
  const hw::DescriptorHeader h = header_of(d.bytes.data());
  const auto kept = [&](uint8_t flag, uint64_t addr, uint64_t old, bool same_value) {
    const bool had = before.flags & flag, has = h.flags & flag;
    if (flag == hw::DESC_FLAG_WAIT && had && !has) return false;
    return !has || !in_memory(addr, 1) || (had && addr == old && same_value);
  };
  if (!kept(hw::DESC_FLAG_WAIT, h.wait_addr, before.wait_addr,
            h.wait_value == before.wait_value && h.wait_timeout == before.wait_timeout) ||
      !kept(hw::DESC_FLAG_SIGNAL, h.signal_addr, before.signal_addr,
            h.signal_value == before.signal_value) ||
      !kept(hw::DESC_FLAG_COMPLETE, h.completion_addr, before.completion_addr, true))
    return false;
  for (const Span& span : d.spans) {
    uint64_t moved = 0;
    mapped(span, &moved);
    if (moved > kMostBytes || (span.stride == 0 && span.rows > kMostRows)) return false;
    for (const Span& other : d.spans)
      if (&span != &other && span.write && overlap(span, other) &&
          !(kinds_[engine] != 2 && !other.write && same_place(span, other)))
        return false;
  }
  return true;
}

/// Moves an operand or a result to where a memory ends, so that it is cut somewhere, or away.
void Planner::cut(size_t engine, Descriptor& d) {
  static const std::vector<size_t> fields[] = {
      {0x40, 0x48, 0x50, 0x58, 0x60, 0x68}, {0x40, 0x48, 0x50, 0x58}, {0x40, 0x48}};
  const std::vector<size_t>& of_kind = fields[kinds_[engine]];
  for (unsigned count = random_.chance(25) ? 2 : 1; count > 0;) {
    const size_t field = of_kind[random_.below(of_kind.size())];
    uint64_t addr = 0;
    std::memcpy(&addr, &d.bytes[field], 8);
    if (addr == 0 && !random_.chance(5)) continue;  // not used
    const uint64_t end = random_.chance(70) ? kDram + kDramBytes : kSpm + kSpmBytes;
    addr = random_.chance(25) ? kUnmapped + 4 * random_.below(2000)
                              : end - 4 * random_.below(random_.chance(50) ? 40 : 1500);
    std::memcpy(&d.bytes[field], &addr, 8);
    --count;
  }
}

/// A descriptor that fails, or waits in vain.
void Planner::add_failure(size_t engine) {
  if (room(engine) == 0) return;
  const uint64_t kind = random_.below(15);
  for (unsigned attempt = 0; attempt < 40; ++attempt) {
    Descriptor d = operation(config_, kinds_[engine], random_);
    add_flags(engine, d);
    hw::DescriptorHeader h = header_of(d.bytes.data());
    const uint64_t nowhere[] = {kUnmapped + 8 * random_.below(1000),
                                kDram + kDramBytes + 8 * random_.below(100),
                                address_map::kEngineBase + 8 * random_.below(20)};
    if (kind < 2) {  // a time-out, or a wait that the CPU ends
      h.flags |= hw::DESC_FLAG_WAIT;
      h.wait_addr = cpu_word(engine, 15);
      h.wait_value = 1 + static_cast<uint32_t>(random_.below(0x7fff'ffff));
      h.wait_timeout = kind == 0 ? static_cast<uint32_t>(random_.range(1, kSoon)) : kNever;
      set_header(d, h);
    } else if (kind == 2) {
      h.flags |= hw::DESC_FLAG_WAIT;
      h.wait_addr = nowhere[random_.below(3)];
      h.wait_timeout = random_.chance(50) ? 1 : kSoon;
      set_header(d, h);
    } else if (kind == 3) {
      h.flags |= hw::DESC_FLAG_SIGNAL;
      h.signal_addr = nowhere[random_.below(3)];
      set_header(d, h);
    } else if (kind == 4) {
      h.flags |= hw::DESC_FLAG_COMPLETE;
      h.completion_addr = nowhere[random_.below(3)];
      set_header(d, h);
    }
    const Clock known = known_[engine];
    const auto change = [&] {
      if (kind > 9) cut(engine, d);
      return kind < 5 ||
             (kind > 9 ? accept(engine, d, header_of(d.bytes.data())) : mutate(engine, d));
    };
    if (!order(engine, d) || !change() || !order(engine, d)) {
      known_[engine] = known;
      continue;
    }
    d.special = true;
    append(engine, d);
    return;
  }
}

/// Two engines wait for each other, with time or without.
void Planner::add_circle() {
  const size_t a = random_.below(kinds_.size()), b = random_.below(kinds_.size());
  if (a == b || room(a) == 0 || room(b) == 0) return;
  const bool timed = random_.chance(50);
  for (const auto& [self, other] : {std::pair{a, b}, {b, a}}) {
    Descriptor d = wrap(hw::DescriptorHeader{});
    hw::DescriptorHeader h = header_of(d.bytes.data());
    const size_t index = round_.engines[self].descriptors.size();
    // the second finds the first's descriptor appended already
    const size_t there = round_.engines[other].descriptors.size() - (self == b ? 1 : 0);
    h.flags = hw::DESC_FLAG_WAIT | hw::DESC_FLAG_SIGNAL;
    h.wait_addr = sequence_word(other);
    h.wait_value = sequence(other, there);
    h.wait_timeout = timed ? static_cast<uint32_t>(random_.range(1, kSoon)) : kNever;
    h.signal_addr = sequence_word(self);
    h.signal_value = sequence(self, index);
    set_header(d, h);
    d.special = true;
    append(self, d);
  }
}

// ------------------------------------------------------------------ what the CPU does

void Planner::intervene(size_t engine, std::vector<Action>& actions) {
  const auto e = static_cast<unsigned>(engine);
  const auto write = [&](uint32_t reg, uint32_t value) {
    actions.push_back({Action::Write, e, reg, value, 0});
  };
  const auto sleep = [&](uint64_t most) {
    actions.push_back({Action::Sleep, 0, 0, static_cast<uint32_t>(random_.below(most)), 0});
  };
  constexpr uint32_t enable = hw::ENGINE_CTRL_ENABLE_MASK;
  sleep(random_.chance(50) ? 300 : 3000);
  const auto& descriptors = round_.engines[engine].descriptors;
  const bool rerunnable = std::all_of(descriptors.begin(), descriptors.end(),
                                      [](const Descriptor& d) { return d.rerunnable; });
  switch (random_.below(rerunnable ? 6 : 5)) {
    case 0:  // abort, and leave it
      write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ABORT_MASK | (random_.chance(50) ? enable : 0));
      actions.push_back({Action::CtrlDone, e, 0, 0, 0});
      break;
    case 5:  // abort, and go on with it
      write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ABORT_MASK);
      actions.push_back({Action::CtrlDone, e, 0, 0, 0});
      sleep(200);
      write(hw::ENGINE_CTRL_OFFSET, enable);
      break;
    case 2:
      write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
      actions.push_back({Action::CtrlDone, e, 0, 0, 0});
      break;
    case 3:  // stops before the next descriptor, goes on
      write(hw::ENGINE_CTRL_OFFSET, 0);
      sleep(1000);
      write(hw::ENGINE_CTRL_OFFSET, enable);
      break;
    case 4:  // a doorbell that cannot be
      write(hw::ENGINE_TAIL_OFFSET,
            round_.engines[engine].ring_units + static_cast<uint32_t>(random_.below(100)));
      break;
    case 1:  // both at once, or a reset upon the other
      write(hw::ENGINE_CTRL_OFFSET, static_cast<uint32_t>(random_.range(2, 7)));
      if (random_.chance(50)) sleep(30);
      if (random_.chance(50)) write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
      actions.push_back({Action::CtrlDone, e, 0, 0, 0});
  }
}

void Planner::make_actions() {
  std::vector<std::vector<Action>> lists(kinds_.size());
  for (size_t e = 0; e < kinds_.size(); ++e) {
    const size_t count = round_.engines[e].descriptors.size();
    const auto engine = static_cast<unsigned>(e);
    std::vector<Action>& list = lists[e];
    if (random_.chance(30))
      list.push_back({Action::Write, engine, hw::ENGINE_IRQ_STATUS_OFFSET, 7, 0});
    if (random_.chance(15))  // refused while the ring runs
      list.push_back(
          {Action::Write, engine,
           random_.chance(50) ? hw::ENGINE_RING_BASE_LO_OFFSET : hw::ENGINE_RING_SIZE_OFFSET,
           static_cast<uint32_t>(random_.next()), 0});
    for (size_t rung = 0; rung < count;) {
      rung = random_.chance(40) ? count : rung + 1 + random_.below(count - rung);
      ++round_.doorbells[e];
      list.push_back({Action::Doorbell, engine, 0, static_cast<uint32_t>(rung - 1), 0});
      if (random_.chance(10))  // anything that is read only, or not there
        list.push_back({Action::Write, engine,
                        static_cast<uint32_t>(random_.chance(50) ? hw::ENGINE_HEAD_OFFSET
                                                                 : 0xc0 + 4 * random_.below(800)),
                        static_cast<uint32_t>(random_.next()), 0});
      if (random_.chance(20)) {
        const uint32_t counter =
            hw::ENGINE_BUSY_CYCLES_OFFSET + 4 * static_cast<uint32_t>(random_.below(16));
        list.push_back({Action::Read, engine, counter, 0, 0});
      }
      if (random_.chance(15))
        list.push_back({Action::Read, engine, 4 * static_cast<uint32_t>(random_.below(2)), 1, 0});
    }
    if (round_.intervened[e]) {
      std::vector<Action> more;
      intervene(e, more);
      list.insert(list.end(), more.begin(), more.end());
    }
  }
  for (const CpuWait& wait : cpu_waits_) {
    lists.push_back({{Action::Word, 0, 0, wait.value, wait.word}});
    round_.cpu_words.push_back(wait.word);
  }
  // the lists one into the other, each in its own order
  std::vector<size_t> at(lists.size(), 0);
  for (;;) {
    std::vector<size_t> left;
    for (size_t i = 0; i < lists.size(); ++i)
      if (at[i] < lists[i].size()) left.push_back(i);
    if (left.empty()) break;
    const size_t i = left[random_.below(left.size())];
    round_.actions.push_back(lists[i][at[i]++]);
    if (random_.chance(30))
      round_.actions.push_back({Action::Sleep, 0, 0, static_cast<uint32_t>(random_.below(400)), 0});
  }
  round_.actions.push_back({Action::Settle, 0, 0, 0, 0});
}

Round Planner::plan(uint64_t number, const std::vector<EngineState>& states) {
  const size_t engines = kinds_.size();
  random_ = Random(seed_ * 1'000'003 + number);
  round_ = Round{};
  round_.number = number;
  round_.engines.resize(engines);
  round_.word_base.resize(engines);
  round_.intervened.resize(engines);
  round_.doorbells.resize(engines);
  touches_.clear();
  cpu_waits_.clear();
  known_.assign(engines, Clock(engines, -1));
  clocks_.assign(engines, {});
  round_.single = random_.chance(30);
  const size_t only = random_.below(engines);
  for (size_t e = 0; e < engines; ++e) set_up_engine(e, states[e]);
  const uint64_t count = random_.range(1, 2 + 3 * engines);
  const uint64_t fails_at = random_.chance(45) ? random_.below(count) : count;
  for (uint64_t i = 0; i < count; ++i) {
    const size_t e = round_.single ? only : random_.below(engines);
    if (i == fails_at && !round_.single && random_.chance(15))
      add_circle();
    else if (i == fails_at)
      add_failure(e);
    else
      add_descriptor(e);
  }
  if (random_.chance(20)) {
    const size_t e = round_.single ? only : random_.below(engines);
    round_.intervened[e] = true;
  }
  for (size_t e = 0; e < engines; ++e)
    round_.rescues.push_back(static_cast<Rescue>(random_.below(3)));
  make_actions();
  return round_;
}

}  // namespace systole::test::campaign
