// Tiling and descriptors of the matrix product (rtl/regs/gemm.yaml, docs/blocks/gemm.md).
#include "sw_driver/kernels/gemm.h"

#include "sw_driver/gen/gemm_regs.h"
#include "sw_driver/kernels/check.h"

namespace systole::driver {
namespace {

constexpr uint32_t kMaxK = 131071;
constexpr uint64_t kReadLatency = 80;    // cycles from a request to its data, through bus and DRAM
constexpr uint64_t kReadsInFlight = 32;  // bursts the engine keeps under way
constexpr uint64_t kSlabCycles = 6;      // cycles to announce a slab and start its requests

uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }
uint64_t round_up(uint64_t a, uint64_t unit) { return divide_up(a, unit) * unit; }
uint64_t larger(uint64_t a, uint64_t b) { return a > b ? a : b; }
uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/// Cycles to read `count` segments of `beats` each: a segment is at least one burst, and short ones
/// come no faster than latency and bursts in flight let them.
uint64_t segments(uint64_t count, uint64_t beats) {
  return count * larger(beats, divide_up(kReadLatency, kReadsInFlight));
}

/// Estimated cycles of the product with a tile (docs/blocks/gemm.md: loader and sequencer).
/// Operands stream into one half of the buffers while the other half is worked on; the array takes
/// a tile of weights and a row of A per cycle as soon as they are there; a block drains while the
/// next is computed. A stays for all blocks of a row of blocks if K fits into one slab, B if N
/// does, too.
uint64_t estimate(const EngineConfig& config, uint32_t m, uint32_t n, uint32_t k, GemmLayout layout,
                  const GemmTile& tile) {
  const uint64_t width = config.data_bytes;
  const uint64_t blocks_m = divide_up(m, tile.m),
                 blocks_n = divide_up(n, uint64_t{tile.n} * config.cols);
  const uint64_t slabs = divide_up(k, uint64_t{tile.k} * config.rows);
  // Means over all blocks and slabs, so that narrow ones at the edges do not count as full.
  const uint64_t rows = divide_up(m, blocks_m);
  const uint64_t tiles_n = divide_up(divide_up(n, config.cols), blocks_n);
  const uint64_t tiles_k = divide_up(divide_up(k, config.rows), slabs);
  const uint64_t weights = config.rows * config.cols;  // bytes of a tile of B

  const uint64_t load_a = segments(rows, divide_up(tiles_k * config.rows, width));
  const uint64_t slab_k = tiles_k * config.rows, slab_n = tiles_n * config.cols;
  const uint64_t load_b = layout == GemmLayout::Packed
                              ? segments(tiles_n, divide_up(tiles_k * weights, width))
                          : layout == GemmLayout::Rows ? segments(slab_k, divide_up(slab_n, width))
                                                       : segments(slab_n, divide_up(slab_k, width));
  const uint64_t load_scales = divide_up((rows + tiles_n * config.cols) * 4, width);
  const uint64_t compute = tiles_n * tiles_k * larger(rows, divide_up(weights, width));
  const uint64_t drain = rows * divide_up(tiles_n * config.cols * 4, width);

  const uint64_t blocks = blocks_m * blocks_n;
  const uint64_t a_loads = slabs == 1 ? blocks_m : blocks * slabs;
  const uint64_t b_loads = slabs == 1 && blocks_n == 1 ? 1 : blocks * slabs;
  const uint64_t traffic = a_loads * load_a + b_loads * load_b + blocks * load_scales;
  const uint64_t mean_load = traffic / (blocks * slabs);
  const uint64_t slab =
      larger(larger(mean_load, compute), (kReadLatency + mean_load) / 2) + kSlabCycles;
  const uint64_t fill = kReadLatency + load_b / tiles_n + load_a;
  // Traffic counts a little by itself: others use the bus, too.
  return fill + blocks * larger(slabs * slab, drain) + drain + traffic / 16;
}

bool legal(const GemmArgs& a) {
  const bool int32 = a.output == GemmOutput::Int32;
  const uint32_t element = a.output == GemmOutput::Int8 ? 1 : 4;
  if (a.output > GemmOutput::Int8 || a.layout > GemmLayout::Packed) return false;
  if (a.m == 0 || a.m > kMaxRows || a.n == 0 || a.n > kMaxRows || a.k == 0 || a.k > kMaxK)
    return false;
  if (a.m > 1 && (a.lda < a.k || a.ldc < uint64_t{a.n} * element)) return false;
  if ((a.c | a.ldc) & (element - 1)) return false;
  if ((a.row_scale | a.col_scale | a.bias) & 3) return false;
  if (int32 != (a.row_scale == 0) || int32 != (a.col_scale == 0)) return false;
  if (int32 ? a.bias != 0 : a.accumulate) return false;
  switch (a.layout) {
    case GemmLayout::Rows:
      return a.k == 1 || a.ldb >= a.n;
    case GemmLayout::Transposed:
      return a.n == 1 || a.ldb >= a.k;
    case GemmLayout::Packed:
      return a.ldb == 0;
  }
  return false;
}

MemoryRange range_of_b(const GemmArgs& a, const EngineConfig& config) {
  switch (a.layout) {
    case GemmLayout::Rows:
      return MemoryRange::matrix(a.b, a.n, a.k, a.ldb);
    case GemmLayout::Transposed:
      return MemoryRange::matrix(a.b, a.k, a.n, a.ldb);
    case GemmLayout::Packed:
      break;
  }
  return MemoryRange::bytes(a.b, round_up(a.n, config.cols) * round_up(a.k, config.rows));
}

}  // namespace

