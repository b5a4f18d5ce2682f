// bench dma: a copy or fill, checked byte by byte. With --src or --dst the addresses are the
// user's.
#include "platform/app/bench_support.h"
#include "sw_driver/kernels/copy.h"

namespace systole {

std::string bench_dma(const BenchRequest& request, Host& host, BenchResult& result) {
  const uint64_t bytes = request.bytes;
  BenchBuffers buffers(host);
  BenchRandom random(request.seed);
  driver::Buffer src, dst;
  if (request.fill) {
    src.bytes = 0;
  } else if (request.src.empty()) {
    src = buffers.take(bytes);
    if (buffers.ok() && !host.timing_only) random.fill_bytes(src);
  } else {
    src.addr = parse_address("--src", request.src);
    src.host = host.hal.map(src.addr, bytes);  // null: unmapped, the engine will say so
    src.bytes = bytes;
  }
  if (request.dst.empty()) {
    dst = buffers.take(bytes);
  } else {
    dst = {parse_address("--dst", request.dst), nullptr, bytes};
    dst.host = host.hal.map(dst.addr, bytes);
  }
  if (!buffers.ok()) return "the operands do not fit into DRAM";

  const auto pattern = static_cast<uint32_t>(random.next());
  std::vector<uint8_t> expected(host.timing_only ? 0 : bytes);
  if (src.host && !expected.empty()) std::memcpy(expected.data(), src.host, bytes);
  for (uint64_t i = 0; request.fill && i < expected.size(); ++i) {
    expected[i] = static_cast<uint8_t>(pattern >> (8 * (i % 4)));
  }

  driver::CommandStream& stream = host.device.stream();
  driver::Status status = driver::Status::Ok;
  for (uint64_t i = 0; i < request.repeat && status == driver::Status::Ok; ++i) {
    if (request.fill) {
      driver::FillArgs args;
      args.dst = dst.addr;
      args.row_bytes = static_cast<uint32_t>(bytes);
      args.pattern = pattern;
      status = driver::fill(stream, args);
    } else {
      driver::CopyArgs args;
      args.src = src.addr;
      args.dst = dst.addr;
      args.row_bytes = static_cast<uint32_t>(bytes);
      status = driver::copy(stream, args);
    }
  }
  if (status != driver::Status::Ok) return describe_failure(host, "recording dma", status);
  status = run_recorded(host, result);
  if (status != driver::Status::Ok) return describe_failure(host, "dma", status);

  if (dst.host && !host.timing_only) {
    for (uint64_t i = 0; i < bytes; ++i) result.mismatches += dst.as<uint8_t>()[i] != expected[i];
    result.compared = bytes;
    result.results.add(dst.host, bytes);
  }
  const driver::EngineConfig& engine = host.device.engine(driver::EngineKind::Dma).config();
  result.problem = {{"bytes", bytes}, {"operation", request.fill ? "fill" : "copy"}};
  const double cycles = static_cast<double>(result.cycles) / static_cast<double>(request.repeat);
  result.figures["bytes_per_cycle"] = static_cast<double>(bytes) / cycles;
  result.figures["bus_efficiency"] = static_cast<double>(bytes) / cycles / engine.data_bytes;
  return "";
}

}  // namespace systole
