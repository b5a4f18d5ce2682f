#include "tlm/gemm/gemm_progress.h"

namespace systole {

void GemmBlockRows::state(StateArchive& a, uint32_t tile, uint32_t row, size_t read,
                          uint64_t floor) {
  a.number(tiles);
  a.number(rows);
  a.number(last_tile_reads);
  if (!a.saving()) {
    if (first_row.size() < tiles) first_row.resize(tiles);
    if (last_tile.size() < rows) last_tile.resize(rows);
  }
  for (uint32_t i = tile; i < tiles; ++i) a.time(first_row[i]);

  // rows mostly follow each other cycle by cycle: one entry for each run of them
  for (uint32_t i = row; i < rows;) {
    uint32_t length = 1;
    while (a.saving() && i + length < rows && last_tile[i + length] == last_tile[i] + length)
      ++length;
    length = static_cast<uint32_t>(a.mark(length));
    a.time(last_tile[i]);
    for (uint32_t j = 1; j < length; ++j) last_tile[i + j] = last_tile[i] + j;
    i += length;
  }

  uint64_t count = 0;
  for (size_t i = read; a.saving() && i < reads.size(); ++i) count += reads[i].end >= floor;
  count = a.mark(count);
  if (!a.saving()) {
    reads.assign(count, Interval{0, 0});
    read = 0;
  }
  for (size_t i = read; i < reads.size(); ++i) {
    if (a.saving() && reads[i].end < floor) continue;
    a.past(reads[i].begin, floor);
    a.time(reads[i].end);
  }
}

}  // namespace systole
