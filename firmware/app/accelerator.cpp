#include "firmware/app/accelerator.h"

#include "firmware/app/run_result.h"
#include "firmware/boot/console.h"
#include "firmware/boot/trap.h"
#include "sw_driver/kernels/gemm.h"
#include "sw_driver/llm/generator.h"

extern "C" char __firmware_end[];
extern "C" {
systole::firmware::RunResult systole_run_result;
}

namespace systole::firmware {
namespace {

namespace llm = driver::llm;
using driver::Status;

driver::Device g_device;
llm::Generator g_generator;
driver::BareMetalHal g_hal{{}};  // configured by open_device()
bool g_device_open = false, g_model_loaded = false;

bool fail(const char* what) {
  RunResult& result = systole_run_result;
  result.state = RunState::Failed;
  uint32_t n = 0;
  for (; what[n] && n + 1 < sizeof result.error; ++n) result.error[n] = what[n];
  result.error[n] = 0;
  console << "failed: " << what << "\n";
  return false;
}

bool fail(const char* what, Status status) {
  Message text;
  text << what << ": " << driver::to_string(status);
  if (status == Status::EngineError) {
    const driver::CommandStream& stream = g_device.stream();
    const uint32_t index = stream.faulty_engine();
    const driver::EngineKind kind = g_device.soc().kind_of(index);
    const driver::EngineFault& fault = stream.fault();
    text << ", " << driver::to_string(kind) << "[" << index - g_device.soc().engine_index(kind, 0)
         << "] stopped with error code " << uint32_t{fault.code} << " ("
         << driver::fault_text(fault.code) << "), address " << Hex{fault.address}
         << ", descriptor at " << Hex{fault.descriptor};
  }
  return fail(text.c_str());
}

void collect_engines() {
  RunResult& result = systole_run_result;
  const driver::Soc& soc = g_device.soc();
  result.engine_count = soc.engines();
  for (uint32_t e = 0; e < soc.engines(); ++e) {
    const driver::EngineKind kind = soc.kind_of(e);
    driver::Engine& engine = g_device.engine(kind, e - soc.engine_index(kind, 0));
    result.configs[e] = engine.config();
    static_cast<void>(engine.read_counters(&result.counters[e]));
  }
  result.offload = g_device.stream().offload();
  result.stream = g_device.stream().statistics();
}

void fill(const driver::Buffer& buffer, uint64_t* seed) {
  for (uint64_t i = 0; i < buffer.bytes; ++i) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    buffer.as<uint8_t>()[i] = static_cast<uint8_t>(*seed >> 56);
  }
}

// Prints the text as it comes and keeps the tokens.
class Printer final : public llm::GenerationObserver {
 public:
  bool on_token(int32_t token, llm::Piece piece, bool from_prompt) override {
    RunResult& result = systole_run_result;
    if (from_prompt) ++result.prompt_tokens;
    if (!from_prompt && result.first_token_cycle == 0)
      result.first_token_cycle = g_hal.now_cycles();
    if (result.token_count < RunResult::kMaxTokens) result.tokens[result.token_count++] = token;
    for (uint32_t i = 0; i < piece.length; ++i) console.put(piece.bytes[i]);
    return true;
  }
  void on_logits(const float* logits, uint32_t vocabulary) override {
    const auto* bytes = reinterpret_cast<const uint8_t*>(logits);
    uint64_t hash = systole_run_result.digest;
    for (uint64_t i = 0; i < uint64_t{vocabulary} * sizeof *logits; ++i)
      hash = (hash ^ bytes[i]) * 0x100000001b3;
    systole_run_result.digest = hash;
  }
};

}  // namespace

driver::Device* open_device(const Board& board, const char** error) {
  *error = "";
  if (g_device_open) return &g_device;
  if (board.sysctl == 0) {
    *error = "this machine has no system control: no engines here";
    return nullptr;
  }
  driver::DeviceOptions options;
  options.dram_reserved_bytes = reinterpret_cast<uint64_t>(__firmware_end) - board.dram.base;
  g_hal = driver::BareMetalHal(board.hal_config());
  const Status status = g_device.open(g_hal, options);
  if (status != Status::Ok) {
    static Message text;
    text << "bringing the SoC up: " << driver::to_string(status);
    *error = text.c_str();
    return nullptr;
  }
  g_device_open = true;
  return &g_device;
}

