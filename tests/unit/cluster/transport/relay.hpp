#pragma once
// Relay: stands between one TCP connection and an address, and records what the connecting side sends.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "tests/unit/cluster/transport/raw_peer.hpp"

namespace shoal::transport::test {

class Relay {
 public:
  explicit Relay(const std::string& to) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&name), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&name), &size), 0);
    address_ = "127.0.0.1:" + std::to_string(::ntohs(name.sin_port));
    thread_ = std::thread([this, to] { run(to); });
  }
  ~Relay() { stop(); }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  const std::string& address() const { return address_; }
  // Ends the connection.
  void stop() {
    is_stopping_ = true;
    if (thread_.joinable()) thread_.join();
    if (listener_ >= 0) ::close(listener_);
    listener_ = -1;
  }
  std::string recorded() const {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }

 private:
  bool wait_readable(std::array<pollfd, 2>& ends) const {
    while (!is_stopping_) {
      if (::poll(ends.data(), ends.size(), 20) > 0) return true;
    }
    return false;
  }

  void run(const std::string& to) {
    std::array<pollfd, 2> ends{pollfd{listener_, POLLIN, 0}, pollfd{-1, 0, 0}};
    if (!wait_readable(ends)) return;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const TcpConnection server(to);
    ends = {pollfd{client, POLLIN, 0}, pollfd{server.fd(), POLLIN, 0}};
    std::array<char, 4096> bytes{};
    for (bool is_open = true; is_open && wait_readable(ends);) {
      for (const std::size_t from : {std::size_t{0}, std::size_t{1}}) {
        if (ends[from].revents == 0) continue;
        const ssize_t size = ::recv(ends[from].fd, bytes.data(), bytes.size(), 0);
        is_open = is_open && size > 0;
        if (size <= 0) continue;
        const auto count = static_cast<std::size_t>(size);
        if (from == 0) {
          const std::lock_guard lock(mutex_);
          recorded_.append(bytes.data(), count);
        }
        is_open = ::send(ends[1 - from].fd, bytes.data(), count, MSG_NOSIGNAL) == size && is_open;
      }
    }
    ::close(client);
  }

  int listener_;
  std::string address_;
  mutable std::mutex mutex_;
  std::string recorded_;
  std::atomic<bool> is_stopping_{false};
  std::thread thread_;
};

}  // namespace shoal::transport::test
