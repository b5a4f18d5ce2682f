// The timing of an engine's data path: axi_reader, axi_writer and the multiplexers behind them, as
// recurrences over beats. Upstream: a TwinCore. Downstream: TwinBus, one transaction per burst.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tlm/bus/skippable_bus.h"
#include "tlm/core/op.h"
#include "tlm/core/state_archive.h"
#include "tlm/twin/ring.h"
#include "tlm/verilated/axi_ports.h"

namespace systole {

/// Performs bursts for a TwinPort. Implemented by EngineTwin.
class TwinBus {
 public:
  struct Burst {
    bool is_write;
    bool device;    ///< synchronise first
    uint64_t addr;  ///< whole beats, but for device accesses
    uint32_t bytes;
    uint8_t* data;           ///< null: time passes and errors are found, no data moves
    const uint8_t* enable;   ///< writes: byte enables, null: all
    bool front_end = false;  ///< a fetch, or a word: not the core's
  };
  struct Answer {
    uint64_t end_cycle;  ///< when the bus has finished
    AxiResponse response;
  };
  /// `cycle`: reads: of the AR handshake; writes: of the last W beat. May wait, and serve register
  /// accesses, which may stop() the port.
  virtual Answer transact(const Burst& burst, uint64_t cycle) = 0;

  // ---- skipping what is known (docs/blocks/engine.md)
  /// False: nothing may be skipped now.
  virtual bool may_skip() const { return false; }
  virtual SkippableBus* skippable_bus() { return nullptr; }
  /// Of the thread's time, the links and the targets; loading puts the thread back to that time.
  virtual void bus_state(StateArchive& /*archive*/, uint64_t /*targets*/) {}
  /// Nothing of the state of `targets` is hidden from bus_state().
  virtual bool quiet(uint64_t /*targets*/) { return false; }
  virtual uint64_t now_ps() const { return 0; }
  virtual uint64_t period_ps() const { return 1; }
  /// TwinTime: finding out what will be, if may_skip() and quiet(). False: not now.
  virtual bool look_ahead(uint64_t /*targets*/) { return false; }
  /// The whole operation is being looked at ahead; it is put back by who began that.
  virtual bool looks_ahead() const { return false; }
  /// What is alike but for how its addresses lie may be taken to last as long.
  virtual bool repeats_alike() const { return false; }
  virtual uint64_t live_through(uint64_t /*targets*/) { return 0; }
  virtual void lag_to(uint64_t /*ps*/) {}
  /// Simulated time reaches `ps`, ahead or while catching up.
  virtual void pass_time(uint64_t /*ps*/) {}
  /// SkippableBus's.
  virtual Pace pace(uint64_t /*targets*/) { return {}; }
  virtual void count(bool /*is_write*/, uint64_t /*addr*/, const BurstCounts& /*bursts*/) {}

 protected:
  ~TwinBus() = default;
};

/// Thrown out of TwinCore::run(): an error or a register access has stopped the operation.
struct TwinStop {};

/// One engine's AXI manager port as its core sees it. All arguments and results are cycles of the
/// core's pins (see TwinCore). The core calls, for one operation:
///
///   read(from, addr, bytes)  announces a segment: rreq_valid_o from cycle `from` on. Any number
///                            may be announced; the four-deep queue is part of the recurrence
///   next_beat()              the cycle from which the next beat is offered (rdat_valid_i)
///   take(cycle)              takes it in `cycle`, not before next_beat(): rdat_ready_o was 0 till
///                            then. take_segment() takes a whole segment
///   write(from, addr, bytes) announces a segment: wreq_valid_o from cycle `from` on
///   put(from)                offers the next beat from cycle `from` on; the cycle it is taken in
///   write_idle()             first cycle of wr_idle_i after all that was put
///
/// Segments, bursts and beats are the RTL's, so are their limits: bursts end at the burst limit and
/// at 4 KiB, one AR per cycle, at most max_reads read bursts between AR and last R, at most 32
/// unanswered writes, two beats of buffer on either side, the silent first beat and the extra last
/// beat of misaligned read segments, the last beat of misaligned write segments that takes no data.
/// A read burst becomes a transaction as soon as its AR's cycle follows from what was taken (but
/// see Order), a write burst when its last beat was put.
///
/// Order: transactions reach the bus in the order of the calls; with Config::in_order a read does
/// no sooner than it must, so that writes of earlier cycles can go before it. Call read(), take()
/// and put() as nearly in the order of their cycles as the loop allows: what is behind simulated
/// time is booked late. Simulated time stays behind the latest transaction by a quarter of
/// engine_batch_cycles, but for engines that compete: there the interconnect lets it reach each
/// access (docs/fidelity.md: engines of either fidelity that contend are 0.8 % apart at most).
///
/// Data: function is apart from time. The core computes on memory() at any moment of run(),
/// preferably at its end; bursts then carry no data. Only segments outside of memory (devices) need
/// `data`.
///
/// Errors: a failing read burst stops when its first beat would be offered, a failing write when it
/// is answered, in next_beat(), read(), put() or write_idle() by TwinStop.
class TwinPort {
 public:
  struct Config {
    uint32_t data_bytes = 16;       ///< AXI data width: 8, 16, 32 or 64
    uint32_t max_reads = 32;        ///< 1 to 32
    uint32_t max_burst_beats = 16;  ///< 1 to 256
    bool functional = true;         ///< false: operations take time but move no data
    /// Reads reach the bus no sooner than a beat or a write after them needs it, and so in the
    /// order of their cycles among the writes. Not for cores that ask for state() while they read.
    bool in_order = false;
  };

