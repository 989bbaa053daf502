#pragma once
// SIGINT and SIGTERM as something that a loop asks for or waits on, not something that interrupts it.

#include <signal.h>

namespace shoal::kafka {

// [main] While it lives, the two signals are blocked in this thread and in those it starts. Those that came
// and were not taken are thrown away at the end, so that the process goes on to its own exit. Requires: no
// other thread of the process leaves the two signals unblocked.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  // Readable, for poll(2), while one has come that nobody has taken.
  int descriptor() const { return descriptor_; }
  // Takes one that has come; false if none has. Never blocks.
  bool take() const;
  // Blocks until one comes and takes it.
  void wait();

 private:
  sigset_t mask_before_{};
  int descriptor_ = -1;
};

}  // namespace shoal::kafka
