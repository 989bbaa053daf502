#include "cluster/transport/poller.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "shoal/base/assert.hpp"

namespace shoal::transport {

Poller::Poller() : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)) { SHOAL_ASSERT(epoll_fd_ >= 0); }

Poller::~Poller() { ::close(epoll_fd_); }

void Poller::add(int fd, std::uint64_t token) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = token;
  const int added = ::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event);
  SHOAL_ASSERT(added == 0);
}

void Poller::remove(int fd) const {
  const int removed = ::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
  SHOAL_ASSERT(removed == 0);
}

void Poller::wait(std::int64_t timeout_ms, std::vector<std::uint64_t>& tokens) const {
  std::array<epoll_event, 64> events{};
  const auto timeout = static_cast<int>(std::clamp<std::int64_t>(timeout_ms, 0, INT_MAX));
  const int count = ::epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()), timeout);
  tokens.clear();
  for (int i = 0; i < count; ++i) tokens.push_back(events[static_cast<std::size_t>(i)].data.u64);
}

}  // namespace shoal::transport