  TwinPort(const Config& config, TwinBus& bus, MemoryView& memory);

  // ---------------------------------------------------------------- for cores
  uint32_t data_bytes() const { return config_.data_bytes; }
  /// False: leave out what is not needed for time and errors.
  bool functional() const { return config_.functional; }
  /// The SoC's memories; map() is null for devices and what is not there.
  MemoryView& memory() { return memory_; }
  /// Delivered (or offered) beats of a segment of `bytes`, at any address.
  uint64_t beats(uint64_t bytes) const { return (bytes + config_.data_bytes - 1) >> shift_; }
  /// Bus beats of a segment.
  uint64_t bus_beats(uint64_t addr, uint64_t bytes) const {
    return ((addr & mask_) + bytes + mask_) >> shift_;
  }

  /// `bytes` at least 1. `data`: null, or room for the bus beats; the first byte lands at
  /// data[addr % data_bytes()], when the bursts are issued.
  void read(uint64_t from, uint64_t addr, uint32_t bytes, uint8_t* data = nullptr);
  /// Announced segments of which not all bursts have been issued. With four or more announced, more
  /// announcements change nothing.
  size_t reads_pending() const { return requests_.segments.size(); }
  /// Bursts will go out when beats are taken: what is put earlier must be put before that.
  bool reads_waiting() const { return !requests_.segments.empty() || !unsent_.empty(); }
  /// The cycle in which the newest announced segment enters the queue (rreq_ready_o); kNever while
  /// that does not follow yet. With fewer than four pending before it, it does.
  uint64_t read_accepted() {
    return requests_.segments.empty() ? requests_.last_accept : requests_.segments.back().accepted;
  }
  /// A beat must be outstanding: its segment was announced and not taken.
  uint64_t next_beat() {
    demand();
    return offer_cycle_;
  }
  /// As next_beat(), but a failing burst does not throw yet: what the core does until that cycle
  /// can still be told; what it puts later throws TwinStop. next_fails() says if it is one; taking
  /// the beat throws TwinStop. kNever: the operation is stopped before the beat's burst is issued.
  uint64_t peek_beat() { return offered_ || offer() ? offer_cycle_ : kNever; }
  bool next_fails() const { return offered_ && offer_fails_; }
  /// A failing burst is under way: what is put must not be ahead of the beats before it.
  bool reads_fail() const { return reads_fail_; }
  /// True if the beat next_beat() speaks of is its segment's last.
  bool next_is_last() {
    demand();
    return offer_last_;
  }
  void take(uint64_t cycle);
  /// After take(): takes the beats that follow without a gap, one per cycle, but not their burst's
  /// last; how many, at most `most`.
  uint64_t take_steady(uint64_t most) {
    const uint64_t beats = std::min(steady_reads(), most);
    skip_reads(beats);
    return beats;
  }
  /// Takes the rest of the oldest segment, each beat as soon as it is offered but not before
  /// `from`; returns the last beat's cycle. `cycles`: null, or where the beats' cycles go.
  uint64_t take_segment(uint64_t from = 0, uint64_t* cycles = nullptr);

