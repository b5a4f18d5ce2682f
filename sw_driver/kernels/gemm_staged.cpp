// Blocks of rows through SPM. The command stream orders copies and products by the memory they
// touch.
#include "sw_driver/kernels/gemm_staged.h"

#include "sw_driver/kernels/copy.h"

namespace systole::driver {
namespace {

uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }
uint64_t round_up(uint64_t a, uint64_t unit) { return divide_up(a, unit) * unit; }
uint32_t element_bytes(const GemmArgs& a) { return a.output == GemmOutput::Int8 ? 1 : 4; }

/// How the product is cut.
struct Plan {
  uint64_t pitch = 0;       ///< bytes from row to row of A in SPM
  uint32_t block_rows = 0;  ///< rows of A staged at a time; 0: the scratch is too small
  GemmTile tile;
};

/// The highest tile that leaves the array the bottleneck as long as A comes from SPM.
GemmTile highest_tile(const EngineConfig& config, uint64_t rows, uint32_t n, uint32_t k) {
  const uint64_t all_n = divide_up(n, config.cols), all_k = divide_up(k, config.rows);
  for (uint64_t m = rows < config.max_tile_m ? rows : config.max_tile_m; m > 1;
       m = divide_up(m, 2)) {
    for (uint32_t width = 16; width >= 2; width /= 2) {
      for (uint32_t depth = 16; depth >= 2; depth /= 2) {
        const GemmTile tile = {static_cast<uint32_t>(m),
                               static_cast<uint32_t>(width < all_n ? width : all_n),
                               static_cast<uint32_t>(depth < all_k ? depth : all_k)};
        if (gemm_tile_fits(config, tile)) return tile;
      }
    }
  }
  return choose_gemm_tile(config, 1, n, k);
}

Plan plan(const EngineConfig& config, const GemmArgs& args, uint64_t scratch_bytes) {
  Plan p;
  p.pitch = round_up(args.k, config.data_bytes);
  const uint64_t rows = scratch_bytes / 2 / p.pitch;
  if (rows == 0) return p;
  p.tile = highest_tile(config, rows < args.m ? rows : args.m, args.n, args.k);
  p.block_rows = p.tile.m;
  return p;
}

/// Columns [first, first + count) of the product; first is a multiple of the array's columns.
GemmArgs columns(const EngineConfig& config, GemmArgs a, uint32_t first, uint32_t count) {
  switch (a.layout) {
    case GemmLayout::Rows:
      a.b += first;
      break;
    case GemmLayout::Transposed:
      a.b += uint64_t{first} * a.ldb;
      break;
    case GemmLayout::Packed:
      a.b += uint64_t{first} * round_up(a.k, config.rows);
      break;
  }
  a.c += uint64_t{first} * element_bytes(a);
  if (a.col_scale != 0) a.col_scale += uint64_t{first} * 4;
  if (a.bias != 0) a.bias += uint64_t{first} * 4;
  a.n = count;
  return a;
}

/// Rows [first, first + count).
GemmArgs rows_of(GemmArgs a, uint32_t first, uint32_t count) {
  a.a += uint64_t{first} * a.lda;
  a.c += uint64_t{first} * a.ldc;
  if (a.row_scale != 0) a.row_scale += uint64_t{first} * 4;
  a.m = count;
  return a;
}

}  // namespace

GemmTraffic gemm_traffic(const EngineConfig& config, const GemmArgs& args, uint64_t scratch_bytes) {
  const uint64_t a = uint64_t{args.m} * args.k,
                 b = round_up(args.n, config.cols) * round_up(args.k, config.rows);
  const auto blocks_n = [&](const GemmTile& t) {
    return divide_up(args.n, uint64_t{t.n} * config.cols);
  };
  const GemmTile tile = choose_gemm_tile(config, args.m, args.n, args.k, args.layout);
  const bool one_slab = uint64_t{tile.k} * config.rows >= args.k;
  GemmTraffic t;
  t.direct_bytes = a * (one_slab ? 1 : blocks_n(tile)) +
                   b * (one_slab && blocks_n(tile) == 1 ? 1 : divide_up(args.m, tile.m));
  t.array_cycles = divide_up(args.n, config.cols) * divide_up(args.k, config.rows) * args.m;
  const Plan p = plan(config, args, scratch_bytes);
  t.staged_bytes = p.block_rows == 0
                       ? ~uint64_t{0}
                       : a + uint64_t{p.block_rows} * args.k + b * divide_up(args.m, p.block_rows);
  return t;
}