bool gemm_tile_fits(const EngineConfig& config, const GemmTile& tile) {
  if (tile.m == 0 || tile.n == 0 || tile.k == 0 || tile.m > config.max_tile_m ||
      uint64_t{tile.n} * config.cols > config.max_tile_n || tile.k >= 1u << 14) {
    return false;
  }
  const uint64_t depth = round_up(uint64_t{tile.k} * config.rows, config.data_bytes);
  const uint64_t width = round_up(uint64_t{tile.n} * config.cols, config.data_bytes);
  return tile.m * depth <= config.a_buffer_bytes / 2 &&
         depth * width <= config.b_buffer_bytes / 2 &&
         uint64_t{tile.m} * tile.n * config.cols * 4 <= config.acc_buffer_bytes / 2;
}

GemmTile choose_gemm_tile(const EngineConfig& config, uint32_t m, uint32_t n, uint32_t k,
                          GemmLayout layout) {
  GemmTile best = {1, 1, 1};
  uint64_t best_cycles = ~uint64_t{0};
  const uint64_t all_n = divide_up(n, config.cols), all_k = divide_up(k, config.rows);
  // Heights: m in 1, 2, 3, … equal blocks while that is at most MAX_TILE_M; then halves of it.
  uint64_t height = divide_up(m, divide_up(m, config.max_tile_m));
  for (;; height = divide_up(height, 2)) {
    for (uint64_t width = 1;; width *= 2) {
      width = smaller(width, all_n);
      for (uint64_t depth = 1;; depth *= 2) {
        depth = smaller(depth, all_k);
        const GemmTile tile = {static_cast<uint32_t>(height), static_cast<uint32_t>(width),
                               static_cast<uint32_t>(depth)};
        if (!gemm_tile_fits(config, tile)) break;
        const uint64_t cycles = estimate(config, m, n, k, layout, tile);
        if (cycles < best_cycles) {
          best_cycles = cycles;
          best = tile;
        }
        if (depth == all_k) break;
      }
      if (width == all_n || width * config.cols >= config.max_tile_n) break;
    }
    if (height == 1) break;
  }
  return best;
}

namespace {

/// What the product touches.
struct Footprint {
  Access accesses[6];
  uint32_t count = 0;
};

Footprint footprint(const EngineConfig& config, const GemmArgs& a) {
  const uint32_t element = a.output == GemmOutput::Int8 ? 1 : 4;
  const auto floats = [](uint64_t addr, uint32_t n) {
    return Access::read_of(MemoryRange::bytes(addr, uint64_t{n} * 4));
  };
  Footprint f;
  f.accesses[f.count++] = Access::read_of(MemoryRange::matrix(a.a, a.k, a.m, a.lda));
  f.accesses[f.count++] = Access::read_of(range_of_b(a, config));
  f.accesses[f.count++] =
      Access::write_of(MemoryRange::matrix(a.c, uint64_t{a.n} * element, a.m, a.ldc));
  if (a.row_scale != 0) f.accesses[f.count++] = floats(a.row_scale, a.m);
  if (a.col_scale != 0) f.accesses[f.count++] = floats(a.col_scale, a.n);
  if (a.bias != 0) f.accesses[f.count++] = floats(a.bias, a.n);
  return f;
}

}  // namespace

Status check_gemm(const EngineConfig& config, const GemmArgs& args) {
  if (!legal(args)) return Status::BadArgument;
  const Footprint f = footprint(config, args);
  for (uint32_t i = 0; i < f.count; ++i) {
    if (!in_address_space(f.accesses[i].range)) return Status::BadArgument;
  }
  return Status::Ok;
}

Status gemm(CommandStream& stream, const GemmArgs& args, Ticket* ticket) {
  const EngineConfig* config = stream.config(EngineKind::Gemm);
  if (config == nullptr || check_gemm(*config, args) != Status::Ok) return Status::BadArgument;
  const bool own_tile = args.tile.m != 0 || args.tile.n != 0 || args.tile.k != 0;
  const GemmTile tile =
      own_tile ? args.tile : choose_gemm_tile(*config, args.m, args.n, args.k, args.layout);
  if (!gemm_tile_fits(*config, tile)) return Status::BadArgument;

  hw::GemmDescriptor d;
  d.opcode = hw::GEMM_OP_MATMUL;
  d.m = args.m;
  d.n = args.n;
  d.k = args.k;
  d.b_layout = static_cast<uint8_t>(args.layout);
  d.out_type = static_cast<uint8_t>(args.output);
  d.gemm_flags = static_cast<uint8_t>((args.accumulate ? hw::GEMM_FLAGS_ACCUMULATE_MASK : 0) |
                                      (args.bias != 0 ? hw::GEMM_FLAGS_BIAS_MASK : 0));
  d.a_addr = args.a;
  d.b_addr = args.b;
  d.c_addr = args.c;
  d.row_scale_addr = args.row_scale;
  d.col_scale_addr = args.col_scale;
  d.bias_addr = args.bias;
  d.lda = args.lda;
  d.ldb = args.ldb;
  d.ldc = args.ldc;
  d.tile =
      tile.m << hw::GEMM_TILE_M_LSB | tile.n << hw::GEMM_TILE_N_LSB | tile.k << hw::GEMM_TILE_K_LSB;

  const Footprint f = footprint(*config, args);
  const Status status =
      stream.append(EngineKind::Gemm, args.instance, &d, f.accesses, f.count, ticket);
  if (status != Status::Ok) return status;
  count_call(stream, KernelKind::Gemm);
  count_descriptor(stream, KernelKind::Gemm);
  return Status::Ok;
}

}  // namespace systole::driver
