// From a described operation to VPU descriptors (rtl/regs/vpu.yaml).
#include "sw_driver/kernels/vpu.h"

#include "sw_driver/gen/vpu_regs.h"
#include "sw_driver/kernels/check.h"

namespace systole::driver {
namespace {

/// Everything one descriptor touches.
struct Footprint {
  Access accesses[5];
  uint32_t count = 0;
  bool ok = true;

  void add(const Access& access) {
    ok = ok && in_address_space(access.range);
    accesses[count++] = access;
  }
};

bool misaligned(uint64_t addr, uint64_t stride) { return ((addr | stride) & 3) != 0; }

bool legal(const VpuOp& op, uint32_t max_cols) {
  if (op.rows == 0 || op.rows > kMaxRows || op.cols == 0) return false;
  const bool quantised = op.d.scales != 0;
  if (op.cols > max_cols && (!op.splittable || quantised)) return false;
  if (op.x_bytes == 4 && misaligned(op.x.addr, op.x.stride)) return false;
  if (misaligned(op.y.addr, op.y.stride) || misaligned(op.s_in, op.d.scales)) return false;
  if (!quantised && misaligned(op.d.addr, op.d.stride)) return false;
  const uint64_t row_bytes = uint64_t{op.cols} * (quantised ? 1 : 4);
  return op.rows == 1 || op.d.stride >= row_bytes;
}

/// Columns [first, first + cols) of the operation.
Status append_part(CommandStream& stream, const VpuOp& op, uint32_t first, uint32_t cols,
                   int instance, Ticket* ticket) {
  const bool quantised = op.d.scales != 0;
  const uint64_t d_bytes = quantised ? 1 : 4;
  const bool y_moves =
      op.opcode != hw::VPU_OP_ROTARY;  // angles repeat, other second operands go along
  hw::VpuDescriptor d;
  d.opcode = op.opcode;
  d.rows = op.rows;
  d.cols = cols;
  d.vpu_flags = static_cast<uint16_t>(op.flags | (quantised ? hw::VPU_FLAGS_QUANT_OUT_MASK : 0));
  d.act = op.act;
  d.period = op.period;
  d.x_addr = op.x.addr + uint64_t{first} * op.x_bytes;
  d.y_addr = op.y.addr == 0 ? 0 : op.y.addr + (y_moves ? uint64_t{first} * 4 : 0);
  d.d_addr = op.d.addr + first * d_bytes;
  d.s_addr = quantised ? op.d.scales : op.s_in;
  d.x_stride = op.x.stride;
  d.y_stride = op.y.stride;
  d.d_stride = op.d.stride;
  d.alpha = op.alpha;
  d.beta = op.beta;
  d.valid = op.valid;

  Footprint touched;
  const uint32_t y_cols = op.y_cols == op.cols ? cols : op.y_cols;
  touched.add(Access::read_of(
      MemoryRange::matrix(d.x_addr, uint64_t{cols} * op.x_bytes, op.rows, op.x.stride)));
  if (op.y.addr != 0) {
    touched.add(
        Access::read_of(MemoryRange::matrix(d.y_addr, uint64_t{y_cols} * 4, op.rows, op.y.stride)));
  }
  if (op.s_in != 0)
    touched.add(Access::read_of(MemoryRange::bytes(op.s_in, uint64_t{op.rows} * 4)));
  touched.add(
      Access::write_of(MemoryRange::matrix(d.d_addr, cols * d_bytes, op.rows, op.d.stride)));
  if (quantised)
    touched.add(Access::write_of(MemoryRange::bytes(op.d.scales, uint64_t{op.rows} * 4)));
  if (!touched.ok) return Status::BadArgument;
  const Status status =
      stream.append(EngineKind::Vpu, instance, &d, touched.accesses, touched.count, ticket);
  if (status == Status::Ok) count_descriptor(stream, op.kernel);
  return status;
}

}  // namespace

Status vpu_run(CommandStream& stream, const VpuOp& op, Ticket* ticket) {
  const EngineConfig* config = stream.config(EngineKind::Vpu);
  if (config == nullptr || !legal(op, config->max_cols)) return Status::BadArgument;
  uint32_t part = config->max_cols;
  if (op.opcode == hw::VPU_OP_ROTARY) part -= part % op.period;
  if (part == 0) return Status::BadArgument;
  for (uint32_t first = 0; first < op.cols; first += part) {
    const uint32_t cols = op.cols - first < part ? op.cols - first : part;
    const Status status = append_part(stream, op, first, cols, op.instance, ticket);
    if (status != Status::Ok) return status;
  }
  count_call(stream, op.kernel);
  return Status::Ok;
}

}  // namespace systole::driver
