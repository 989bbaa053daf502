#include "host/control_loop.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "shoal/base/assert.hpp"

namespace shoal::host {

namespace {

using namespace std::chrono_literals;
constexpr auto kConditionInterval = 50ms;

sigset_t taken_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

ControlLoop::ControlLoop() : wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  const sigset_t signals = taken_signals();
  const int blocked = pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A connection that the other side has closed is an error of its write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  signal_fd_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  SHOAL_ASSERT(blocked == 0 && wake_fd_ >= 0 && signal_fd_ >= 0);
}

ControlLoop::~ControlLoop() {
  close(signal_fd_);
  close(wake_fd_);
}

bool ControlLoop::put(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (tasks_.size() >= tasks_max) return false;
    tasks_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  const ssize_t written = write(wake_fd_, &one, sizeof one);
  SHOAL_ASSERT(written == static_cast<ssize_t>(sizeof one) || errno == EAGAIN);
  return true;
}

void ControlLoop::run_tasks() {
  std::deque<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

// True for a signal to stop.
bool ControlLoop::take_signal() {
  signalfd_siginfo signal{};
  if (read(signal_fd_, &signal, sizeof signal) != static_cast<ssize_t>(sizeof signal)) return false;
  if (signal.ssi_signo != SIGHUP) return true;
  if (on_hangup_) on_hangup_();
  return false;
}

ControlLoop::End ControlLoop::run_until(const std::function<bool()>& condition,
                                        std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    run_tasks();
    if (condition()) return End::condition;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return End::deadline;
    const auto wait = std::min<std::chrono::steady_clock::duration>(deadline - now, kConditionInterval);
    std::array<pollfd, 2> waiting{pollfd{signal_fd_, POLLIN, 0}, pollfd{wake_fd_, POLLIN, 0}};
    poll(waiting.data(), waiting.size(),
         static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count()));
    std::uint64_t wakes = 0;
    const ssize_t woken = read(wake_fd_, &wakes, sizeof wakes);
    SHOAL_ASSERT(woken == static_cast<ssize_t>(sizeof wakes) || errno == EAGAIN);
    if (take_signal()) return End::signal;
  }
}

}  // namespace shoal::host
