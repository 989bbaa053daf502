#pragma once
// ControlLoop: the control thread's one place to wait: for signals and for work that other threads hand in.
//
// SIGTERM, SIGINT and SIGHUP are blocked for the whole process when this object is made, before any thread
// starts, and read here: the first two end `run_until`, the third runs what `on_hangup` was given. Work is
// run in order on the thread that calls `run_until`; at most `tasks_max` may wait.

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>

#include "shoal/base/result.hpp"

namespace shoal::host {

class ControlLoop {
 public:
  static constexpr std::size_t tasks_max = 1'024;

  ControlLoop();
  ~ControlLoop();
  ControlLoop(const ControlLoop&) = delete;
  ControlLoop& operator=(const ControlLoop&) = delete;

  // False where too much waits already. [any-thread]
  bool put(std::function<void()> task);

  // What SIGHUP runs from now on; empty: nothing. [control]
  void on_hangup(std::function<void()> task) { on_hangup_ = std::move(task); }

  enum class End { signal, condition, deadline };
  // Runs work until a stop signal comes, `condition` holds (looked at after each wake-up and every 50 ms) or
  // the deadline passes. [control]
  End run_until(const std::function<bool()>& condition, std::chrono::steady_clock::time_point deadline);

 private:
  void run_tasks();
  bool take_signal();

  std::mutex mutex_;
  std::deque<std::function<void()>> tasks_;
  std::function<void()> on_hangup_;
  int signal_fd_;
  int wake_fd_;
};

}  // namespace shoal::host
