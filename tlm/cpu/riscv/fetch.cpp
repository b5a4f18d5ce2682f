// Making blocks: fetch, expansion, decoding.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "tlm/cpu/riscv/decode.h"
#include "tlm/cpu/riscv/hart.h"
#include "tlm/cpu/riscv/rvc.h"

namespace systole::riscv {
namespace {

constexpr uint64_t kPage = 4096;

bool compressed(uint16_t half) { return (half & 3) != 3; }

}  // namespace

void Hart::drop_blocks() {
  collect_profile();
  cache_.flush();
  regions_.clear_code();
  std::fill(std::begin(returns_), std::end(returns_), nullptr);
  drop_pending_ = false;
}

void Hart::append(uint32_t instruction, unsigned length) {
  const uint64_t pc = scratch_.end_pc;
  Op& op = scratch_.ops[scratch_.count++];
  op = decode(instruction, pc);
  set_handler(op, breakpoints_.count(pc) ? OpCode::Break : op.code);
  if (op.op_class == OpClass::Load || op.op_class == OpClass::Store)
    op.imm = static_cast<int64_t>(static_cast<uint64_t>(op.imm) - window_.base);
  op.length = static_cast<uint8_t>(length);
  op.offset2 = static_cast<uint8_t>((pc - scratch_.pc) / 2);
  scratch_.cycles += config_.timing[static_cast<unsigned>(op.op_class)];
  scratch_.end_pc += length;
}

void Hart::seal() {
  if (scratch_.count && ends_block(scratch_.ops[scratch_.count - 1].code)) return;
  Op fall{};
  fall.code = OpCode::Fall;
  set_handler(fall, OpCode::Fall);
  fall.offset2 = static_cast<uint8_t>((scratch_.end_pc - scratch_.pc) / 2);
  scratch_.ops[scratch_.count] = fall;
}

void Hart::set_handlers(Block& block) {
  for (Op* op = block.ops; op < block.ops + block.count; ++op)
    set_handler(*op, broken_at(block, *op) ? OpCode::Break : op->code);
  for (Op* op = block.ops; op + 1 < block.ops + block.count; ++op) {
    const int pair = pair_of(op->code, op[1].code);
    if (pair < 0 || broken_at(block, *op) || broken_at(block, op[1])) continue;
    op->handler = labels_.pairs[pair];
    ++op;
  }
  if (profile_) count_runs(block);
}

void Hart::begin_block(uint64_t pc) {
  if (profile_) take_runs(scratch_);
  scratch_.runs = 0;
  scratch_.pc = scratch_.end_pc = pc;
  scratch_.chain[0] = scratch_.chain[1] = nullptr;
  scratch_.count = scratch_.cycles = 0;
  scratch_.cached = false;
  scratch_.flat = flat_fetch_;
}

uint64_t Hart::decode_run(uint64_t physical, const Region& region, unsigned max_ops) {
  const uint64_t last = std::min((physical | (kPage - 1)) + 1, region.base + region.size);
  uint64_t at = physical;
  while (scratch_.count < max_ops && at + 2 <= last) {
    uint16_t half;
    std::memcpy(&half, region.at(at), 2);
    const unsigned length = compressed(half) ? 2 : 4;
    if (at + length > last) break;
    uint32_t word = expand_compressed(half);
    if (length == 4) std::memcpy(&word, region.at(at), 4);
    append(word, length);
    at += length;
    if (ends_block(scratch_.ops[scratch_.count - 1].code)) break;
  }
  return at;
}

Block* Hart::build(uint64_t pc, uint64_t physical, Region* region) {
  const uint64_t end = decode_run(physical, *region, kMaxBlockOps);
  if (scratch_.count == 0) return build_single(pc);
  seal();
  set_handlers(scratch_);
  scratch_.cached = true;
  regions_.mark_code(*region, physical, end - physical);
  return cache_.insert(scratch_, physical);
}

bool Hart::fetch_half(uint64_t pc, uint16_t* half) {
  const Translation t = mmu_.translate(pc, 2, Access::Fetch, s_.privilege);
  trap_cause_ = t.cause;
  trap_value_ = pc;
  if (!t.ok) return false;
  if (const Region* region = regions_.find(t.addr, 2)) {
    std::memcpy(half, region->at(t.addr), 2);
    return true;
  }
  trap_cause_ = kFetchAccess;
  s_.fflags |= float_.leave();
  const uint64_t began = profiled_cycle();
  const bool ok = bus_.read(t.addr, 2, half);
  profile_stall(pc, began);
  float_.enter(s_.frm);
  return ok;
}

/// An instruction that crosses a page, or in memory without host pointers: decoded every time.
Block* Hart::build_single(uint64_t pc) {
  uint16_t low, high;
  if (!fetch_half(pc, &low)) return nullptr;
  if (compressed(low)) {
    append(expand_compressed(low), 2);
  } else {
    if (!fetch_half(pc + 2, &high)) return nullptr;
    append(static_cast<uint32_t>(high) << 16 | low, 4);
  }
  seal();
  return &scratch_;
}

Block* Hart::fetch(uint64_t pc) {
  const Translation t = mmu_.translate(pc, 2, Access::Fetch, s_.privilege);
  if (!t.ok) {
    trap_cause_ = t.cause;
    trap_value_ = pc;
    return nullptr;
  }
  Block* block = t.uniform ? cache_.find(pc, t.addr, flat_fetch_) : nullptr;
  if (!block) {
    if (cache_.full()) drop_blocks();
    begin_block(pc);
    Region* region = t.uniform ? regions_.find(t.addr, 2) : nullptr;
    block = region ? build(pc, t.addr, region) : build_single(pc);
    if (profile_ && block && !block->cached) count_runs(*block);
  }
  if (block && block->cached) cache_.remember(pc, context_, block);
  return block;
}

bool Hart::peek_instruction(uint64_t pc, uint32_t* instruction) {
  uint16_t half[2] = {};
  for (unsigned i = 0; i < 2; ++i) {
    uint64_t at;
    if (!mmu_.peek(pc + 2 * i, s_.privilege, &at)) return false;
    if (const Region* region = regions_.find(at, 2))
      std::memcpy(&half[i], region->at(at), 2);
    else if (!bus_.peek(at, 2, &half[i]))
      return false;
    if (compressed(half[0])) break;
  }
  *instruction = static_cast<uint32_t>(half[1]) << 16 | half[0];
  return true;
}

uint32_t Hart::raw_instruction(uint64_t pc) {
  uint16_t low = 0, high = 0;
  if (!fetch_half(pc, &low) || compressed(low)) return low;
  (void)fetch_half(pc + 2, &high);
  return static_cast<uint32_t>(high) << 16 | low;
}

}  // namespace systole::riscv
