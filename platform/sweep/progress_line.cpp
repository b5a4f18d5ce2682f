#include "platform/sweep/progress_line.h"

#include <cstdio>

namespace systole {

std::string time_text(double seconds) {
  char text[48];
  const auto whole = static_cast<unsigned long long>(seconds + 0.5);
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%llu h %02llu min", whole / 3600, whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%llu min %02llu s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%llu s", whole);
  }
  return text;
}

ProgressLine::~ProgressLine() {
  if (drawn_ && style_.terminal) out_ << "\n";
}

void ProgressLine::show(uint64_t done, uint64_t failed) {
  if (style_.quiet || total_ == 0) return;
  const double elapsed = std::chrono::duration<double>(WallClock::now() - start_).count();
  const bool last = done == total_;
  if (!last && drawn_ && elapsed - shown_at_ < (style_.terminal ? 0.2 : 5.0)) return;
  if (last && done == shown_) return;
  shown_at_ = elapsed;
  shown_ = done;
  drawn_ = true;
  const double rate = elapsed > 0 ? static_cast<double>(done - before_) / elapsed : 0;
  std::string text = what_ + " ";
  if (style_.terminal) {
    const size_t filled = static_cast<size_t>(24 * done / total_);
    text += "[" + std::string(filled, '#') + std::string(24 - filled, '-') + "] ";
  }
  text += std::to_string(done) + "/" + std::to_string(total_);
  if (failed) text += ", " + std::to_string(failed) + " failed";
  if (rate > 0) {
    char figure[48];
    std::snprintf(figure, sizeof figure, rate >= 0.1 ? ", %.2f/s" : ", %.4f/s", rate);
    text += figure;
    if (!last) text += ", " + time_text(static_cast<double>(total_ - done) / rate) + " left";
  }
  out_ << (style_.terminal ? "\r\033[K" : "") << text << (style_.terminal ? "" : "\n")
       << std::flush;
}

}  // namespace systole
