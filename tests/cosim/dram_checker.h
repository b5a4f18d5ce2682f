// Checks a DRAM channel's commands against the preset's constraints, written apart from the model:
// it knows commands in order of time and the rules between pairs of them, nothing else.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tlm/memory/dram_channel.h"

namespace systole::test {

class DramChecker {
 public:
  DramChecker(const DramPreset& preset, uint64_t first_refresh)
      : p_(preset), first_refresh_(first_refresh) {}

  void add(const DramCommand& command) { commands_.push_back(command); }

  /// The first violation in words, or "". Ends with the last command.
  std::string violation() {
    using Kind = DramCommand::Kind;
    std::stable_sort(commands_.begin(), commands_.end(), before);
    struct Bank {
      std::optional<uint64_t> row, activated, precharged, read, write;
    };
    std::vector<Bank> banks(p_.banks());
    std::vector<DramCommand> activates, columns;
    uint64_t refresh = first_refresh_;
    uint64_t data_free = 0;
    for (const DramCommand& c : commands_) {
      while (c.time >= refresh - p_.trp_all) {
        // All banks are precharged together; every command before must allow it.
        const uint64_t close = refresh - p_.trp_all;
        for (unsigned b = 0; b < banks.size(); ++b) {
          if (banks[b].row) {
            const std::string why = may_close(banks[b], close);
            if (!why.empty()) return at(c, "a refresh at " + std::to_string(refresh) + ": " + why);
            banks[b].row.reset();
          }
          banks[b].precharged.reset();
        }
        if (c.time < refresh + p_.trfc) return at(c, "during a refresh");
        refresh += p_.trefi;
      }
      Bank& bank = banks[c.bank];
      const unsigned group = c.bank / p_.banks_per_group;
      switch (c.kind) {
        case Kind::Activate:
          if (bank.row) return at(c, "its bank has a row open");
          if (bank.precharged && c.time < *bank.precharged + p_.trp) return at(c, "tRP");
          for (const DramCommand& a : activates) {
            const bool same = a.bank / p_.banks_per_group == group;
            if (c.time < a.time + (same ? p_.trrd_l : p_.trrd_s)) return at(c, "tRRD");
          }
          if (activates.size() >= 4 && c.time < activates[activates.size() - 4].time + p_.tfaw)
            return at(c, "tFAW");
          activates.push_back(c);
          if (activates.size() > 16) activates.erase(activates.begin());
          bank = {c.row, c.time, {}, {}, {}};
          break;
        case Kind::Precharge: {
          if (!bank.row || *bank.row != c.row) return at(c, "its row is not open");
          const std::string why = may_close(bank, c.time);
          if (!why.empty()) return at(c, why);
          bank.row.reset();
          bank.precharged = c.time;
          break;
        }
        case Kind::Read:
        case Kind::Write: {
          const bool write = c.kind == Kind::Write;
          if (!bank.row || *bank.row != c.row) return at(c, "its row is not open");
          if (c.time < *bank.activated + (write ? p_.trcd_wr : p_.trcd_rd)) return at(c, "tRCD");
          for (const DramCommand& o : columns) {
            const bool same = o.bank / p_.banks_per_group == group;
            const bool o_write = o.kind == Kind::Write;
            uint64_t least = same ? p_.tccd_l : p_.tccd_s;
            if (o_write && !write)
              least = p_.cwl + p_.burst_length / 2 + (same ? p_.twtr_l : p_.twtr_s);
            if (!o_write && write) least = p_.trtw;
            if (c.time < o.time + least) return at(c, "tCCD, tWTR or read to write");
          }
          const uint64_t data = c.time + (write ? p_.cwl : p_.cl);
          if (data < data_free) return at(c, "the data bus is taken");
          data_free = data + p_.burst_length / 2;
          columns.push_back(c);
          if (columns.size() > 32) columns.erase(columns.begin());
          (write ? bank.write : bank.read) = c.time;
          break;
        }
      }
    }
    return "";
  }

  size_t size() const { return commands_.size(); }

 private:
  static int rank(DramCommand::Kind kind) { return kind == DramCommand::Kind::Precharge ? 0 : 1; }
  static bool before(const DramCommand& a, const DramCommand& b) {
    return a.time != b.time ? a.time < b.time : rank(a.kind) < rank(b.kind);
  }
  template <typename Bank>
  std::string may_close(const Bank& bank, uint64_t time) const {
    if (time < *bank.activated + p_.tras) return "tRAS";
    if (bank.read && time < *bank.read + p_.trtp) return "tRTP";
    if (bank.write && time < *bank.write + p_.cwl + p_.burst_length / 2 + p_.twr) return "tWR";
    return "";
  }
  std::string at(const DramCommand& c, const std::string& what) const {
    static const char* const names[] = {"activate", "precharge", "read", "write"};
    return std::string(names[static_cast<int>(c.kind)]) + " of bank " + std::to_string(c.bank) +
           " row " + std::to_string(c.row) + " at " + std::to_string(c.time) + ": " + what;
  }

  DramPreset p_;
  uint64_t first_refresh_;
  std::vector<DramCommand> commands_;
};

}  // namespace systole::test
