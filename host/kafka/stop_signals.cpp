#include "host/kafka/stop_signals.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "shoal/base/assert.hpp"

namespace shoal::kafka {

StopSignals::StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  const int blocked = pthread_sigmask(SIG_BLOCK, &signals, &mask_before_);
  SHOAL_ASSERT(blocked == 0);
  descriptor_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  SHOAL_ASSERT(descriptor_ >= 0);
}

StopSignals::~StopSignals() {
  while (take()) {
  }
  close(descriptor_);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

bool StopSignals::take() const {
  signalfd_siginfo signal{};
  return read(descriptor_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal);
}

void StopSignals::wait() {
  pollfd readable{descriptor_, POLLIN, 0};
  while (!take()) {
    poll(&readable, 1, -1);
  }
}

}  // namespace shoal::kafka