  /// `bytes` at least 1. `data`: null, or the first byte; data_bytes() bytes on either side of the
  /// segment must be readable; it must last until the segment's last beat was put.
  void write(uint64_t from, uint64_t addr, uint32_t bytes, const uint8_t* data = nullptr);
  /// As read_accepted(), for write().
  uint64_t write_accepted() {
    return writes_.segments.empty() ? writes_.last_accept : writes_.segments.back().accepted;
  }
  /// A beat must be due: its segment was announced and not put.
  uint64_t put(uint64_t from);
  /// Puts the rest of the oldest segment, beat i offered from `from` + i * `interval` on; returns
  /// the cycle in which the last is taken. `cycles`: null, or where the beats' cycles go.
  uint64_t put_segment(uint64_t from, uint64_t interval = 1, uint64_t* cycles = nullptr);
  /// The cycle in which the writer could take the next beat if it were offered now.
  uint64_t put_ready();
  uint64_t write_idle();
  /// Beats that follow the last put in its burst, but for the burst's last: each is taken if it is
  /// offered in the cycle after the one before it.
  uint64_t steady_puts();
  /// So many of them are put, one per cycle.
  void put_steady(uint64_t beats);
  // ---------------------------------------------------------------- for what is skipped
  TwinBus& bus() { return bus_; }
  /// No error, no stop, and no segment carries data: state() is all there is.
  bool repeatable();
  /// What a core knows of its later calls when it asks for state().
  struct Bounds {
    uint64_t reads, writes;  ///< every later read() and write() is for a cycle after this
  };
  /// The port's state but for the addresses of segments that are announced and not finished: what
  /// their bursts look like must be part of the core's own state. Loading takes their first bytes
  /// from `reads` and `writes`, oldest first.
  void state(StateArchive& archive, const Bounds& bounds, const uint64_t* reads = nullptr,
             const uint64_t* writes = nullptr);
  size_t writes_pending() const { return writes_.segments.size(); }
  /// No segment is announced that was not taken or put.
  bool idle() const {
    return requests_.segments.empty() && unsent_.empty() && writes_.segments.empty() &&
           inflight_.empty() && !tail_;
  }
  /// Counts bursts of a segment at `addr` that are left out.
  void count(bool is_write, uint64_t addr, const BurstCounts& bursts) {
    (is_write ? bytes_written_ : bytes_read_) += bursts.beats() << shift_;
    (is_write ? write_bursts_ : read_bursts_) += bursts.bursts();
    bus_.count(is_write, addr, bursts);
  }
  /// Counts reads of a word by the front-end that are left out.
  void count_looks(uint64_t times) {
    bytes_read_ += 4 * times;
    read_bursts_ += times;
  }
  /// When the last write was answered, and the last R beat came, that are known.
  uint64_t last_answer() const { return last_answer_; }
  uint64_t last_read() const { return r_; }
  uint32_t max_burst_beats() const { return config_.max_burst_beats; }
  uint32_t max_reads() const { return config_.max_reads; }
  /// Fetches and polls of the front-end so far.
  unsigned front_end_reads() const { return front_end_count_; }

  /// For a core that passes beats straight on, after take(put(next_beat())): passes the beats that
  /// follow without a gap on either side; how many.
  uint64_t pass_steady();

  // ---------------------------------------------------------------- for the front-end
  static constexpr uint64_t kNever = ~uint64_t{0};
  struct Error {
    uint64_t cycle = kNever;  ///< in which the reader or writer shows it
    AxiResponse response = kAxiOkay;
    uint64_t addr = 0;  ///< of the burst
  };
  struct FrontEndRead {
    uint64_t last_cycle = kNever;  ///< of the last R beat; kNever: not known yet
    AxiResponse response = kAxiOkay;
  };

