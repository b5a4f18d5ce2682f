// Row-wise float32 operations: legality, arithmetic in the hardware's order, rows to and from
// memory.
#include "tlm/vpu/vpu_arith.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tlm/core/fp32.h"
#include "tlm/gen/vpu_regs.h"
#include "tlm/vpu/vpu_kernel.h"
#include "tlm/vpu/vpu_math.h"

namespace systole {
namespace {

using hw::VpuDescriptor;
using Row = std::vector<float>;

constexpr uint64_t kAddressMask = (uint64_t{1} << 40) - 1;
constexpr uint32_t kMaxRows = 1048575;
constexpr uint32_t kBurstBeats = 16;                   // longest burst of the engine
constexpr float kInv127 = 0.00787401571869850158691f;  // 0x3C010204
constexpr uint32_t kSmallestAbsmax = 0x03800000u;      // 2^-120

VpuDescriptor load(const uint8_t* desc) {
  VpuDescriptor d;
  std::memcpy(&d, desc, sizeof d);
  return d;
}

bool quantises(const VpuDescriptor& d) { return (d.vpu_flags & hw::VPU_FLAGS_QUANT_OUT_MASK) != 0; }
bool multiplies_y(const VpuDescriptor& d) { return (d.vpu_flags & hw::VPU_FLAGS_MUL_Y_MASK) != 0; }
bool causal(const VpuDescriptor& d) { return (d.vpu_flags & hw::VPU_FLAGS_CAUSAL_MASK) != 0; }
bool clips(const VpuDescriptor& d) {
  return d.opcode == hw::VPU_OP_ACT && d.act == hw::VPU_ACT_CLIP;
}

bool uses_y(const VpuDescriptor& d) {
  switch (d.opcode) {
    case hw::VPU_OP_RMSNORM:
    case hw::VPU_OP_LAYERNORM:
    case hw::VPU_OP_ADD:
    case hw::VPU_OP_MUL:
    case hw::VPU_OP_SWIGLU:
    case hw::VPU_OP_ROTARY:
      return true;
    default:
      return multiplies_y(d);
  }
}

/// Length of a row of y in elements.
uint32_t y_cols(const VpuDescriptor& d) {
  if (d.opcode == hw::VPU_OP_LAYERNORM) return 2 * d.cols;
  return d.opcode == hw::VPU_OP_ROTARY ? d.period : d.cols;
}

bool illegal_desc(const VpuDescriptor& d) {
  const bool softmax = d.opcode == hw::VPU_OP_SOFTMAX;
  const bool dequantise = d.opcode == hw::VPU_OP_DEQUANTIZE;
  const bool norm = d.opcode == hw::VPU_OP_RMSNORM || d.opcode == hw::VPU_OP_LAYERNORM;
  if (d.opcode < hw::VPU_OP_SOFTMAX || d.opcode > hw::VPU_OP_DEQUANTIZE) return true;
  if (d.vpu_flags > 7 || d.reserved1 != 0 || d.reserved2 != 0) return true;
  if (quantises(d) ? dequantise : d.opcode == hw::VPU_OP_QUANTIZE) return true;
  if ((multiplies_y(d) || causal(d)) && !softmax) return true;
  if (d.act > (d.opcode == hw::VPU_OP_ACT ? hw::VPU_ACT_CLIP : 0u)) return true;
  for (uint64_t addr : {d.x_addr, d.y_addr, d.d_addr, d.s_addr})
    if (addr > kAddressMask) return true;
  if (!dequantise && ((d.x_addr | d.x_stride) & 3)) return true;
  if (!quantises(d) && ((d.d_addr | d.d_stride) & 3)) return true;
  if ((d.y_addr | d.y_stride | d.s_addr) & 3) return true;
  if (!uses_y(d) && (d.y_addr != 0 || d.y_stride != 0)) return true;
  if (!quantises(d) && !dequantise && d.s_addr != 0) return true;
  if (d.period != 0 && !causal(d) && d.opcode != hw::VPU_OP_ROTARY) return true;
  if (d.valid != 0 && !softmax) return true;
  if (fp32::to_bits(d.alpha) != 0 && !softmax && !clips(d)) return true;
  return fp32::to_bits(d.beta) != 0 && !norm && !clips(d);
}

bool illegal_size(const VpuDescriptor& d, const VpuConfig& config) {
  const uint32_t limit = d.opcode == hw::VPU_OP_LAYERNORM ? config.max_cols / 2 : config.max_cols;
  if (d.rows < 1 || d.rows > kMaxRows || d.cols < 1 || d.cols > limit) return true;
  if (d.rows > 1 && d.d_stride < uint64_t{d.cols} * (quantises(d) ? 1 : 4)) return true;
  if (d.opcode == hw::VPU_OP_SOFTMAX) {
    if (d.valid < 1 || (causal(d) && d.period < 1)) return true;
    const uint64_t last = causal(d) ? std::min(d.period, d.rows) - 1 : 0;
    if (d.valid + last > d.cols) return true;
  }
  if (d.opcode == hw::VPU_OP_ROTARY) {
    if ((d.cols & 1) || (d.period & 1) || d.period < 1 || d.cols % d.period != 0) return true;
  }
  return false;
}

/// Reads and writes rows; remembers the first burst that fails.
class RowPort {
 public:
  RowPort(const VpuConfig& config, MemoryView& memory, OpResult* result)
      : data_bytes_(config.data_bytes), memory_(memory), result_(result) {}

