#pragma once
// A node of a test: a transport on loopback, what it received and what happened to it, with waiting for
// either.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cluster/transport/transport.hpp"

namespace shoal::transport::test {

inline constexpr std::chrono::seconds patience{20};

// Sorted out by what they say.
struct Letter {
  std::string from;  // name of the node
  Channel channel = Channel::user;
  std::string text;
  friend bool operator==(const Letter&, const Letter&) = default;
};

class TestNode {
 public:
  explicit TestNode(Options options) {
    Hooks hooks;
    hooks.arrived = [this](Channel) { wake(); };
    hooks.changed = [this] { wake(); };
    hooks.warn = [this](const std::string& text) {
      const std::lock_guard lock(mutex_);
      warnings_.push_back(text);
      condition_.notify_all();
    };
    auto started = Transport::start(std::move(options), std::move(hooks));
    if (started) {
      transport_ = std::move(started).value();
    } else {
      ADD_FAILURE() << started.error().message;
    }
  }
  ~TestNode() { transport_.reset(); }
  TestNode(const TestNode&) = delete;
  TestNode& operator=(const TestNode&) = delete;

  Transport& transport() { return *transport_; }
  const std::string& address() const { return transport_->self().address; }

  Result<void> send(const std::string& address, std::string_view text, Channel channel = Channel::user) {
    return transport_->send(address, channel, text);
  }
  Result<void> send(const TestNode& to, std::string_view text, Channel channel = Channel::user) {
    return send(to.address(), text, channel);
  }

  // Waits until `condition` holds of this node, which is looked at whenever something happens here and every
  // few milliseconds: what others see of it wakes nobody.
  template <class Condition>
  bool wait(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(mutex_);
    for (;;) {
      take();
      if (condition()) return true;
      if (std::chrono::steady_clock::now() >= deadline) return false;
      condition_.wait_for(lock, std::chrono::milliseconds(5));
    }
  }
  bool wait_for_letters(std::size_t count) {
    return wait([&] { return letters_.size() >= count; });
  }
  bool wait_for_text(const std::string& text) {
    return wait([&] { return count(text) > 0; });
  }
  bool wait_for_change(Change::Kind kind, const std::string& address) {
    return wait([&] {
      return std::ranges::any_of(
          changes_, [&](const Change& change) { return change.kind == kind && change.address == address; });
    });
  }
  bool is_warned(const std::string& part) const {
    return std::ranges::any_of(
        warnings_, [&](const std::string& warning) { return warning.find(part) != std::string::npos; });
  }
  bool wait_for_warning(const std::string& part) {
    return wait([&] { return is_warned(part); });
  }
  // Sends again and again until it is warned: a connection may end before its reason is heard.
  bool send_until_warned(TestNode& to, const std::string& text, const std::string& part) {
    return wait([&] {
      static_cast<void>(send(to, text));
      return is_warned(part);
    });
  }
  // Sends again and again until it arrives: a message may get lost with a connection.
  bool send_until_heard(TestNode& to, const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < deadline) {
      static_cast<void>(send(to, text));
      const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
      if (to.wait([&] { return to.count(text) > 0 || std::chrono::steady_clock::now() >= next; }) &&
          to.count(text) > 0) {
        return true;
      }
    }
    return false;
  }

  std::size_t count(const std::string& text) const {
    return static_cast<std::size_t>(std::ranges::count(letters_, text, &Letter::text));
  }
  std::uint64_t dropped(Drop drop) const {
    return transport_->counters().dropped[static_cast<std::size_t>(drop)];
  }

  // Of the test's thread, within and after a `wait`.
  std::vector<Letter> letters_;
  std::vector<Received> received_;  // as it came
  std::vector<Change> changes_;
  std::vector<std::string> warnings_;
  bool is_taking_ = true;  // or lets what arrives wait

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    condition_.notify_all();
  }
  void take() {
    if (!is_taking_) return;
    const std::size_t known = received_.size();
    for (const Channel channel : {Channel::membership, Channel::sharding, Channel::user}) {
      transport_->take(channel, received_);
    }
    for (std::size_t i = known; i < received_.size(); ++i) {
      for (const std::string_view message : received_[i].batch) {
        letters_.push_back({received_[i].from->name, received_[i].batch.channel(), std::string(message)});
      }
    }
    transport_->take_changes(changes_);
  }

  std::mutex mutex_;
  std::condition_variable condition_;
  std::unique_ptr<Transport> transport_;
};

// A node on loopback, at any port that is free.
inline Options node_options(const std::string& name, std::uint64_t uid) {
  Options options;
  options.bind = "tcp://127.0.0.1:0";
  options.self.name = name;
  options.self.uid = cluster::Uid{uid};
  options.cluster_name = "test";
  options.limits.handshake_ms = 1'000;
  return options;
}

}  // namespace shoal::transport::test