  /// A read of the front-end, valid at the multiplexer from `cycle` on: 64 bytes, or a word if
  /// `poll`. The data is in `data` on return, its cycle is known when all before it was taken.
  /// Returns a number for front_end_read(); two may be under way beside a poll.
  unsigned front_end_issue(uint64_t cycle, uint64_t addr, bool poll, uint8_t* data);
  FrontEndRead front_end_read(unsigned number);
  /// Both at once for a word, while nothing else is under way: the bus has finished in `end_cycle`.
  /// The cycle of the R beat.
  uint64_t front_end_look(uint64_t cycle, uint64_t end_cycle) {
    front_end_ar_[front_end_count_++ % 2] = cycle;
    count_looks(1);
    return r_ = std::max({cycle + 2, end_cycle - 1, r_ + 1});
  }
  /// A word of 4 or 8 bytes, valid at the multiplexer from `cycle` on; the cycle of its answer.
  uint64_t front_end_write(uint64_t cycle, uint64_t addr, const uint8_t* data, uint32_t bytes,
                           AxiResponse* response);

  /// No burst is issued after `cycle`: the operation ends by TwinStop.
  void stop(uint64_t cycle) {
    stop_cycle_ = std::min(stop_cycle_, cycle);
    limit_ = std::min(limit_, cycle);
  }
  uint64_t stop_cycle() const { return stop_cycle_; }
  /// As far as known, the last cycle of the operation: of stop(), or of an error. kNever: none.
  uint64_t last_cycle() const { return limit_; }
  /// Forgets stop().
  void resume() { stop_cycle_ = limit_ = kNever; }
  const Error& read_error() const { return read_error_; }
  const Error& write_error() const { return write_error_; }
  /// flush_i from `cycle` on: takes and drops what is in flight; the first cycle in which reader,
  /// writer and the front-end's reads are idle.
  uint64_t drain(uint64_t cycle);

  uint64_t bytes_read() const { return bytes_read_; }
  uint64_t bytes_written() const { return bytes_written_; }
  uint64_t read_bursts() const { return read_bursts_; }
  uint64_t write_bursts() const { return write_bursts_; }

 private:
  static constexpr uint64_t kPageBytes = 4096;
  static constexpr size_t kQueue = 4;        ///< requests held by reader and writer
  static constexpr size_t kUnanswered = 32;  ///< owners of unanswered writes in the multiplexer
  static constexpr size_t kFrontEndReads = 4;

  /// A segment that is announced and not wholly issued (reads) or put (writes).
  struct Segment {
    uint64_t first_byte;
    uint64_t addr;      ///< of the next bus beat
    uint64_t left;      ///< bus beats
    uint64_t from;      ///< offered from this cycle on
    uint64_t accepted;  ///< cycle of the handshake; kNever: not known yet
    uint32_t bytes;
    bool begun;
    uint8_t* data;
    const uint8_t* source;
    uint64_t puts;        ///< writes: data beats left
    uint64_t burst_addr;  ///< writes: the open burst
    uint32_t burst_left, burst_beats;
  };
  /// A read burst on the bus.
  struct Inflight {
    uint64_t addr, issued;  ///< issued: cycle of the AR handshake
    uint64_t first;         ///< cycle of the first beat if nothing holds it back
    uint32_t beats, off, end_lane;
    AxiResponse response;
    bool seg_first, seg_last, front_end;
    uint8_t number;
    uint8_t* data;  ///< until it is on the bus
  };

  /// Fills in what reads and writes have in common.
  void begin(Segment& segment, uint64_t from, uint64_t addr, uint32_t bytes) const;
  uint32_t burst_beats(const Segment& s) const {
    const uint64_t page_left = (kPageBytes - s.addr % kPageBytes) >> shift_;
    return static_cast<uint32_t>(
        std::min(std::min<uint64_t>(config_.max_burst_beats, page_left), s.left));
  }
  /// A four-deep queue: the cycles in which its entries were accepted, as far as they follow from
  /// those in which earlier ones left it.
  struct Queue {
    Ring<Segment> segments;
    std::array<uint64_t, kQueue> pops{};  ///< cycles in which the last entries left
    uint64_t popped = 0, accepted = 0, last_accept = 0;

