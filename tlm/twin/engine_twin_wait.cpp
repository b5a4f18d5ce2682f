// How the front-end waits for a word: looks at it, its own and those that the bus does meanwhile.
#include <algorithm>

#include "tlm/twin/engine_twin.h"
#include "tlm/twin/header_check.h"

namespace systole {
namespace {

constexpr uint32_t kWordBytes = 4;
constexpr uint64_t kPatience = 1024;        ///< a wait that is longer looks apart
constexpr uint64_t kLongestDoze = 1 << 20;  ///< cycles

}  // namespace

/// One read of the word, valid at the multiplexer in `valid`.
void EngineTwin::poll(uint64_t valid, const hw::DescriptorHeader& header) {
  uint8_t word[kWordBytes] = {};
  poll_.begun = true;
  const unsigned number = port_.front_end_issue(valid, header.wait_addr, true, word);
  const TwinPort::FrontEndRead answer = port_.front_end_read(number);
  poll_.answered = answer.last_cycle;
  poll_.resp = answer.response;
  poll_.hit = !(answer.response & 2) && wait_is_over(header, word);
}

/// The wait of a descriptor that was taken in `take`; the cycle of the state that follows.
uint64_t EngineTwin::await_word(uint64_t take, const hw::DescriptorHeader& header) {
  const uint64_t begin = take + 1;
  if (poll_.begun && poll_.hit && poll_.answered + 1 <= take) return begin;
  const uint64_t expires = begin + header.wait_timeout - 1;
  polled_.words.clear();
  waiting_ = true;
  wait_from_ = begin;
  bool left = false;  // the last looks were the bus's: the next one is not
  for (uint64_t looked = 0;;) {
    const uint64_t seen = std::max(poll_.answered + 1, begin);
    if (port_.stop_cycle() <= seen) throw TwinStop{};
    if (poll_.hit || poll_.resp & 2) advance(looked);
    if (poll_.resp & 2) throw Failure{seen, hw::ENGINE_ERR_SYNC_BUS, poll_.resp, header.wait_addr};
    if (poll_.hit) break;
    const uint64_t next = poll_.answered + kPollGap;
    if (next >= expires) {
      advance(std::max(seen, expires));
      throw Failure{std::max(seen, expires), hw::ENGINE_ERR_WAIT_TIMEOUT, 0, header.wait_addr};
    }
    left = !left && looked != 0 && leave_looks(next, expires, header);
    if (left) {
      looked = looks_.looked;
      continue;
    }
    // The first look tells the bus that this engine does nothing else: not ahead of its time.
    bool ahead = looked != 0 && undisturbed_until(next + 1);
    if (!ahead) {
      advance(next);
      ahead = undisturbed_until(next + 1);
    }
    if (port_.stop_cycle() <= next) throw TwinStop{};
    looking_ahead_ = ahead;
    if (next - begin < kPatience || !look_apart(next, expires, header))
      poll(skip_polls(next, expires, header.wait_addr), header);
    looking_ahead_ = false;
    looked = next + 1;
  }
  waiting_ = false;
  counters_[kWaited] += poll_.answered + 2 - begin;
  return poll_.answered + 2;
}

/// Sleeps while the bus does the looks from `next` on. True: it has done some, the last is poll_.
bool EngineTwin::leave_looks(uint64_t next, uint64_t expires, const hw::DescriptorHeader& header) {
  Looks* const looks = this->looks();
  const uint64_t due_ps = config_.clock.ps(next + 1);  // when it is on the bus
  if (!looks || config_.remember || next >= expires || due_ps <= Clock::now_ps() ||
      !accesses_.empty() || port_.stop_cycle() != TwinPort::kNever ||
      time_.bus()->target_bit(header.wait_addr, kWordBytes) == 0)
    return false;
  const Mapping* const mapping = find_mapping(header.wait_addr, kWordBytes);
  if (!mapping) return false;
  looks_ = {&header, mapping->data + (header.wait_addr - mapping->base), next, due_ps, 0, expires};
  if (sees()) return false;
  looks->begin(time_.initiator(), header.wait_addr, due_ps, *this);
  time_.doze(config_.clock.ps(std::min(expires, next + kLongestDoze)), looks_.due_ps);
  looks->run_due();
  looks->end(time_.initiator());
  serve();
  return looks_.looked != 0;
}

/// As poll(), without its way: nothing is in between, and nobody is to be waited for.
uint64_t EngineTwin::look() {
  const uint64_t valid = looks_.next;
  Clock::set_lag(Clock::real_ps() - looks_.due_ps);
  const uint64_t end =
      time_.bus()->pass(time_.initiator(), false, looks_.header->wait_addr, kWordBytes, valid + 1);
  Clock::set_lag(0);
  poll_.answered = port_.front_end_look(valid, end);
  poll_.hit = sees();
  looks_.looked = valid + 1;
  looks_.next = poll_.answered + kPollGap;
  looks_.due_ps = config_.clock.ps(looks_.next + 1);
  if (!poll_.hit && looks_.next < looks_.expires) return looks_.due_ps;
  wake();
  return kNoLook;
}

bool EngineTwin::sees() const { return wait_is_over(*looks_.header, looks_.word); }

}  // namespace systole
