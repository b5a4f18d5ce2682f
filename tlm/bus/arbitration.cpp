#include "tlm/bus/arbitration.h"

#include <vector>

namespace systole {
namespace {

class RoundRobin : public ArbitrationPolicy {
 public:
  bool loses(unsigned initiator, unsigned) override {
    if (lost_.size() <= initiator) lost_.resize(initiator + 1);
    lost_[initiator] = !lost_[initiator];
    return lost_[initiator];
  }

 private:
  std::vector<bool> lost_;  ///< per initiator: lost its last tie
};

class Fixed : public ArbitrationPolicy {
 public:
  bool loses(unsigned initiator, unsigned other) override { return other < initiator; }
};

}  // namespace

std::unique_ptr<ArbitrationPolicy> make_arbitration(const std::string& name) {
  if (name == "round_robin") return std::make_unique<RoundRobin>();
  if (name == "fixed") return std::make_unique<Fixed>();
  return nullptr;
}

}  // namespace systole
