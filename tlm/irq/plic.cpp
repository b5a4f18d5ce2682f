#include "tlm/irq/plic.h"

namespace systole {
namespace {

constexpr uint64_t kPending = 0x1000, kEnable = 0x2000, kEnableStride = 0x80;
constexpr uint64_t kContext = 0x20'0000, kContextStride = 0x1000;

}  // namespace

Plic::Plic(const sc_core::sc_module_name& name) : RegisterDevice(name) {}

void Plic::set_source(unsigned source, bool level) {
  if (source == 0 || source > kSources) {
    SC_REPORT_FATAL(name(), "interrupt source is out of range");
    return;
  }
  sources_[source].level = level;
  update();
}

void Plic::on_interrupt(unsigned context, std::function<void(bool)> callback) {
  contexts_.at(context).callback = std::move(callback);
}

bool Plic::enabled(const Context& context, unsigned source) const {
  return (context.enable[source / 32] >> (source % 32)) & 1;
}

unsigned Plic::best(const Context& context) const {
  unsigned found = 0;
  for (unsigned n = 1; n <= kSources; ++n)
    if (sources_[n].pending && enabled(context, n) &&
        sources_[n].priority > (found ? sources_[found].priority : 0))
      found = n;
  return found;
}

uint32_t Plic::claim(Context& context) {
  const unsigned source = best(context);
  if (source) {
    sources_[source].pending = false;
    sources_[source].in_service = true;
    update();
  }
  return source;
}

void Plic::complete(const Context& context, uint32_t source) {
  if (source == 0 || source > kSources || !enabled(context, source)) return;
  sources_[source].in_service = false;
  update();
}

void Plic::update() {
  for (Source& source : sources_)
    if (source.level && !source.in_service) source.pending = true;
  for (Context& context : contexts_) {
    const unsigned source = best(context);
    const bool line = source && sources_[source].priority > context.threshold;
    if (line == context.line) continue;
    context.line = line;
    if (context.callback) context.callback(line);
  }
}

bool Plic::read(uint64_t offset, unsigned bytes, uint64_t* value, bool debug) {
  if (bytes != 4) return false;
  *value = 0;
  if (offset < kPending) {
    if (offset / 4 <= kSources) *value = sources_[offset / 4].priority;
  } else if (offset < kEnable) {
    const uint64_t word = (offset - kPending) / 4;
    for (unsigned bit = 0; bit < 32; ++bit)
      if (word * 32 + bit <= kSources && sources_[word * 32 + bit].pending) *value |= 1u << bit;
  } else if (offset < kContext) {
    const uint64_t context = (offset - kEnable) / kEnableStride;
    const uint64_t word = (offset - kEnable) % kEnableStride / 4;
    if (context < kContexts && word < kWords) *value = contexts_[context].enable[word];
  } else if ((offset - kContext) / kContextStride < kContexts) {
    Context& context = contexts_[(offset - kContext) / kContextStride];
    const uint64_t reg = (offset - kContext) % kContextStride;
    if (reg == 0) *value = context.threshold;
    if (reg == 4) *value = debug ? best(context) : claim(context);
  }
  return true;
}

bool Plic::write(uint64_t offset, unsigned bytes, uint64_t value) {
  if (bytes != 4) return false;
  const uint32_t word_value = static_cast<uint32_t>(value);
  if (offset < kPending) {
    if (offset >= 4 && offset / 4 <= kSources)
      sources_[offset / 4].priority = word_value & kMaxPriority;
  } else if (offset >= kEnable && offset < kContext) {
    const uint64_t context = (offset - kEnable) / kEnableStride;
    const uint64_t word = (offset - kEnable) % kEnableStride / 4;
    if (context < kContexts && word < kWords)
      contexts_[context].enable[word] = word == 0 ? word_value & ~1u : word_value;
  } else if (offset >= kContext && (offset - kContext) / kContextStride < kContexts) {
    Context& context = contexts_[(offset - kContext) / kContextStride];
    const uint64_t reg = (offset - kContext) % kContextStride;
    if (reg == 0) context.threshold = word_value & kMaxPriority;
    if (reg == 4) complete(context, word_value);
  }
  update();
  return true;
}

}  // namespace systole
