// systole sweep-gemms, not listed: the worker of a sweep over a list of matrix products.
#include "platform/app/commands.h"
#include "platform/app/simulation.h"
#include "platform/sweep/spec.h"
#include "sw_driver/kernels/gemm.h"
#include "sw_driver/kernels/weights.h"

namespace systole {
namespace {

namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

/// Operands in DRAM, weights packed, until the arena's scope ends. False: they do not fit.
bool place(const GemmShape& shape, Host& host, driver::GemmArgs& args) {
  const driver::EngineConfig& array = host.device.engine(driver::EngineKind::Gemm).config();
  args.m = static_cast<uint32_t>(shape.m);
  args.n = static_cast<uint32_t>(shape.n);
  args.k = static_cast<uint32_t>(shape.k);
  const std::pair<uint64_t*, uint64_t> operands[] = {
      {&args.a, shape.m * shape.k},
      {&args.b, driver::packed_weight_bytes(args.n, args.k, array.rows, array.cols)},
      {&args.c, shape.m * shape.n * 4},
      {&args.row_scale, shape.m * 4},
      {&args.col_scale, shape.n * 4}};
  for (const auto& [addr, bytes] : operands) {
    driver::Buffer buffer;
    if (host.device.dram().allocate(bytes, 64, &buffer) != driver::Status::Ok) return false;
    *addr = buffer.addr;
  }
  args.lda = args.k;
  args.ldb = 0;
  args.layout = driver::GemmLayout::Packed;
  args.ldc = args.n * 4;
  args.output = driver::GemmOutput::Float32;
  return true;
}

Json layer_json(const GemmShape& shape, uint64_t cycles,
                const std::vector<OperationReport>& operations) {
  uint64_t read = 0, written = 0, work = 0, seen = 0;
  for (const OperationReport& op : operations) {
    if (op.engine.rfind("gemm", 0) != 0) continue;
    read += op.bytes_read, written += op.bytes_written;
    work += op.work, seen += op.seen_cycles;
  }
  return {{"layer", shape.layer}, {"m", shape.m},       {"n", shape.n},
          {"k", shape.k},         {"cycles", cycles},   {"work", work},
          {"seen_cycles", seen},  {"bytes_read", read}, {"bytes_written", written}};
}

// All products in one simulation, one after the other. Timing does not depend on data, so there is
// none but zeros.
std::string run_gemms(const std::vector<GemmShape>& shapes, Host& host, Json& layers) {
  driver::CommandStream& stream = host.device.stream();
  for (const GemmShape& shape : shapes) {
    if (host.stopping()) return "";
    const driver::ArenaScope scope(host.device.dram());
    const std::string name = "layer '" + shape.layer + "'";
    driver::GemmArgs args;
    if (!place(shape, host, args))
      return name + ": the operands do not fit into DRAM (dram.size_mib)";
    const uint64_t begin = host.hal.now_cycles();
    const auto before = host.operations();
    driver::Status status = driver::gemm(stream, args);
    if (status == driver::Status::Ok) status = stream.flush();
    if (status == driver::Status::Ok) status = stream.finish();
    if (status != driver::Status::Ok) return describe_failure(host, name, status);
    const uint64_t cycles = host.hal.now_cycles() - begin;
    host.report.cycles_total += cycles;
    layers.push_back(layer_json(shape, cycles, difference(host.operations(), before)));
  }
  return "";
}

}  // namespace

int sweep_gemms_command(const Arguments& arguments) {
  std::string csv;
  CommandLine line("sweep-gemms", "the matrix products of a list, timed in one simulation",
                   {"systole sweep-gemms --csv shapes.csv --report r.json"});
  line.own().add_options()("csv", po::value<std::string>(&csv)->value_name("FILE"),
                           "Layer, M, N, K,");
  line.allow_timing_only();
  if (line.parse(arguments)) return kExitDone;
  std::vector<GemmShape> shapes;
  try {
    shapes = read_gemm_csv(csv);
  } catch (const SweepError& error) {
    throw RequestError(error.what());
  }
  if (line.common().config.gemm.count == 0) {
    throw RequestError("gemm.count: '0' is not legal for a list of matrix products; legal: 1 to 8");
  }
  if (!line.common().report_file.empty()) check_writable(line.common().report_file);
  Report report;
  report.command = "sweep-gemms";
  auto layers = nlohmann::ordered_json::array();
  const int status = simulate(
      line.common(), {}, [&](Host& host) { return run_gemms(shapes, host, layers); }, report);
  report.own["layers"] = layers;
  return finish(line.common(), report, status);
}

}  // namespace systole
