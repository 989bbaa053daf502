#pragma once
// Poller: waits for several descriptors at once. One thread's.

#include <cstdint>
#include <vector>

namespace shoal::transport {

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void add(int fd, std::uint64_t token) const;
  void remove(int fd) const;
  // The tokens of those that are readable; none where the time ran out.
  void wait(std::int64_t timeout_ms, std::vector<std::uint64_t>& tokens) const;

 private:
  const int epoll_fd_;
};

}  // namespace shoal::transport
