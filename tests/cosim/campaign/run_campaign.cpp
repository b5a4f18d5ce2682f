// systole_campaign [SEQUENCES [SEED [CONFIGURATION]]]: random sequences of descriptors on several
// engines, RTL against twins, shared out to all configurations, or one's share alone ("w512b256").
// Exit status 0: no difference; 1: the differences are printed.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <systemc>

#include "tests/cosim/campaign/campaign.h"
#include "tests/cosim/campaign/configs.h"

using namespace systole::test::campaign;

namespace {

/// Prints how far everything is, in simulated time that lies between the rounds.
class Progress : public sc_core::sc_module {
 public:
  Progress(const sc_core::sc_module_name& name, std::vector<std::unique_ptr<Campaign>>& campaigns,
           uint64_t sequences)
      : sc_module(name), campaigns_(campaigns), sequences_(sequences) {
    SC_HAS_PROCESS(Progress);
    SC_THREAD(run);
  }

 private:
  void run() {
    for (uint64_t shown = 0; shown < sequences_;) {
      wait(1, sc_core::SC_MS);
      uint64_t rounds = 0;
      bool all = true;
      for (const auto& c : campaigns_) {
        rounds += c->statistics().rounds;
        all = all && c->finished();
      }
      if (rounds >= shown + sequences_ / 20) {
        std::fprintf(stderr, "%llu of %llu sequences\n", static_cast<unsigned long long>(rounds),
                     static_cast<unsigned long long>(sequences_));
        shown = rounds;
      }
      if (all) return;
    }
  }
  std::vector<std::unique_ptr<Campaign>>& campaigns_;
  uint64_t sequences_;
};

void print(const Campaign& campaign) {
  const Statistics& s = campaign.statistics();
  const auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%-8s %6llu sequences, %6llu descriptors, %6llu completed; %llu rescued, %llu aborts, "
      "%llu resets; %llu with an intervention at any time, %llu of which met RTL and twin at "
      "different points\n         errors:",
      campaign.config().name.c_str(), n(s.rounds), n(s.descriptors), n(s.completed), n(s.rescued),
      n(s.aborted), n(s.resets), n(s.intervened), n(s.parted));
  for (const auto& [name, count] : s.errors) std::printf(" %s: %llu", name.c_str(), n(count));
  std::printf("\n         %llu MB of memory and %llu counters of bytes compared, %zu differences\n",
              n(s.bytes_compared / 1'000'000), n(s.counters_compared), campaign.failures().size());
  for (const std::string& failure : campaign.failures()) std::printf("%s\n", failure.c_str());
}

}  // namespace

int sc_main(int argc, char* argv[]) {
  const uint64_t sequences = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 10'000;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1;
  const std::string only = argc > 3 ? argv[3] : "";
  const std::vector<SocConfig> configs = soc_configs();
  std::vector<std::unique_ptr<Campaign>> campaigns;
  uint64_t all = 0;
  for (size_t i = 0; i < configs.size(); ++i) {
    const uint64_t share = sequences * (i + 1) / configs.size() - sequences * i / configs.size();
    if (!only.empty() && only != configs[i].name) continue;
    campaigns.push_back(std::make_unique<Campaign>(configs[i], seed * 1000 + i, share));
    all += share;
  }
  if (argc > 4 || sequences == 0 || campaigns.empty()) {
    std::fprintf(stderr, "systole_campaign [SEQUENCES [SEED [CONFIGURATION]]]; configurations:");
    for (const SocConfig& config : configs) std::fprintf(stderr, " %s", config.name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  Progress progress("progress", campaigns, all);
  sc_core::sc_start();
  std::printf("%llu random sequences, seed %llu\n", static_cast<unsigned long long>(all),
              static_cast<unsigned long long>(seed));
  bool same = true;
  for (const auto& campaign : campaigns) {
    print(*campaign);
    same = same && campaign->failures().empty() && campaign->finished();
  }
  return same ? 0 : 1;
}