bool generate(const Board& board, const BootOptions& options) {
  RunResult& result = systole_run_result;
  result.state = RunState::Running;
  result.magic = RunResult::kMagic;
  result.bytes = sizeof result;
  result.token_count = result.prompt_tokens = 0;
  result.first_token_cycle = 0;
  result.digest = 0xcbf29ce484222325;
  const char* error = "";
  driver::Device* device = open_device(board, &error);
  if (device == nullptr) return fail(error);
  if (!g_model_loaded) {
    if (device->model().bytes == 0 || device->tokenizer().bytes == 0)
      return fail("there is no model image");
    const Status loaded = g_generator.load(*device, device->model(), device->tokenizer());
    const char* detail = g_generator.error().text.c_str();
    if (loaded != Status::Ok && *detail) return fail(detail);
    if (loaded != Status::Ok) return fail("loading the model", loaded);
    g_model_loaded = true;
  }

  llm::GenerateRequest request;
  request.prompt = options.prompt;
  request.prompt_bytes = length_of(options.prompt);
  request.max_tokens = options.max_tokens;
  request.temperature = options.temperature;
  request.seed = options.seed;
  llm::GenerateResult generated;
  Printer printer;
  result.begin_cycle = g_hal.now_cycles();
  const Status status = g_generator.generate(request, &generated, &printer);
  result.end_cycle = g_hal.now_cycles();
  result.prefill_cycles = generated.prefill_cycles;
  result.decode_cycles = generated.decode_cycles;
  result.decode_passes = generated.decode_passes;
  collect_engines();
  if (status == Status::BadArgument) return fail(g_generator.error().text.c_str());
  if (status != Status::Ok) return fail("generating text", status);
  result.state = RunState::Done;
  return true;
}

bool bench_gemm(const Board& board, uint32_t m, uint32_t n, uint32_t k) {
  const char* error = "";
  driver::Device* device = open_device(board, &error);
  if (device == nullptr) return fail(error);
  driver::ArenaScope scope(device->dram());
  driver::Buffer a, b, c;
  Status status = device->dram().allocate(uint64_t{m} * k, 64, &a);
  if (status == Status::Ok) status = device->dram().allocate(uint64_t{n} * k, 64, &b);
  if (status == Status::Ok) status = device->dram().allocate(uint64_t{m} * n * 4, 64, &c);
  if (status != Status::Ok) return fail("allocating the operands", status);
  uint64_t seed = 1;
  fill(a, &seed);
  fill(b, &seed);

  driver::GemmArgs args;
  args.m = m, args.n = n, args.k = k;
  args.a = a.addr, args.lda = k;
  args.b = b.addr, args.ldb = k, args.layout = driver::GemmLayout::Transposed;
  args.c = c.addr, args.ldc = n * 4, args.output = driver::GemmOutput::Int32;
  const uint64_t start = g_hal.now_cycles();
  status = driver::gemm(device->stream(), args);
  if (status == Status::Ok) status = device->stream().finish();
  const uint64_t cycles = g_hal.now_cycles() - start;
  if (status != Status::Ok) return fail("gemm", status);

  uint64_t mismatches = 0;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < n; ++j) {
      int32_t sum = 0;
      for (uint32_t t = 0; t < k; ++t)
        sum += a.as<int8_t>()[uint64_t{i} * k + t] * b.as<int8_t>()[uint64_t{j} * k + t];
      mismatches += sum != c.as<int32_t>()[uint64_t{i} * n + j];
    }
  }
  console << "gemm " << m << " x " << n << " x " << k << ": " << cycles << " cycles, " << mismatches
          << " mismatches\n";
  return mismatches == 0;
}

}  // namespace systole::firmware
