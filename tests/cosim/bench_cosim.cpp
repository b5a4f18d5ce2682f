// Speed of the co-simulation in one run, as ratios where it matters. A program, not a test:
//   systole_bench_cosim [dma VARIANT.so] [gemm VARIANT.so]
// Prints interconnect accesses per second, data beats per second through the AXI wrapper, and the
// simulated kHz of a block streaming through bus and memory beside the same block in a bare loop.
#include <time.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "tests/cosim/ideal_memory.h"
#include "tests/cosim/support.h"
#include "tlm/bus/interconnect.h"
#include "tlm/gen/dma_regs.h"
#include "tlm/gen/gemm_regs.h"
#include "tlm/memory/memory.h"
#include "tlm/verilated/rtl_engine.h"

using namespace systole;
using test::Initiator;

namespace {

constexpr uint64_t kDram = 0x8000'0000, kSpm = 0x4000'0000, kRegs = 0x1100'0000;
constexpr uint64_t kDramBytes = 64u << 20, kData = 1u << 20;
constexpr unsigned kPushed = 6;  // descriptors of a run

/// Processor time of this program, so that other load on the machine matters little.
double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// One descriptor, repeated kPushed times in the ring.
template <class Descriptor>
void fill_ring(uint8_t* dram, const Descriptor& descriptor) {
  static_assert(sizeof(Descriptor) == hw::DESC_BYTES);
  for (unsigned i = 0; i < kPushed; ++i)
    std::memcpy(dram + i * hw::DESC_BYTES, &descriptor, sizeof descriptor);
}

void fill_dma(uint8_t* dram) {
  hw::DmaDescriptor d;
  d.opcode = hw::DMA_OP_COPY;
  d.rows = 1;
  d.row_bytes = 1u << 20;
  d.src = kDram + kData;
  d.dst = kDram + kData + (8u << 20);
  fill_ring(dram, d);
}

void fill_gemm(uint8_t* dram) {
  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.m = 256;
  d.n = 256;
  d.k = 512;
  d.b_layout = hw::GEMM_B_LAYOUT_ROWS;
  d.out_type = hw::GEMM_OUT_TYPE_INT32;
  d.a_addr = kDram + kData;
  d.b_addr = kDram + kData + (1u << 20);
  d.c_addr = kDram + kData + (2u << 20);
  d.lda = 512;
  d.ldb = 256;
  d.ldc = 1024;
  d.tile = 128u << hw::GEMM_TILE_M_LSB | 4u << hw::GEMM_TILE_N_LSB | 8u << hw::GEMM_TILE_K_LSB;
  fill_ring(dram, d);
}

/// Register writes that start the ring; the same on the bare loop and on the bus.
template <class Write>
void start_ring(Write write) {
  write(hw::ENGINE_RING_BASE_LO_OFFSET, static_cast<uint32_t>(kDram));
  write(hw::ENGINE_RING_BASE_HI_OFFSET, static_cast<uint32_t>(kDram >> 32));
  write(hw::ENGINE_RING_SIZE_OFFSET, 16);
  write(hw::ENGINE_CTRL_OFFSET, hw::ENGINE_CTRL_ENABLE_MASK);
  write(hw::ENGINE_TAIL_OFFSET, kPushed * hw::DESC_UNITS);
}

struct Speed {
  double khz = 0, beats_per_second = 0;
  uint64_t ticks = 0;
};

struct Subject {
  std::string block;
  std::shared_ptr<RtlLibrary> library;
  void fill(uint8_t* dram) const { block == "gemm" ? fill_gemm(dram) : fill_dma(dram); }
};

Speed run_bare(const Subject& subject) {
  RtlModel model(subject.library);
  model.reset();
  test::IdealMemory memory(model, kDram, kDramBytes);
  subject.fill(memory.data());
  start_ring([&](uint32_t at, uint32_t value) { memory.write(at, value); });
  const uint64_t first = model.ticks(), first_beats = memory.beats();
  const double start = seconds();
  while (model.pins().out_busy) memory.tick();
  const double wall = seconds() - start;
  const uint64_t ticks = model.ticks() - first;
  return {static_cast<double>(ticks) / wall / 1e3,
          static_cast<double>(memory.beats() - first_beats) / wall, ticks};
}

struct System {
  explicit System(const PortShape& port)
      : dram("dram", HostMemory::zeroed(kDramBytes), std::make_unique<DramTiming>(port, 60, 32)),
        spm("spm", HostMemory::zeroed(512 << 10), std::make_unique<SpmTiming>(port, 4, 2)) {
    bus.connect_initiator("cpu", cpu.socket);
    bus.connect_target("dram", kDram, dram.size(), dram.socket);
    bus.connect_target("spm", kSpm, spm.size(), spm.socket);
  }
  void connect(RtlEngine& engine, unsigned index) {
    bus.connect_initiator("engine" + std::to_string(index), engine.manager);
    bus.connect_target("regs" + std::to_string(index), kRegs + index * 0x1'0000, 0x1000,
                       engine.target);
  }
  Interconnect bus{"bus", InterconnectConfig{}};
  Initiator cpu{"cpu"};
  Memory dram, spm;
};

Speed run_wrapped(const Subject& subject, System& system, RtlEngine& engine, unsigned index) {
  subject.fill(system.dram.data());
  Initiator& cpu = system.cpu;
  start_ring([&](uint32_t at, uint32_t value) {
    if (!cpu.put(kRegs + index * 0x1'0000 + at, value)) std::printf("register write refused\n");
  });
  const RtlReport before = engine.report();
  const double start = seconds();
  for (uint64_t last = ~uint64_t{0}; engine.report().ticks != last;) {
    last = engine.report().ticks;
    cpu.sleep_cycles(2000);  // longer than any pause of a busy block
  }
  const double wall = seconds() - start;
  const RtlReport after = engine.report();
  const double bytes = static_cast<double>(after.bytes_read - before.bytes_read +
                                           after.bytes_written - before.bytes_written);
  return {static_cast<double>(after.ticks - before.ticks) / wall / 1e3,
          bytes / subject.library->api().data_bytes / wall, after.ticks - before.ticks};
}

void bench_interconnect(Initiator& cpu) {
  constexpr unsigned kAccesses = 4'000'000, kQuantum = 1000;
  std::minstd_rand random(1);
  uint32_t word = 0;
  tlm::tlm_generic_payload p;
  p.set_data_ptr(reinterpret_cast<unsigned char*>(&word));
  p.set_data_length(4);
  p.set_streaming_width(4);
  sc_core::sc_time delay;
  const double start = seconds();
  for (unsigned i = 0; i < kAccesses; ++i) {
    const uint32_t r = static_cast<uint32_t>(random());
    p.set_command(r & 4 ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    p.set_address((r & 8 ? kDram : kSpm) + ((r >> 4) & 0x1fffc));
    p.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    cpu.socket->b_transport(p, delay);
    if (delay.value() > kQuantum * 1000) {
      sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
    }
  }
  const double wall = seconds() - start;
  std::printf("interconnect, 4-byte accesses to DRAM and SPM, no DMI: %.1f million/s\n",
              kAccesses / wall / 1e6);
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_DO_NOTHING);
  std::vector<Subject> subjects;
  for (int i = 1; i + 1 < argc; i += 2)
    subjects.push_back({argv[i], std::make_shared<RtlLibrary>(argv[i + 1])});
#ifdef VARIANT_DMA_W128
  if (argc == 1) subjects.push_back({"dma", std::make_shared<RtlLibrary>(VARIANT_DMA_W128)});
#endif
#ifdef VARIANT_GEMM_16X16_W128
  if (argc == 1)
    subjects.push_back({"gemm", std::make_shared<RtlLibrary>(VARIANT_GEMM_16X16_W128)});
#endif

  System system(PortShape{Clock(1000), 128});
  std::vector<std::unique_ptr<RtlEngine>> engines;
  for (const Subject& subject : subjects) {
    engines.push_back(std::make_unique<RtlEngine>((subject.block + "_engine").c_str(),
                                                  subject.library, RtlEngineConfig{}));
    system.connect(*engines.back(), static_cast<unsigned>(engines.size() - 1));
  }
  system.cpu.body = [&](Initiator& cpu) {
    bench_interconnect(cpu);
    for (unsigned i = 0; i < subjects.size(); ++i) {
      const Subject& subject = subjects[i];
      const Speed bare = run_bare(subject);
      const Speed wrapped = run_wrapped(subject, system, *engines[i], i);
      std::printf("%s %s\n", subject.block.c_str(), subject.library->api().parameters);
      std::printf("  bare loop, ideal memory: %10.0f kHz  %6.1f million beats/s  %llu cycles\n",
                  bare.khz, bare.beats_per_second / 1e6,
                  static_cast<unsigned long long>(bare.ticks));
      std::printf("  wrapped, bus and DRAM:   %10.0f kHz  %6.1f million beats/s  %llu cycles\n",
                  wrapped.khz, wrapped.beats_per_second / 1e6,
                  static_cast<unsigned long long>(wrapped.ticks));
      std::printf("  wrapped / bare: %.2f of the simulated kHz\n", wrapped.khz / bare.khz);
    }
    sc_core::sc_stop();
  };
  sc_core::sc_start();
  return 0;
}
