// What a run found out, and how it is shown: JSON for scripts, a table for people.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "platform/config/config.h"
#include "sw_driver/include/command_stream.h"
#include "sw_driver/include/engine.h"
#include "tlm/core/report.h"

namespace systole {

/// One engine instance: its own counters and the wrapper's view.
struct EngineReport {
  std::string kind;  ///< "gemm", "vpu", "dma"
  unsigned instance = 0;
  std::string fidelity;  ///< "rtl" or "tlm"
  driver::EngineCounters counters;
  RtlReport rtl;
  double peak_work_per_cycle = 1;  ///< MACs, elements or bytes
};

/// Engine-busy cycles of one kind of operation, as the engine's bus port showed them.
struct OperationReport {
  std::string engine;     ///< "gemm[0]"
  std::string operation;  ///< opcode, for example "softmax"
  uint64_t descriptors = 0;
  uint64_t cycles = 0;  ///< from the operation's first access to its last
  /// Of the operations whose every access was seen (twins without data may skip accesses), also
  /// work and bytes: their part of `cycles`.
  uint64_t seen_cycles = 0;
  /// GEMM: multiplications and additions; VPU: elements; DMA: 0.
  uint64_t work = 0;
  uint64_t bytes_read = 0, bytes_written = 0;  ///< of operands and results
};

/// Everything a report may hold; what a command does not have stays empty.
struct Report {
  struct Milestone {
    std::string name;
    uint64_t cycle;       ///< since reset
    double wall_seconds;  ///< since the simulation began
  };

  std::string command;
  Config config;

  bool timing_only = false;  ///< no data was moved: no text, no results
  bool partial = false;      ///< ended before it was done: stop_reason says why
  std::string stop_reason;   ///< "interrupted", "max-sim-time", "the exit key"
  std::string error;         ///< what went wrong, where and when; empty if nothing

  std::vector<int32_t> tokens;  ///< prompt included
  uint64_t prompt_tokens = 0, decode_passes = 0;
  std::string text;

  uint64_t cycles_total = 0, cycles_prefill = 0, cycles_decode = 0;
  double clock_period_ps = 1000;

  std::vector<EngineReport> engines;
  driver::Offload offload;
  driver::StreamStatistics stream;
  std::vector<PortReport> bus_initiators, bus_targets;
  MemoryReport dram, spm;
  std::string cpu_model;
  uint64_t cpu_instructions = 0;
  std::vector<Milestone> milestones;        ///< riscv: first_line (of the console), first_token
  std::vector<OperationReport> operations;  ///< of decode where there is one, else of everything
  uint64_t operations_cycles = 0;           ///< what their share is of
  std::string operations_of = "total";

  nlohmann::ordered_json own = nlohmann::ordered_json::object();  ///< the command's own keys

  nlohmann::ordered_json own_host = nlohmann::ordered_json::object();  ///< the same, under `host`
  double wall_seconds = 0;                                             ///< simulation
  double cpu_seconds = 0;         ///< the same in processor time
  double build_seconds = 0;       ///< verilated variants and elaboration
  uint64_t simulated_cycles = 0;  ///< all, from reset on
};

/// The report as the contract says: deterministic but for `host`.
nlohmann::ordered_json to_json(const Report& report);

/// `now` less what `before` had already.
std::vector<OperationReport> difference(std::vector<OperationReport> now,
                                        const std::vector<OperationReport>& before);

/// Writes it to a file. Throws RequestError if that cannot be done.
void write_report(const Report& report, const std::string& file);
/// Throws RequestError if `file` cannot be written: to be called before simulating.
void check_writable(const std::string& file);

/// The table on standard error.
void print_summary(const Report& report, std::ostream& out);

/// 1234567 as "1,234,567".
std::string grouped(uint64_t value);

}  // namespace systole
