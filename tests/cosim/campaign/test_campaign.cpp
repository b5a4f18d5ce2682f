// A small campaign as a test: SYSTOLE_TEST_SEED, SYSTOLE_TEST_ROUNDS. systole_campaign runs a long
// one.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/cosim/campaign/campaign.h"
#include "tests/cosim/campaign/configs.h"

using namespace systole::test::campaign;

TEST_CASE("random sequences on several engines leave RTL and twins in the same state",
          "[twin][campaign]") {
  const auto environment = [](const char* name, uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value ? std::strtoull(value, nullptr, 0) : otherwise;
  };
  const uint64_t seed = environment("SYSTOLE_TEST_SEED", 1);
  const uint64_t rounds = environment("SYSTOLE_TEST_ROUNDS", 60);
  CAPTURE(seed, rounds);
  std::vector<std::unique_ptr<Campaign>> campaigns;
  for (const SocConfig& config : soc_configs())
    campaigns.push_back(std::make_unique<Campaign>(config, seed * 1000 + campaigns.size(), rounds));
  sc_core::sc_start();
  for (const auto& campaign : campaigns) {
    INFO(campaign->config().name);
    for (const std::string& failure : campaign->failures()) UNSCOPED_INFO(failure);
    CHECK(campaign->failures().empty());
    CHECK(campaign->finished());
    const Statistics& s = campaign->statistics();
    CHECK(s.rounds == rounds);
    CHECK(s.completed > s.descriptors / 2);
    CHECK(s.parted * 10 <= s.rounds);
  }
}
