// Copy and fill on a DMA (rtl/regs/dma.yaml).
#include "sw_driver/kernels/copy.h"

#include "sw_driver/gen/dma_regs.h"
#include "sw_driver/kernels/check.h"

namespace systole::driver {
namespace {

Status run(CommandStream& stream, const hw::DmaDescriptor& d, KernelKind kernel,
           const Access* accesses, uint32_t count, int instance, Ticket* ticket) {
  if (d.rows == 0 || d.row_bytes == 0) return Status::BadArgument;
  if (d.rows > 1 && d.dst_stride < d.row_bytes) return Status::BadArgument;
  for (uint32_t i = 0; i < count; ++i) {
    if (!in_address_space(accesses[i].range)) return Status::BadArgument;
  }
  const Status status = stream.append(EngineKind::Dma, instance, &d, accesses, count, ticket);
  if (status != Status::Ok) return status;
  count_call(stream, kernel);
  count_descriptor(stream, kernel);
  return Status::Ok;
}

}  // namespace

Status copy(CommandStream& stream, const CopyArgs& args, Ticket* ticket) {
  hw::DmaDescriptor d;
  d.opcode = hw::DMA_OP_COPY;
  d.rows = args.rows;
  d.row_bytes = args.row_bytes;
  d.src = args.src;
  d.dst = args.dst;
  d.src_stride = args.src_stride;
  d.dst_stride = args.dst_stride;
  const Access accesses[] = {
      Access::read_of(MemoryRange::matrix(args.src, args.row_bytes, args.rows, args.src_stride)),
      Access::write_of(MemoryRange::matrix(args.dst, args.row_bytes, args.rows, args.dst_stride))};
  return run(stream, d, KernelKind::Copy, accesses, 2, args.instance, ticket);
}

Status fill(CommandStream& stream, const FillArgs& args, Ticket* ticket) {
  hw::DmaDescriptor d;
  d.opcode = hw::DMA_OP_FILL;
  d.rows = args.rows;
  d.row_bytes = args.row_bytes;
  d.pattern = args.pattern;
  d.dst = args.dst;
  d.dst_stride = args.dst_stride;
  const Access accesses[] = {
      Access::write_of(MemoryRange::matrix(args.dst, args.row_bytes, args.rows, args.dst_stride))};
  return run(stream, d, KernelKind::Fill, accesses, 1, args.instance, ticket);
}

}  // namespace systole::driver
