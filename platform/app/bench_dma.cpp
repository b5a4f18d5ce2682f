// bench dma: a copy or fill, checked byte by byte. With --src or --dst the addresses are the
// user's.
#include "platform/app/bench_support.h"
#include "sw_driver/kernels/copy.h"

namespace systole {
namespace {

using driver::Buffer;
using driver::Status;

/// `rows` rows of `bytes`, one every `pitch` bytes, from src to dst; src is empty for a fill.
struct Transfer {
  uint64_t bytes, rows, pitch;
  Buffer src, dst;
  uint32_t pattern = 0;

  uint64_t span() const { return (rows - 1) * pitch + bytes; }
};

/// Where the user wants it; no host pointer: unmapped, the engine will say so.
Buffer at(Host& host, const char* option, const std::string& address, uint64_t span) {
  const uint64_t addr = parse_address(option, address);
  return {addr, host.hal.map(addr, span), span};
}

bool take_operands(const BenchRequest& request, Host& host, BenchRandom& random, Transfer& t) {
  BenchBuffers buffers(host);
  const auto own = [&](uint64_t offset) {
    const Buffer buffer = buffers.take(t.span() + offset);
    return buffers.ok() ? buffer.slice(offset, t.span()) : buffer;
  };
  if (!request.src.empty())
    t.src = at(host, "--src", request.src, t.span());
  else if (!request.fill)
    t.src = own(request.src_offset);
  if (!request.fill && request.src.empty() && buffers.ok() && !host.timing_only)
    random.fill_bytes(t.src);
  t.dst = request.dst.empty() ? own(request.dst_offset) : at(host, "--dst", request.dst, t.span());
  t.pattern = static_cast<uint32_t>(random.next());
  return buffers.ok();
}

/// What dst must hold afterwards; between rows nothing changes.
std::vector<uint8_t> expect(const Transfer& t, bool fill) {
  std::vector<uint8_t> expected(t.span());
  if (t.dst.host) std::memcpy(expected.data(), t.dst.host, t.span());
  for (uint64_t row = 0; row < t.rows; ++row) {
    uint8_t* const to = expected.data() + row * t.pitch;
    if (t.src.host) std::memcpy(to, t.src.as<uint8_t>() + row * t.pitch, t.bytes);
    for (uint64_t i = 0; fill && i < t.bytes; ++i)
      to[i] = static_cast<uint8_t>(t.pattern >> (8 * (i % 4)));
  }
  return expected;
}

Status record(const Transfer& t, bool fill, driver::CommandStream& stream) {
  if (fill) {
    driver::FillArgs args;
    args.dst = t.dst.addr;
    args.rows = static_cast<uint32_t>(t.rows);
    args.dst_stride = t.pitch;
    args.row_bytes = static_cast<uint32_t>(t.bytes);
    args.pattern = t.pattern;
    return driver::fill(stream, args);
  }
  driver::CopyArgs args;
  args.src = t.src.addr;
  args.dst = t.dst.addr;
  args.rows = static_cast<uint32_t>(t.rows);
  args.src_stride = args.dst_stride = t.pitch;
  args.row_bytes = static_cast<uint32_t>(t.bytes);
  return driver::copy(stream, args);
}

}  // namespace

std::string bench_dma(const BenchRequest& request, Host& host, BenchResult& result) {
  Transfer t{request.bytes, request.copy_rows, request.bytes + request.gap, {}, {}};
  BenchRandom random(request.seed);
  if (!take_operands(request, host, random, t)) return "the operands do not fit into DRAM";
  std::vector<uint8_t> expected;
  if (!host.timing_only) expected = expect(t, request.fill);

  Status status = Status::Ok;
  for (uint64_t i = 0; i < request.repeat && status == Status::Ok; ++i)
    status = record(t, request.fill, host.device.stream());
  if (status != Status::Ok) return describe_failure(host, "recording dma", status);
  status = run_recorded(host, result);
  if (status != Status::Ok) return describe_failure(host, "dma", status);

  if (t.dst.host && !host.timing_only) {
    for (uint64_t i = 0; i < t.span(); ++i)
      result.mismatches += t.dst.as<uint8_t>()[i] != expected[i];
    result.compared = t.span();
    result.results.add(t.dst.host, t.span());
  }
  const driver::EngineConfig& engine = host.device.engine(driver::EngineKind::Dma).config();
  result.problem = {{"bytes", t.bytes},
                    {"rows", t.rows},
                    {"gap", request.gap},
                    {"operation", request.fill ? "fill" : "copy"}};
  const double cycles = static_cast<double>(result.cycles) / static_cast<double>(request.repeat);
  const auto moved = static_cast<double>(t.rows * t.bytes);
  result.figures["bytes_per_cycle"] = moved / cycles;
  result.figures["bus_efficiency"] = moved / cycles / engine.data_bytes;
  return "";
}

}  // namespace systole
