// A Slurm cluster of one node, on this machine and of the test's own: munged, slurmctld and slurmd
// with a generated configuration, own ports and own folders.
#pragma once
#include <string>
#include <vector>

#include "tests/system/command_line.h"

namespace systole::test {

class PrivateSlurm {
 public:
  /// Why there can be none here; empty if there can.
  static std::string missing();

  /// Starts it, waits until its node is idle and sets SLURM_CONF. Throws if that takes a minute.
  PrivateSlurm();
  /// Ends what it started, jobs included.
  ~PrivateSlurm();
  PrivateSlurm(const PrivateSlurm&) = delete;
  PrivateSlurm& operator=(const PrivateSlurm&) = delete;

  /// Standard output of a command of Slurm.
  std::string ask(const std::string& command) const;
  /// Jobs submitted so far, by any sweep.
  size_t submitted() const;
  /// Ends the controller alone.
  void end_controller();

 private:
  void configure() const;
  int start(const std::vector<std::string>& argv) const;

  TemporaryDirectory directory_;
  int munged_ = 0, controller_ = 0, node_ = 0;
};

}  // namespace systole::test
