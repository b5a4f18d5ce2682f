// bench dma: a copy or fill, checked byte by byte. With --src or --dst the addresses are the
// user's.
#include "platform/app/bench_support.h"
#include "sw_driver/kernels/copy.h"

namespace systole {

using driver::Buffer;

std::string bench_dma(const BenchRequest& request, Host& host, BenchResult& result) {
  const uint64_t bytes = request.bytes, pitch = bytes + request.gap, rows = request.copy_rows;
  const uint64_t span = (rows - 1) * pitch + bytes;
  BenchBuffers buffers(host);
  BenchRandom random(request.seed);
  auto own = [&](uint64_t offset) {
    Buffer buffer = buffers.take(span + offset);
    return buffers.ok() ? buffer.slice(offset, span) : buffer;
  };
  Buffer src, dst;
  if (request.fill) {
    src.bytes = 0;
  } else if (request.src.empty()) {
    src = own(request.src_offset);
    if (buffers.ok() && !host.timing_only) random.fill_bytes(src);
  } else {
    src.addr = parse_address("--src", request.src);
    src.host = host.hal.map(src.addr, span);  // null: unmapped, the engine will say so
    src.bytes = span;
  }
  if (request.dst.empty()) {
    dst = own(request.dst_offset);
  } else {
    dst = {parse_address("--dst", request.dst), nullptr, span};
    dst.host = host.hal.map(dst.addr, span);
  }
  if (!buffers.ok()) return "the operands do not fit into DRAM";

  const auto pattern = static_cast<uint32_t>(random.next());
  std::vector<uint8_t> expected(host.timing_only ? 0 : span);  // between rows nothing changes
  if (dst.host && !expected.empty()) std::memcpy(expected.data(), dst.host, span);
  for (uint64_t row = 0; row < rows && !expected.empty(); ++row) {
    uint8_t* const to = expected.data() + row * pitch;
    if (src.host) std::memcpy(to, src.as<uint8_t>() + row * pitch, bytes);
    for (uint64_t i = 0; request.fill && i < bytes; ++i)
      to[i] = static_cast<uint8_t>(pattern >> (8 * (i % 4)));
  }

  driver::CommandStream& stream = host.device.stream();
  driver::Status status = driver::Status::Ok;
  for (uint64_t i = 0; i < request.repeat && status == driver::Status::Ok; ++i) {
    if (request.fill) {
      driver::FillArgs args;
      args.dst = dst.addr;
      args.rows = static_cast<uint32_t>(rows);
      args.dst_stride = pitch;
      args.row_bytes = static_cast<uint32_t>(bytes);
      args.pattern = pattern;
      status = driver::fill(stream, args);
    } else {
      driver::CopyArgs args;
      args.src = src.addr;
      args.dst = dst.addr;
      args.rows = static_cast<uint32_t>(rows);
      args.src_stride = args.dst_stride = pitch;
      args.row_bytes = static_cast<uint32_t>(bytes);
      status = driver::copy(stream, args);
    }
  }
  if (status != driver::Status::Ok) return describe_failure(host, "recording dma", status);
  status = run_recorded(host, result);
  if (status != driver::Status::Ok) return describe_failure(host, "dma", status);

  if (dst.host && !host.timing_only) {
    for (uint64_t i = 0; i < span; ++i) result.mismatches += dst.as<uint8_t>()[i] != expected[i];
    result.compared = span;
    result.results.add(dst.host, span);
  }
  const driver::EngineConfig& engine = host.device.engine(driver::EngineKind::Dma).config();
  result.problem = {{"bytes", bytes},
                    {"rows", rows},
                    {"gap", request.gap},
                    {"operation", request.fill ? "fill" : "copy"}};
  const double cycles = static_cast<double>(result.cycles) / static_cast<double>(request.repeat);
  result.figures["bytes_per_cycle"] = static_cast<double>(rows * bytes) / cycles;
  result.figures["bus_efficiency"] = static_cast<double>(rows * bytes) / cycles / engine.data_bytes;
  return "";
}

}  // namespace systole
