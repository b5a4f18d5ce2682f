// Random sequences on RTL and twins alike, compared where all is quiet: every byte of memory, every
// register that does not count time. Upstream: test_campaign.cpp, run_campaign.cpp.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/cosim/campaign/plan.h"
#include "tests/cosim/campaign/soc.h"

namespace systole::test::campaign {

struct Statistics {
  uint64_t rounds = 0, descriptors = 0, completed = 0;
  uint64_t intervened = 0;  ///< rounds with an abort, reset, … at any time
  uint64_t parted = 0;  ///< of these, rounds in which RTL and twins were met at different points
  uint64_t rescued = 0, aborted = 0, resets = 0;
  uint64_t bytes_compared = 0, counters_compared = 0;
  std::map<std::string, uint64_t> errors;  ///< by kind and code
};

/// The two SoCs and their rounds. Make it before sc_start(), which ends when all rounds are done or
/// `most_failures` differences have been found.
class Campaign {
 public:
  Campaign(const SocConfig& config, uint64_t seed, uint64_t rounds, size_t most_failures = 5);
  ~Campaign();

  bool finished() const { return finished_ == 2; }
  const std::vector<std::string>& failures() const { return failures_; }
  const Statistics& statistics() const { return statistics_; }
  const SocConfig& config() const { return config_; }

 private:
  /// What a side has come to in a round.
  struct Outcome {
    std::vector<uint64_t> seen;  ///< answers along the way
    std::vector<std::vector<uint64_t>> registers;
    std::vector<uint64_t> done, bytes_read, bytes_written;  ///< per engine, of this round
    std::vector<bool> idle_waiting;  ///< per engine: stopped while it waited, nothing was begun
    std::vector<bool> irq;
    uint64_t rescues = 0, aborts = 0, resets = 0;
    bool hung = false;
  };

  void body(Soc& soc, unsigned side);
  void meet();
  void prepare();
  void run_round(Soc& soc, Outcome& out);
  void set_up(Soc& soc, Outcome& out);
  void act(Soc& soc, Outcome& out, const Action& action);
  /// The engines that wait for ever; all others are at rest.
  std::vector<bool> settle(Soc& soc, Outcome& out);
  void ctrl_done(Soc& soc, Outcome& out, size_t engine);
  void rescue(Soc& soc, Outcome& out, const std::vector<bool>& blocked, unsigned pass);
  void read_registers(Soc& soc, Outcome& out);
  void compare();
  void compare_registers(bool strict);
  void compare_memory(bool strict);
  void check_confined(Soc& soc, const Outcome& out, bool strict);
  std::string stopped_at(size_t engine) const;
  void fail(const std::string& what);
  void make_alike();
  uint64_t started(size_t engine) const { return round_.engines[engine].descriptors.size(); }
  uint64_t first_unfinished(size_t engine, bool strict) const;
  bool may_be_begun(const Outcome& out, size_t engine, uint64_t index) const;

  SocConfig config_;
  Planner planner_;
  uint64_t rounds_, number_ = 0;
  size_t most_failures_;
  std::unique_ptr<Soc> socs_[2];
  Outcome outcomes_[2];
  Round round_;
  std::vector<EngineState> states_;
  std::vector<uint8_t> before_[2];  ///< DRAM and SPM at the beginning of the round
  std::vector<std::string> failures_;
  Statistics statistics_;
  sc_core::sc_event met_;
  unsigned arrived_ = 0, finished_ = 0;
  uint64_t meeting_ = 0;
  bool over_ = false;
};

}  // namespace systole::test::campaign
