// Bad input, one piece at a time: RTL and twin stop with the code and the address that the register
// map names, having written nothing but the failing descriptor's own results, and work again after
// a soft reset. Every error code of every engine, in every SoC of the campaign.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <set>

#include "tests/cosim/campaign/configs.h"
#include "tests/cosim/campaign/plan.h"
#include "tests/rtl/support/illegal_descriptors.h"
#include "tests/support/vpu_descriptors.h"
#include "tlm/gen/error_codes.h"

using namespace systole;
using namespace systole::test::campaign;

namespace {

constexpr uint64_t kEnd = kDram + kDramBytes;   ///< nothing lies behind it
constexpr uint64_t kUnmapped = 0x30'0000'0000;  ///< answered with DECERR
constexpr uint32_t kUnits = 16;                 ///< of a ring
constexpr uint32_t kDecerr = 3, kSlverr = 2;    ///< ERROR_CODE.RESP
constexpr uint64_t kLimitCycles = 200'000;      ///< until an engine is idle
constexpr uint32_t kRefusedRegister = 0xc0;     ///< nothing is there: SLVERR
constexpr uint64_t kX = kDram + 0x1000, kY = kDram + 0x2000, kS = kDram + 0x3000,
                   kT = kDram + 0x3400, kU = kDram + 0x3800, kD = kDram + 0x8000,
                   kLater = kDram + 0xc000;  ///< result of what must not run

using Bytes = std::array<uint8_t, hw::DESC_BYTES>;
template <class T>
Bytes bytes_of(const T& t) {
  Bytes bytes;
  static_assert(sizeof t == sizeof bytes);
  std::memcpy(bytes.data(), &t, sizeof t);
  return bytes;
}

// ------------------------------------------------------------------ legal descriptors

hw::GemmDescriptor gemm(const SocConfig& config) {
  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.m = 3;
  d.n = 20;
  d.k = 24;
  d.out_type = hw::GEMM_OUT_TYPE_FLOAT32;
  d.gemm_flags = hw::GEMM_FLAGS_BIAS_MASK;
  d.a_addr = kX;
  d.b_addr = kY;
  d.c_addr = kD;
  d.row_scale_addr = kS;
  d.col_scale_addr = kT;
  d.bias_addr = kU;
  d.lda = d.k;
  d.ldb = d.n;
  d.ldc = 4 * d.n;
  const auto tiles = [](uint32_t size, uint32_t tile) { return (size + tile - 1) / tile; };
  d.tile = gemm_tile_word({3, tiles(d.n, config.gemm.cols), tiles(d.k, config.gemm.rows)});
  return d;
}

hw::VpuDescriptor vpu(uint32_t opcode) { return test::legal_vpu(opcode, kX, kY, kS, kD); }

hw::DmaDescriptor dma(uint32_t opcode) {
  hw::DmaDescriptor d;
  d.opcode = static_cast<uint8_t>(opcode);
  d.rows = 2;
  d.row_bytes = 64;
  d.src_stride = d.dst_stride = 64;
  d.dst = kD;
  if (opcode == hw::DMA_OP_COPY) d.src = kX;
  return d;
}

Bytes legal(const SocConfig& config, unsigned kind) {
  return kind == 0   ? bytes_of(gemm(config))
         : kind == 1 ? bytes_of(vpu(hw::VPU_OP_ADD))
                     : bytes_of(dma(hw::DMA_OP_COPY));
}

void change_header(Bytes& bytes, const std::function<void(hw::DescriptorHeader&)>& change) {
  hw::DescriptorHeader h;
  std::memcpy(static_cast<void*>(&h), bytes.data(), sizeof h);
  change(h);
  std::memcpy(bytes.data(), &h, sizeof h);
}

void set_address(Bytes& bytes, size_t field, uint64_t addr) {
  std::memcpy(&bytes[field], &addr, sizeof addr);
}

// ------------------------------------------------------------------ the cases

/// In the ring: a NOP that signals, the bad descriptor, one that must not run.
struct Case {
  std::string what;
  size_t engine = 0;
  unsigned kind = 0;
  Bytes bad{};
  uint32_t code = 0, resp = 0;
  uint64_t addr = 0;
  uint32_t head = hw::DESC_UNITS;
  bool begins = false;  ///< its results and words may be written
  uint64_t ring_base = 0;
  uint32_t ring_units = kUnits, tail = 3 * hw::DESC_UNITS;
};

class Cases {
 public:
  Cases(const SocConfig& config, Soc& soc) : config_(config) {
    for (engine_ = 0; engine_ < soc.engines().size(); ++engine_) {
      if (engine_ && soc.engines()[engine_].kind == soc.engines()[engine_ - 1].kind) continue;
      kind_ = soc.engines()[engine_].kind_index;
      registers_ = soc.engines()[(engine_ + 1) % soc.engines().size()].base;
      rings();
      headers();
      words();
      operands();
      buses();
    }
  }
  std::vector<Case> list;

