#include "platform/app/engine_work.h"

namespace systole {

using driver::EngineKind;
using Json = nlohmann::ordered_json;

std::vector<EngineWork> look_at_engines(Host& host) {
  std::vector<EngineWork> list;
  for (const EngineKind kind : {EngineKind::Gemm, EngineKind::Vpu, EngineKind::Dma}) {
    for (uint32_t i = 0; i < host.device.soc().count[static_cast<uint32_t>(kind)]; ++i) {
      EngineWork work;
      work.engine = std::string(driver::to_string(kind)) + "[" + std::to_string(i) + "]";
      if (host.device.engine(kind, i).read_counters(&work.counters) == driver::Status::Ok)
        list.push_back(work);
    }
  }
  return list;
}

std::vector<EngineWork> work_since(const std::vector<EngineWork>& before,
                                   std::vector<EngineWork> after) {
  std::vector<EngineWork> list;
  for (size_t i = 0; i < std::min(before.size(), after.size()); ++i) {
    after[i].counters = after[i].counters - before[i].counters;
    if (after[i].counters.descriptors) list.push_back(after[i]);
  }
  return list;
}

Json to_json(const std::vector<EngineWork>& work) {
  Json list = Json::array();
  for (const EngineWork& one : work) {
    list.push_back({{"engine", one.engine},
                    {"cycles", one.counters.busy_cycles},
                    {"wait_cycles", one.counters.wait_cycles},
                    {"descriptors", one.counters.descriptors},
                    {"work", one.counters.work},
                    {"bytes_read", one.counters.bytes_read},
                    {"bytes_written", one.counters.bytes_written}});
  }
  return list;
}

bool same_work(const Json& a, const Json& b) {
  if (a.size() != b.size()) return false;
  constexpr uint64_t kWordBytes = 4;
  for (size_t i = 0; i < a.size(); ++i) {
    for (const char* key : {"engine", "descriptors", "work", "bytes_written"}) {
      if (a[i][key] != b[i][key]) return false;
    }
    const auto read = a[i]["bytes_read"].get<uint64_t>(),
               other = b[i]["bytes_read"].get<uint64_t>();
    const bool waits = a[i]["wait_cycles"] != 0 || b[i]["wait_cycles"] != 0;
    if (read != other && !(waits && (read - other) % kWordBytes == 0)) return false;
  }
  return true;
}

}  // namespace systole