  bool read(uint64_t addr, void* to, uint32_t bytes) {
    const uint8_t* from = find(addr, bytes, false);
    if (from != nullptr) std::memcpy(to, from, bytes);
    return from != nullptr;
  }

  bool write(uint64_t addr, const void* from, uint32_t bytes) {
    uint8_t* to = find(addr, bytes, true);
    if (to != nullptr) std::memcpy(to, from, bytes);
    return to != nullptr;
  }

 private:
  uint8_t* find(uint64_t addr, uint32_t bytes, bool write) {
    addr &= kAddressMask;
    uint8_t* p = memory_.map(addr, bytes, write);
    if (p == nullptr) {
      result_->error_code =
          static_cast<uint8_t>(write ? hw::ENGINE_ERR_WRITE_BUS : hw::ENGINE_ERR_READ_BUS);
      result_->error_addr = failing_burst(addr, bytes, write);
    }
    return p;
  }

  // Bursts start aligned to the data width, hold 16 beats at most and end at 4 KiB boundaries.
  uint64_t failing_burst(uint64_t addr, uint32_t bytes, bool write) {
    const uint64_t end = addr + bytes;
    uint64_t burst = addr & ~uint64_t{data_bytes_ - 1};
    while (burst < end) {
      const uint64_t next =
          std::min(burst + uint64_t{kBurstBeats} * data_bytes_, (burst | 4095) + 1);
      const uint64_t from = std::max(burst, addr), to = std::min(next, end);
      if (memory_.map(from, to - from, write) == nullptr) return burst;
      burst = next;
    }
    return addr & ~uint64_t{data_bytes_ - 1};
  }