 private:
  Case& add(const std::string& what, uint32_t code) {
    Case c;
    c.what = std::string(kKinds[kind_]) + ": " + what;
    c.engine = engine_;
    c.kind = kind_;
    c.bad = legal(config_, kind_);
    change_header(c.bad, [&](hw::DescriptorHeader& h) {
      h.flags = hw::DESC_FLAG_SIGNAL | hw::DESC_FLAG_COMPLETE | hw::DESC_FLAG_IRQ;
      h.signal_addr = Planner::signal_word(engine_, 1);
      h.signal_value = 7;
      h.completion_addr = Planner::completion_word(engine_, 1);
      h.wait_addr = Planner::cpu_word(engine_, 1);
      h.wait_timeout = 100;
    });
    c.code = code;
    c.ring_base = kRings + engine_ * kRingBytes + 128;
    c.addr = c.ring_base + hw::DESC_BYTES;
    list.push_back(c);
    return list.back();
  }

  void ring(const std::string& what, uint32_t code, uint32_t resp, uint64_t base, uint32_t units,
            uint32_t tail, uint64_t addr, uint32_t head) {
    Case& c = add(what, code);
    c.ring_base = base;
    c.ring_units = units;
    c.tail = tail;
    c.resp = resp;
    c.addr = addr;
    c.head = head;
  }

  void rings() {
    const uint64_t base = kRings + engine_ * kRingBytes;
    constexpr uint32_t illegal = hw::ENGINE_ERR_ILLEGAL_RING, fetch = hw::ENGINE_ERR_FETCH_BUS;
    ring("ring misaligned", illegal, 0, base + 32, kUnits, 6, base + 32, 0);
    ring("ring beyond 40 bits", illegal, 0, base | uint64_t{1} << 40, kUnits, 6, base, 0);
    for (const uint32_t units : {0u, 2u, 24u, 131072u})
      ring("ring of " + std::to_string(units) + " units", illegal, 0, base, units, 6, base, 0);
    for (const uint32_t tail : {kUnits, ~0u, 0x10002u})
      ring("TAIL " + std::to_string(tail), illegal, 0, base, kUnits, tail, base, 0);
    ring("ring unmapped", fetch, kDecerr, kUnmapped, kUnits, 6, kUnmapped, 0);
    ring("ring in registers", fetch, kSlverr, registers_, kUnits, 6, registers_, 0);
    ring("memory ends in a descriptor", fetch, kDecerr, kEnd - 192, kUnits, 6, kEnd, 2);
    ring("memory ends behind a descriptor", fetch, kDecerr, kEnd - 128, kUnits, 6, kEnd, 2);
    ring("memory ends in the first descriptor", fetch, kDecerr, kEnd - 64, kUnits, 6, kEnd, 0);
  }

  void header(const std::string& what, const std::function<void(hw::DescriptorHeader&)>& change) {
    change_header(add(what, hw::ENGINE_ERR_ILLEGAL_DESC).bad, change);
  }