    void accept() {
      for (size_t i; (i = accepted - popped) < std::min(segments.size(), kQueue); ++accepted) {
        Segment& s = segments[i];
        const uint64_t room = accepted < kQueue ? 0 : pops[accepted % kQueue] + 1;
        last_accept = s.accepted = std::max({s.from, last_accept + 1, room});
      }
    }
    void pop(uint64_t cycle) {
      pops[popped++ % kQueue] = cycle;
      segments.pop();
      accept();
    }
    void clear() {
      segments.clear();
      popped = accepted = last_accept = 0;
    }
    void state(StateArchive& archive, uint64_t floor, const uint64_t* first_bytes);
  };
  void check_stop(uint64_t cycle) const {
    if (cycle > limit_) throw TwinStop{};
  }
  /// A beat is offered, and is not a failing burst's.
  void demand() {
    if ((!offered_ && !offer()) || offer_fails_) throw TwinStop{};
  }
  void issue_reads();
  /// Puts bursts on the bus that were issued by `until`, and before the operation is stopped.
  void send_reads(uint64_t until) {
    if (!unsent_.empty()) send_unsent(until);
  }
  void send_unsent(uint64_t until);
  void send_read(Inflight& burst);
  void push_read(Inflight& burst, const TwinBus::Burst& transaction, uint64_t cycle);
  /// Says when the next beat is offered; false: the operation is stopped before.
  bool offer();
  /// A burst's last beat has come in r_: room for another one. In order: when it is offered, else
  /// when it is taken.
  void end_burst() { last_r_[bursts_done_++ % last_r_.size()] = r_; }
  void finish_beat();
  /// Beats of the open burst, but for its last, that follow each other without a gap if each is
  /// taken as soon as it is offered.
  uint64_t steady_reads() {
    if (offered_ || tail_ || beat_ == 0 || delivered_ != r_ + 1) return 0;
    return inflight_.front().beats - beat_ - 1;
  }
  void skip_reads(uint64_t beats) {
    if (beats == 0) return;
    beat_ += static_cast<uint32_t>(beats);
    r_ += beats;
    delivered_ += beats;
    take_[0] = delivered_ - 1;
    take_[1] = delivered_;
  }
  unsigned fill_beat_queue(uint64_t cycle);
  void settle_front_end();
  uint64_t next_put(const Segment& segment);
  uint64_t put_bus_beat(uint64_t from);
  void write_burst(const Segment& segment, uint64_t cycle);
  uint64_t answered(uint64_t end_cycle, uint64_t cycle);

  Config config_;
  TwinBus& bus_;
  MemoryView& memory_;
  uint32_t shift_, mask_;
  uint64_t stop_cycle_ = kNever;
  uint64_t limit_ = kNever;  ///< stop_cycle_ or an error, whichever is first
  Error read_error_, write_error_;
  std::vector<uint8_t> enable_;
  uint64_t bytes_read_ = 0, bytes_written_ = 0, read_bursts_ = 0, write_bursts_ = 0;

  // reader: requests, issue
  Queue requests_;
  uint64_t issue_ = 0;                            ///< cycle of the last AR at the multiplexer
  std::array<uint64_t, 2> front_end_ar_{};        ///< cycles the front-end took from it
  std::array<uint64_t, 64> last_r_{};             ///< by burst: last R beat, kNever: not yet
  uint64_t bursts_issued_ = 0, bursts_done_ = 0;  ///< of the reader
  // reader: beats
  Ring<Inflight> unsent_;  ///< issued, but not on the bus yet
  bool sending_ = false;   ///< in the midst of send_unsent()
  Ring<Inflight> inflight_;
  uint32_t beat_ = 0;          ///< next of the oldest burst
  uint64_t r_ = 0;             ///< cycle of the last R beat
  uint64_t take_[2] = {0, 0};  ///< cycles in which the last two beats left the beat queue
  uint64_t delivered_ = 0;     ///< cycle of the last delivery
  bool tail_ = false;          ///< the segment's last bytes are still held
  bool offered_ = false, offer_last_ = false, offer_tail_ = false;
  uint64_t offer_cycle_ = 0;
  bool offer_leaves_tail_ = false;
  bool offer_fails_ = false;  ///< the offered beat belongs to a failing burst
  bool reads_fail_ = false;   ///< a burst of the reader has failed
  std::array<FrontEndRead, kFrontEndReads> front_end_reads_{};
  unsigned front_end_count_ = 0;

  // writer
  Queue writes_;
  uint64_t put_ = 0;                             ///< cycle of the last beat at the multiplexer
  std::array<uint64_t, kUnanswered> answers_{};  ///< cycles of the last answers
  uint64_t write_opened_ = 0, write_answered_ = 0;
  uint64_t last_answer_ = 0;
};

}  // namespace systole
