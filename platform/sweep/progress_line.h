// How far a long piece of work is, on standard error: a bar with rate and time left.
#pragma once
#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

namespace systole {

/// "1 h 02 min", "3 min 20 s", "12 s".
std::string time_text(double seconds);

/// A bar on a terminal, else a line every few seconds. The rate counts what this object saw.
class ProgressLine {
 public:
  struct Style {
    bool quiet = false;     ///< show nothing
    bool terminal = false;  ///< draw over the same line
  };
  /// `before`: of `total`, what was done already.
  ProgressLine(std::ostream& out, const Style& style, std::string what, uint64_t total,
               uint64_t before = 0)
      : out_(out), style_(style), what_(std::move(what)), total_(total), before_(before) {}
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(uint64_t done, uint64_t failed = 0);

 private:
  using WallClock = std::chrono::steady_clock;

  std::ostream& out_;
  Style style_;
  std::string what_;
  uint64_t total_, before_, shown_ = ~uint64_t{0};
  WallClock::time_point start_ = WallClock::now();
  double shown_at_ = 0;
  bool drawn_ = false;
};

}  // namespace systole
