#include "platform/sweep/local_engine.h"

namespace systole {

std::optional<PointEnd> LocalEngine::wait(int timeout_ms) {
  const auto one = pool_.wait(timeout_ms);
  if (!one) return std::nullopt;
  PointEnd end;
  end.point = one->id;
  end.status = one->status;
  end.seconds = one->seconds;
  if (one->signal != 0) end.killed = killed_by(one->signal);
  return end;
}

std::string LocalEngine::cancel() {
  pool_.kill_all();
  return "";
}

}  // namespace systole
