// What an operation is to its engine's twin: legality, function and timing of one descriptor.
// Upstream: EngineTwin. Downstream: TwinPort. Implemented by DmaTwin, GemmTwin, VpuTwin.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace systole {

class TwinPort;

/// An operand of a descriptor, for recognising operations.
struct TwinOperand {
  size_t field;    ///< offset of its address in the descriptor, 8 bytes
  uint64_t bytes;  ///< all of its accesses are within so many bytes from that address on
  bool written = false;
};

/// What a descriptor that was carried out has done.
struct TwinOutcome {
  uint64_t done_cycle = 0;  ///< cycle of the core's done_o; every write is answered
  uint64_t work = 0;        ///< what WORK grows by
  uint64_t read_stall_cycles = 0, write_stall_cycles = 0;
};

/// One engine's core. Cycles are those of the RTL core's pins: a value of n means "during cycle n",
/// a register written in n is seen in n + 1.
class TwinCore {
 public:
  virtual ~TwinCore() = default;

  /// 0, ILLEGAL_DESC or ILLEGAL_SIZE for the 128 bytes at `desc`: opcode range and operands. Never
  /// called for NOP; the header has been checked.
  virtual uint8_t check(const uint8_t* desc) const = 0;
  /// Cycles from start_i to the done_o that reports what check() found.
  virtual unsigned check_cycles(const uint8_t* /*desc*/) const { return 0; }

  /// Carries out a legal descriptor whose start_i is in cycle `start`: moves the data (if
  /// port.functional()) and computes when it is done. Called from the engine's thread; the port's
  /// functions wait. A bus error, an abort or a reset leaves run() by an exception of the port's
  /// (TwinStop), which must not be caught; what run() keeps in the core must survive that.
  virtual TwinOutcome run(const uint8_t* desc, uint64_t start, TwinPort& port) = 0;

  /// run() itself sees to what can be skipped within an operation, and looks ahead.
  virtual bool skips() const { return false; }
  /// The operands of a legal descriptor. run() must take the same cycles for descriptors that are
  /// equal from OPERANDS on but for these addresses, if the addresses lie in the same targets and
  /// are equal modulo 4096 and the targets' address_period(), and port and bus are in the same
  /// state. False: the descriptor is never skipped.
  virtual bool operands(const uint8_t* /*desc*/, std::vector<TwinOperand>& /*out*/) const {
    return false;
  }
};

}  // namespace systole