bool gemm_staging_pays(const EngineConfig& config, const GemmArgs& args, uint64_t scratch_bytes,
                       uint64_t dram_bytes_per_cycle) {
  const GemmTraffic t = gemm_traffic(config, args, scratch_bytes);
  const uint64_t written = uint64_t{args.m} * args.n * element_bytes(args);
  const uint64_t direct_cycles = (t.direct_bytes + written) / dram_bytes_per_cycle;
  if (t.staged_bytes == ~uint64_t{0} || direct_cycles <= t.array_cycles) return false;
  return (t.staged_bytes + written) / dram_bytes_per_cycle <= direct_cycles - direct_cycles / 10;
}

Status gemm_staged(CommandStream& stream, const GemmArgs& args, const Buffer& scratch,
                   Ticket* ticket) {
  const EngineConfig* config = stream.config(EngineKind::Gemm);
  if (config == nullptr || stream.instances(EngineKind::Dma) == 0) return Status::BadArgument;
  if (args.tile.m != 0 || args.tile.n != 0 || args.tile.k != 0) return Status::BadArgument;
  const Status legal = check_gemm(*config, args);
  if (legal != Status::Ok) return legal;
  const Plan p = plan(*config, args, scratch.bytes);
  if (p.block_rows == 0) return Status::NoMemory;
  const uint64_t half = scratch.bytes / 2 / config->data_bytes * config->data_bytes;
  const uint32_t direct_columns = p.tile.n * config->cols;

  uint64_t calls = 0;
  for (uint32_t first = 0, i = 0; first < args.m; first += p.block_rows, ++i) {
    const uint32_t count = args.m - first < p.block_rows ? args.m - first : p.block_rows;
    GemmArgs block = rows_of(args, first, count);
    block.tile = p.tile;
    if (block.tile.m > count) block.tile.m = count;
    uint32_t done = 0;
    if (i == 0) {  // nothing is staged yet: begin from DRAM
      done = args.n < direct_columns ? args.n : direct_columns;
      const Status status = gemm(stream, columns(*config, block, 0, done), ticket);
      if (status != Status::Ok) return status;
      ++calls;
    }
    if (done == args.n) continue;
    CopyArgs stage;
    stage.src = block.a;
    stage.dst = scratch.addr + (i % 2) * half;
    stage.rows = count;
    stage.row_bytes = args.k;
    stage.src_stride = args.lda;
    stage.dst_stride = p.pitch;
    Status status = copy(stream, stage);
    if (status != Status::Ok) return status;
    block.a = stage.dst;
    block.lda = static_cast<uint32_t>(p.pitch);
    status = gemm(stream, columns(*config, block, done, args.n - done), ticket);
    if (status != Status::Ok) return status;
    ++calls;
  }
  stream.offload()[KernelKind::Gemm].accelerator -= calls - 1;
  return Status::Ok;
}

Status gemm_from_dram(CommandStream& stream, const Soc& soc, const GemmArgs& args,
                      const Buffer& scratch, Ticket* ticket) {
  const EngineConfig* config = stream.config(EngineKind::Gemm);
  const bool can_stage = config != nullptr && check_gemm(*config, args) == Status::Ok &&
                         args.tile.m == 0 && stream.instances(EngineKind::Dma) != 0;
  if (can_stage && gemm_staging_pays(*config, args, scratch.bytes, soc.dram_bytes_per_cycle()))
    return gemm_staged(stream, args, scratch, ticket);
  return gemm(stream, args, ticket);
}

}  // namespace systole::driver
