// Who pays when two initiators ask one target in the same cycle (configuration key
// bus.arbitration).
#pragma once
#include <memory>
#include <string>

namespace systole {

/// The interconnect never makes a transaction wait for another process: a request is placed into
/// the calendars when its call arrives, and data already placed never moves. What an arbiter
/// decides is therefore the tie alone: requests of different initiators that reach one target in
/// the same cycle. The loser's address is granted one cycle later. Requests that arrive in
/// different cycles are served in the order of the calls, each from its own arrival on.
class ArbitrationPolicy {
 public:
  virtual ~ArbitrationPolicy() = default;
  /// `initiator` reaches the target in the cycle in which `other` (a different one) was placed.
  /// True: `initiator` loses the tie.
  virtual bool loses(unsigned initiator, unsigned other) = 0;
};

/// round_robin: each initiator loses and wins by turns. fixed: the lower number wins.
/// One object per target. Null if the name is unknown.
std::unique_ptr<ArbitrationPolicy> make_arbitration(const std::string& name);

}  // namespace systole
