// One DRAM channel: when its commands may be given and its data moves.
// Upstream: BankedDramTiming, which maps addresses. No SystemC.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "tlm/memory/dram_preset.h"

namespace systole {

/// A command as it was placed, for monitors. `time` in cycles of the DRAM's clock; commands are
/// told in the order in which they are decided, which is not that of time.
struct DramCommand {
  enum class Kind { Activate, Precharge, Read, Write } kind;
  unsigned bank;
  uint64_t row;  ///< of the activate; of the row that is read, written or closed
  uint64_t time;
};

/// What the row buffers did, by bank and together. A column access finds its row open (hit), its
/// bank without an open row (miss), or another row open (conflict).
struct DramBankCounts {
  uint64_t hits = 0, misses = 0, conflicts = 0;
};

/// Places every burst's commands so that no timing constraint of the preset is violated against
/// any command placed before, whether that is earlier or later in time: tRCD, tRP, tRAS, tRRD_S/L,
/// tFAW, tCCD_S/L, tWR, tWTR_S/L, tRTP, read to write, and the data bus.
///
/// A request comes with its earliest time, in any order of time. It joins a row of its bank that is
/// open, or that somebody who ran ahead opens later, if a column command fits before that row is
/// closed; else it opens its row after everything booked on its bank. Column commands of different
/// requests fill gaps. So order is that of a controller that prefers row hits and otherwise serves
/// first come first served, except that "first come" is the order of calls.
///
/// Refresh: all banks are precharged and refreshed every tREFI, at fixed times (`refresh_offset` +
/// k * tREFI, k from 1 on): nothing is pulled in or postponed. No command is placed from tRP
/// before a refresh until tRFC after it; all rows are closed then.
///
/// Approximate: the command bus is never the limit (with these presets tFAW and tCCD are tighter);
/// a row is closed as late as the next one allows; no power-down.
class DramChannel {
 public:
  DramChannel(const DramPreset& preset, bool open_page, uint64_t refresh_offset);

  /// One burst. `request` numbers requests: with a closed page only bursts of one request share a
  /// row. Returns the cycle after its last data beat.
  uint64_t access(bool is_write, unsigned bank, uint64_t row, uint64_t earliest, uint64_t request);
  /// No request precedes `before` any more.
  void prune(uint64_t before);

  const std::vector<DramBankCounts>& banks() const { return counts_; }
  uint64_t reads() const { return reads_; }
  uint64_t writes() const { return writes_; }
  /// Refreshes begun up to `time`.
  uint64_t refreshes(uint64_t time) const;
  /// Commands, rows and runs held now: what prune() bounds.
  size_t held() const;
  void on_command(std::function<void(const DramCommand&)> monitor) {
    monitor_ = std::move(monitor);
  }

 private:
  /// A row of a bank from its activate to its precharge (`until`).
  struct Row {
    uint64_t row, activate, request, epoch;
    uint64_t ready;  ///< earliest precharge that its commands allow
    uint64_t until;  ///< its precharge; the end of its epoch while nothing follows
  };
  struct Column {
    uint64_t time;
    bool is_write;
    unsigned group;
  };
  struct Activate {
    uint64_t time;
    unsigned group;
  };
  /// Column commands so close to each other that none fits between them.
  struct Run {
    uint64_t first, last;
  };

  unsigned group(unsigned bank) const { return bank / preset_.banks_per_group; }
  uint64_t epoch_of(uint64_t time) const;
  uint64_t epoch_begin(uint64_t epoch) const;
  uint64_t epoch_end(uint64_t epoch) const;
  uint64_t distance(bool from_write, bool to_write, bool same_group) const;
  uint64_t close_after(bool is_write) const;
  uint64_t find_column(uint64_t from, bool is_write, unsigned group) const;
  uint64_t find_activate(uint64_t from, unsigned group) const;
  void place_column(uint64_t time, bool is_write, unsigned bank, uint64_t row);
  void place_activate(uint64_t time, unsigned bank, uint64_t row);
  void tell(DramCommand::Kind kind, unsigned bank, uint64_t row, uint64_t time) const {
    if (monitor_) monitor_({kind, bank, row, time});
  }

  const DramPreset preset_;
  const bool open_page_;
  const uint64_t first_refresh_;
  uint64_t reach_;                      ///< no constraint between commands is longer
  std::vector<std::vector<Row>> rows_;  ///< by bank, ascending
  std::vector<Column> columns_;         ///< ascending
  std::vector<Run> runs_;               ///< of columns_, ascending
  std::vector<Activate> activates_;     ///< ascending
  std::vector<DramBankCounts> counts_;
  uint64_t reads_ = 0, writes_ = 0;
  uint64_t pruned_ = 0;
  std::function<void(const DramCommand&)> monitor_;
};

}  // namespace systole