  uint32_t data_bytes_;
  MemoryView& memory_;
  OpResult* result_;
};

/// One over a number of columns, as the norms use it.
float recip_of_count(uint32_t n) { return vpu::recip(fp32::from_i32(static_cast<int32_t>(n))); }

uint32_t count(const Row& x) { return static_cast<uint32_t>(x.size()); }

void softmax(const VpuDescriptor& d, uint32_t row, Row& x, const Row& y) {
  const uint32_t valid = d.valid + (causal(d) ? row % d.period : 0);
  vpu::row_scale(x.data(), valid, d.alpha);
  vpu::row_offset(x.data(), valid, fp32::negate(vpu::row_max(x.data(), valid)));
  vpu::row_exp(x.data(), valid);
  vpu::row_scale(x.data(), valid, vpu::recip(vpu_sum(x.data(), valid)));
  if (multiplies_y(d)) vpu::row_mul(x.data(), y.data(), valid);
  std::fill(x.begin() + valid, x.end(), 0.0f);
}

float scale_of_squares(const Row& x, float epsilon) {
  const float sum = vpu::row_sum_of_squares(x.data(), count(x));
  return vpu::rsqrt(fp32::add(fp32::mul(sum, recip_of_count(count(x))), epsilon));
}

void rmsnorm(const VpuDescriptor& d, Row& x, const Row& y) {
  vpu::row_scale(x.data(), d.cols, scale_of_squares(x, d.beta));
  vpu::row_mul(x.data(), y.data(), d.cols);
}

void layernorm(const VpuDescriptor& d, Row& x, const Row& y) {
  const float mean = fp32::mul(vpu_sum(x.data(), d.cols), recip_of_count(d.cols));
  vpu::row_offset(x.data(), d.cols, fp32::negate(mean));
  vpu::row_scale(x.data(), d.cols, scale_of_squares(x, d.beta));
  vpu::row_mul(x.data(), y.data(), d.cols);
  vpu::row_add(x.data(), y.data() + d.cols, d.cols);
}

void activation(const VpuDescriptor& d, Row& x) {
  switch (d.act) {
    case hw::VPU_ACT_RELU:
      return vpu::row_relu(x.data(), d.cols);
    case hw::VPU_ACT_GELU:
      return vpu::row_gelu(x.data(), d.cols);
    case hw::VPU_ACT_SILU:
      return vpu::row_silu(x.data(), d.cols);
    case hw::VPU_ACT_SIGMOID:
      return vpu::row_sigmoid(x.data(), d.cols);
    case hw::VPU_ACT_TANH:
      return vpu::row_tanh(x.data(), d.cols);
    default:
      return vpu::row_clip(x.data(), d.cols, d.alpha, d.beta);
  }
}

/// The row before quantisation, in place.
void compute(const VpuDescriptor& d, uint32_t row, Row& x, const Row& y, float scale) {
  switch (d.opcode) {
    case hw::VPU_OP_SOFTMAX:
      softmax(d, row, x, y);
      break;
    case hw::VPU_OP_RMSNORM:
      rmsnorm(d, x, y);
      break;
    case hw::VPU_OP_LAYERNORM:
      layernorm(d, x, y);
      break;
    case hw::VPU_OP_ROTARY:
      for (uint32_t i = 0; i < d.cols; i += d.period)
        vpu::row_rotate(x.data() + i, y.data(), d.period);
      break;
    case hw::VPU_OP_ACT:
      activation(d, x);
      break;
    case hw::VPU_OP_ADD:
      vpu::row_add(x.data(), y.data(), d.cols);
      break;
    case hw::VPU_OP_MUL:
      vpu::row_mul(x.data(), y.data(), d.cols);
      break;
    case hw::VPU_OP_SWIGLU:
      vpu::row_silu(x.data(), d.cols);
      vpu::row_mul(x.data(), y.data(), d.cols);
      break;
    case hw::VPU_OP_DEQUANTIZE:
      vpu::row_scale(x.data(), d.cols, scale);
      break;
    default:
      break;  // QUANTIZE: the row as it is
  }
}

/// int8 values of a row; returns its scale.
float quantise(const Row& x, std::vector<int8_t>& q) {
  const float absmax = vpu::row_absmax(x.data(), count(x));
  float scale = 0.0f, inverse = 0.0f;
  if (fp32::to_bits(absmax) >= kSmallestAbsmax) {
    scale = fp32::mul(absmax, kInv127);
    inverse = fp32::mul(vpu::recip(absmax), 127.0f);
  }
  vpu::row_to_i8(x.data(), count(x), inverse, q.data());
  return scale;
}

}  // namespace

float vpu_sum(const float* x, uint32_t n) { return vpu::row_sum(x, n); }

uint8_t vpu_check(const uint8_t* desc, const VpuConfig& config) {
  const VpuDescriptor d = load(desc);
  if (illegal_desc(d)) return static_cast<uint8_t>(hw::ENGINE_ERR_ILLEGAL_DESC);
  if (illegal_size(d, config)) return static_cast<uint8_t>(hw::ENGINE_ERR_ILLEGAL_SIZE);
  return 0;
}

bool vpu_uses_y(const uint8_t* desc) { return uses_y(load(desc)); }

uint64_t vpu_work(const uint8_t* desc) {
  const VpuDescriptor d = load(desc);
  return uint64_t{d.rows} * d.cols;
}

OpResult vpu_execute(const uint8_t* desc, const VpuConfig& config, MemoryView& memory) {
  OpResult result;
  result.error_code = vpu_check(desc, config);
  if (result.error_code != 0) return result;

  const VpuDescriptor d = load(desc);
  const bool int8_in = d.opcode == hw::VPU_OP_DEQUANTIZE;
  RowPort port(config, memory, &result);
  Row x(d.cols), y(uses_y(d) ? y_cols(d) : 0);
  std::vector<int8_t> bytes(d.cols);
  for (uint32_t r = 0; r < d.rows; ++r) {
    float scale = 0.0f;
    if (!y.empty() && (r == 0 || d.y_stride != 0)) {
      const uint32_t size = static_cast<uint32_t>(y.size()) * 4;
      if (!port.read(d.y_addr + uint64_t{r} * d.y_stride, y.data(), size)) return result;
    }
    if (int8_in && !port.read(d.s_addr + uint64_t{r} * 4, &scale, 4)) return result;
    const uint64_t x_addr = d.x_addr + uint64_t{r} * d.x_stride;
    if (int8_in) {
      if (!port.read(x_addr, bytes.data(), d.cols)) return result;
      std::copy(bytes.begin(), bytes.end(), x.begin());
    } else if (!port.read(x_addr, x.data(), d.cols * 4)) {
      return result;
    }
    compute(d, r, x, y, scale);
    const uint64_t d_addr = d.d_addr + uint64_t{r} * d.d_stride;
    if (quantises(d)) {
      scale = quantise(x, bytes);
      if (!port.write(d_addr, bytes.data(), d.cols)) return result;
      if (!port.write(d.s_addr + uint64_t{r} * 4, &scale, 4)) return result;
    } else if (!port.write(d_addr, x.data(), d.cols * 4)) {
      return result;
    }
  }
  result.work = vpu_work(desc);
  return result;
}

}  // namespace systole