  void headers() {
    using H = hw::DescriptorHeader;
    constexpr uint64_t far = uint64_t{1} << 40;
    header("version 0", [](H& h) { h.version = 0; });
    header("version 2", [](H& h) { h.version = 2; });
    header("units 1", [](H& h) { h.units = 1; });
    header("units 4", [](H& h) { h.units = 4; });
    header("reserved0", [](H& h) { h.reserved0 = 0x8000'0000; });
    header("NOP with operands", [](H& h) { h.opcode = hw::ENGINE_OP_NOP; });
    for (const unsigned bit : {4u, 5u, 6u, 7u})
      header("flag " + std::to_string(bit),
             [bit](H& h) { h.flags = static_cast<uint8_t>(h.flags | 1u << bit); });
    const auto waits = [](H& h) -> H& {
      h.flags |= hw::DESC_FLAG_WAIT;
      return h;
    };
    header("wait misaligned", [=](H& h) { waits(h).wait_addr += 2; });
    header("wait beyond 40 bits", [=](H& h) { waits(h).wait_addr |= far; });
    header("wait of no time", [=](H& h) { waits(h).wait_timeout = 0; });
    header("signal misaligned", [](H& h) { h.signal_addr += 1; });
    header("signal beyond 40 bits", [](H& h) { h.signal_addr |= far << 23; });
    header("completion misaligned", [](H& h) { h.completion_addr += 4; });
    header("completion beyond 40 bits", [](H& h) { h.completion_addr |= far << 5; });
  }

  void wait(const std::string& what, uint32_t code, uint32_t resp, uint64_t addr, uint32_t timeout,
            bool nop) {
    Case& c = add(what + (nop ? " of a NOP" : ""), code);
    if (nop) {
      std::fill(c.bad.begin() + sizeof(hw::DescriptorHeader), c.bad.end(), uint8_t{0});
      change_header(c.bad, [](hw::DescriptorHeader& h) { h.opcode = hw::ENGINE_OP_NOP; });
    }
    change_header(c.bad, [&](hw::DescriptorHeader& h) {
      h.flags |= hw::DESC_FLAG_WAIT;
      h.wait_addr = addr;
      h.wait_value = 1;
      h.wait_timeout = timeout;
    });
    c.resp = resp;
    c.addr = addr;
  }

  void words() {
    const uint64_t refused = registers_ + kRefusedRegister;
    constexpr uint32_t sync = hw::ENGINE_ERR_SYNC_BUS, late = hw::ENGINE_ERR_WAIT_TIMEOUT;
    for (const bool nop : {false, true}) {
      wait("time-out", late, 0, Planner::cpu_word(engine_, 1), 500, nop);
      wait("time-out of 1", late, 0, Planner::cpu_word(engine_, 2), 1, nop);
      wait("wait unmapped", sync, kDecerr, kUnmapped + 4, 500, nop);
      wait("wait refused", sync, kSlverr, refused + 4, 1, nop);
    }
    for (const auto& [where, resp] : {std::pair{kUnmapped + 8, kDecerr}, {refused, kSlverr}}) {
      const std::string how = resp == kDecerr ? " unmapped" : " refused";
      for (const bool signal : {true, false}) {
        Case& c = add((signal ? "signal" : "completion") + how, sync);
        change_header(c.bad, [&, where = where](hw::DescriptorHeader& h) {
          (signal ? h.signal_addr : h.completion_addr) = where;
        });
        c.resp = resp;
        c.addr = where;
        c.begins = true;
      }
    }
  }

  template <class Descriptor, class Illegal>
  void spoil(Descriptor d, const Illegal& illegal) {
    illegal.spoil(d);
    add(illegal.what, illegal.code).bad = bytes_of(d);
  }

  void operands() {
    if (kind_ == 0)
      for (const auto& illegal : rtl_test::illegal_gemm_descriptors())
        spoil(gemm(config_), illegal);
    if (kind_ == 1)
      for (const auto& illegal : rtl_test::illegal_vpu_descriptors())
        spoil(vpu(illegal.opcode), illegal);
    if (kind_ == 2)
      for (const auto& illegal : rtl_test::illegal_dma_descriptors())
        spoil(dma(hw::DMA_OP_COPY), illegal);
  }

  /// An operand or result nowhere, in registers, and cut by the end of memory `inside` bytes in.
  template <class Descriptor>
  void bus(const std::string& what, uint32_t code, Descriptor d, size_t field, uint64_t inside) {
    const auto at = [&](const std::string& how, uint32_t resp, uint64_t addr, uint64_t failing) {
      Case& c = add(what + how, code);
      c.bad = bytes_of(d);
      set_address(c.bad, field, addr);
      c.resp = resp;
      c.addr = failing;
      c.begins = true;
    };
    at(" unmapped", kDecerr, kUnmapped, kUnmapped);
    at(" in registers", kSlverr, registers_, registers_);
    at(" cut", kDecerr, kEnd - inside, kEnd);
    constexpr uint64_t last = (uint64_t{1} << 40) - 64;
    at(" around 2^40", kDecerr, last, last);
  }

  void buses() {
    constexpr uint32_t read = hw::ENGINE_ERR_READ_BUS, write = hw::ENGINE_ERR_WRITE_BUS;
    if (kind_ == 0) {
      using D = hw::GemmDescriptor;
      bus("A", read, gemm(config_), offsetof(D, a_addr), 30);
      bus("B", read, gemm(config_), offsetof(D, b_addr), 30);
      bus("row scales", read, gemm(config_), offsetof(D, row_scale_addr), 8);
      bus("column scales", read, gemm(config_), offsetof(D, col_scale_addr), 40);
      bus("bias", read, gemm(config_), offsetof(D, bias_addr), 40);
      bus("C", write, gemm(config_), offsetof(D, c_addr), 100);
      D d = gemm(config_);
      d.out_type = hw::GEMM_OUT_TYPE_INT32;
      d.gemm_flags = hw::GEMM_FLAGS_ACCUMULATE_MASK;
      d.row_scale_addr = d.col_scale_addr = d.bias_addr = 0;
      bus("C to start from", read, d, offsetof(D, c_addr), 100);
      d.gemm_flags = 0;
      bus("C of INT32", write, d, offsetof(D, c_addr), 100);
    } else if (kind_ == 1) {
      using D = hw::VpuDescriptor;
      bus("x", read, vpu(hw::VPU_OP_ADD), offsetof(D, x_addr), 100);
      bus("y", read, vpu(hw::VPU_OP_ADD), offsetof(D, y_addr), 200);
      bus("d", write, vpu(hw::VPU_OP_ADD), offsetof(D, d_addr), 100);
      bus("scales read", read, vpu(hw::VPU_OP_DEQUANTIZE), offsetof(D, s_addr), 4);
      bus("scales written", write, vpu(hw::VPU_OP_QUANTIZE), offsetof(D, s_addr), 4);
    } else {
      using D = hw::DmaDescriptor;
      bus("source", read, dma(hw::DMA_OP_COPY), offsetof(D, src), 100);
      bus("destination", write, dma(hw::DMA_OP_COPY), offsetof(D, dst), 100);
      bus("destination of a fill", write, dma(hw::DMA_OP_FILL), offsetof(D, dst), 100);
    }
  }

  const SocConfig& config_;
  size_t engine_ = 0;
  unsigned kind_ = 0;
  uint64_t registers_ = 0;  ///< of another engine
};

// ------------------------------------------------------------------ one side

using Change = std::pair<uint64_t, uint8_t>;  ///< a byte of memory that is not what it was

struct Outcome {
  bool idle = false, irq = false, recovered = false;
  uint32_t code = 0, irq_status = 0, status = 0, head = 0;
  uint64_t addr = 0, completed = 0;
  std::vector<Change> changes;  ///< outside of what may differ
  uint32_t code_after = 0;
  std::vector<uint64_t> registers;  ///< everything but counters of time; again at the end
  std::vector<Change> good;         ///< by the good descriptor
};

class Runner {
 public:
  Runner(const SocConfig& config, bool rtl)
      : config_(config), soc_(config, rtl, [this](Soc&) {
          for (const Case& c : cases_) outcomes.push_back(run(c));
        }) {
    cases_ = Cases(config, soc_).list;
    rtl_test::Random random(3);
    pristine_.resize(kDramBytes);
    for (size_t i = 0; i < pristine_.size(); i += 4) {
      const float f = static_cast<float>(random.below(1 << 20)) / (1 << 20);
      std::memcpy(&pristine_[i], &f, 4);
    }
  }
  const std::vector<Case>& cases() const { return cases_; }
  std::vector<Outcome> outcomes;

 private:
  bool wait_idle(size_t engine) {
    for (uint64_t cycles = 0; cycles < kLimitCycles; cycles += 20, soc_.cpu().sleep_cycles(20))
      if (!(soc_.get(engine, hw::ENGINE_STATUS_OFFSET) & hw::ENGINE_STATUS_BUSY_MASK)) return true;
    return false;
  }

  /// Sets the ring up, with nothing but these descriptors in memory, and runs it.
  bool start(const Case& c, uint64_t base, uint32_t units, uint32_t tail,
             const std::vector<Bytes>& descriptors) {
    std::memcpy(soc_.dram().data(), pristine_.data(), kDramBytes);
    std::memset(soc_.spm().data(), 0, kSpmBytes);
    for (size_t i = 0; i < descriptors.size(); ++i)
      for (size_t unit = 0; unit < hw::DESC_UNITS; ++unit)
        if (uint8_t* to = soc_.host(base + (i * hw::DESC_UNITS + unit) * 64))
          std::memcpy(to, descriptors[i].data() + unit * 64, 64);
    dram_.assign(soc_.dram().data(), soc_.dram().data() + kDramBytes);
    spm_.assign(soc_.spm().data(), soc_.spm().data() + kSpmBytes);
    soc_.put(c.engine, hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_SOFT_RESET_MASK);
    if (!wait_idle(c.engine)) return false;
    const auto put = [&](uint32_t reg, uint64_t value) {
      soc_.put(c.engine, reg, static_cast<uint32_t>(value));
    };
    put(hw::ENGINE_RING_BASE_LO_OFFSET, base);
    put(hw::ENGINE_RING_BASE_HI_OFFSET, base >> 32);
    put(hw::ENGINE_RING_SIZE_OFFSET, units);
    put(hw::ENGINE_IRQ_ENABLE_OFFSET, hw::ENGINE_IRQ_ENABLE_ERROR_MASK);
    put(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
    put(hw::ENGINE_TAIL_OFFSET, tail);
    return wait_idle(c.engine);
  }

  std::vector<Change> changes(const std::function<bool(uint64_t)>& free) {
    std::vector<Change> list;
    const auto look = [&](const uint8_t* now, const std::vector<uint8_t>& before, uint64_t base) {
      if (std::memcmp(now, before.data(), before.size()) == 0) return;
      for (size_t i = 0; i < before.size(); ++i)
        if (now[i] != before[i] && !free(base + i)) list.emplace_back(base + i, now[i]);
    };
    look(soc_.dram().data(), dram_, kDram);
    look(soc_.spm().data(), spm_, kSpm);
    return list;
  }

  /// Bytes that the failing descriptor may leave as it likes.
  std::function<bool(uint64_t)> results(const Case& c) {
    if (!c.begins) return [](uint64_t) { return false; };
    Descriptor d;
    d.bytes = c.bad;
    Planner::examine(config_, c.kind, d);
    hw::DescriptorHeader h;
    std::memcpy(static_cast<void*>(&h), c.bad.data(), sizeof h);
    const uint64_t completion = h.completion_addr, signal = h.signal_addr;
    // A word that was written while the other's answer was an error.
    const bool words = c.code == hw::ENGINE_ERR_SYNC_BUS;
    return [=, spans = d.spans](uint64_t addr) {
      if (words && (addr - completion < 8 || addr - signal < 4)) return true;
      for (const Span& span : spans)
        for (uint64_t row = 0; span.write && row < span.rows; ++row)
          if (addr - span.row(row) < span.row_bytes) return true;
      return false;
    };
  }

  void see(const Case& c, Outcome& out) {
    for (uint32_t reg = 0; reg < hw::ENGINE_BUSY_CYCLES_OFFSET; reg += 4)
      out.registers.push_back(soc_.get(c.engine, reg));
    for (const uint32_t reg : {hw::ENGINE_BYTES_READ_OFFSET, hw::ENGINE_BYTES_WRITTEN_OFFSET,
                               hw::ENGINE_DESCRIPTORS_OFFSET, hw::ENGINE_WORK_OFFSET})
      out.registers.push_back(soc_.get(c.engine, reg));
  }

  Outcome run(const Case& c) {
    Outcome out;
    const auto get = [&](uint32_t reg) { return static_cast<uint32_t>(soc_.get(c.engine, reg)); };
    const uint32_t before = get(hw::ENGINE_DESCRIPTORS_OFFSET);
    Bytes first{}, later = legal(config_, c.kind);
    change_header(first, [&](hw::DescriptorHeader& h) {
      h = {};
      h.flags = hw::DESC_FLAG_SIGNAL;
      h.signal_addr = Planner::signal_word(c.engine, 0);
      h.signal_value = 1;
    });
    set_address(later, c.kind == 2 ? offsetof(hw::DmaDescriptor, dst) : 0x50, kLater);
    out.idle = start(c, c.ring_base, c.ring_units, c.tail, {first, c.bad, later});
    out.code = get(hw::ENGINE_ERROR_CODE_OFFSET);
    out.addr = get(hw::ENGINE_ERROR_ADDR_LO_OFFSET) | uint64_t{get(hw::ENGINE_ERROR_ADDR_HI_OFFSET)}
                                                          << 32;
    out.irq_status = get(hw::ENGINE_IRQ_STATUS_OFFSET);
    out.status = get(hw::ENGINE_STATUS_OFFSET);
    out.head = get(hw::ENGINE_HEAD_OFFSET);
    out.completed = get(hw::ENGINE_DESCRIPTORS_OFFSET) - before;
    out.irq = soc_.engines()[c.engine].irq;
    see(c, out);
    out.changes = changes(results(c));

    Bytes good = legal(config_, c.kind);
    change_header(good, [&](hw::DescriptorHeader& h) {
      h.flags = hw::DESC_FLAG_COMPLETE;
      h.completion_addr = Planner::completion_word(c.engine, 2);
    });
    out.recovered = start(c, kRings + c.engine * kRingBytes, kUnits, hw::DESC_UNITS, {good}) &&
                    soc_.host(Planner::completion_word(c.engine, 2))[4] == 1;
    out.code_after = get(hw::ENGINE_ERROR_CODE_OFFSET);
    see(c, out);
    out.good = changes([](uint64_t) { return false; });
    return out;
  }

  SocConfig config_;
  std::vector<Case> cases_;
  std::vector<uint8_t> pristine_, dram_, spm_;
  Soc soc_;
};

void check(const Case& c, const Outcome& out) {
  CHECK(out.idle);
  CHECK(out.code == (c.code | c.resp << hw::ENGINE_ERROR_CODE_RESP_LSB));
  CHECK(out.addr == c.addr);
  CHECK(out.irq_status == hw::ENGINE_IRQ_STATUS_ERROR_MASK);
  CHECK(out.irq);
  CHECK(out.status == hw::ENGINE_STATUS_HALTED_MASK);
  CHECK(out.head == c.head);
  CHECK(out.completed == c.head / hw::DESC_UNITS);
  std::vector<Change> expected;  // the signal of the NOP that went before
  if (c.head) expected.emplace_back(Planner::signal_word(c.engine, 0), uint8_t{1});
  CHECK((out.changes == expected));
  CHECK(out.recovered);
  CHECK(out.code_after == hw::ENGINE_ERR_NONE);
}

}  // namespace

TEST_CASE("RTL and twin answer every error code's bad input alike", "[twin][errors]") {
  std::vector<std::unique_ptr<Runner>> runners;
  const std::vector<SocConfig> configs = soc_configs();
  for (const SocConfig& config : configs)
    for (const bool rtl : {true, false}) runners.push_back(std::make_unique<Runner>(config, rtl));
  sc_core::sc_start();
  for (size_t i = 0; i < configs.size(); ++i) {
    const Runner &rtl = *runners[2 * i], &twin = *runners[2 * i + 1];
    const std::vector<Case>& cases = rtl.cases();
    REQUIRE(rtl.outcomes.size() == cases.size());
    REQUIRE(twin.outcomes.size() == cases.size());
    std::set<std::pair<unsigned, uint32_t>> covered;
    for (size_t n = 0; n < cases.size(); ++n) {
      const Case& c = cases[n];
      const Outcome &r = rtl.outcomes[n], &t = twin.outcomes[n];
      INFO(configs[i].name << ", " << c.what);
      {
        INFO("RTL");
        check(c, r);
      }
      {
        INFO("twin");
        check(c, t);
      }
      CHECK(r.registers == t.registers);
      CHECK((r.changes == t.changes));
      CHECK((r.good == t.good));
      covered.emplace(c.kind, r.code & hw::ENGINE_ERROR_CODE_CODE_MASK);
      covered.emplace(c.kind, r.code_after & hw::ENGINE_ERROR_CODE_CODE_MASK);
    }
    for (unsigned kind = 0; kind < kKinds.size(); ++kind)
      for (const hw::ErrorCodeInfo& code : hw::ENGINE_ERROR_CODES) {
        INFO(configs[i].name << ", " << kKinds[kind] << ": no case leads to " << code.name);
        CHECK(covered.count({kind, code.value}) == 1);
      }
  }
}
