#pragma once
// SingletonProxy: sends messages of one node to a singleton, wherever it runs.
//
// It asks where that is every `identify_interval_ms`: whoever was the last to run it, else the oldest member
// with the role. Until it knows, messages wait; where too many do, the oldest of them is dropped, counted and
// given back with the reason. What is under way to a member that has just stopped it is lost and counted
// there: at most once, as every message of a type without a log.
//
// Pure; times are steady milliseconds. [control].

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "cluster/member_table.hpp"
#include "cluster/singleton_message.hpp"

namespace shoal::cluster {

struct SingletonProxyConfig {
  static constexpr std::size_t buffer_messages_limit = 10'000;

  std::string name;
  std::string role;                         // empty: any member may run it
  std::size_t buffer_messages_max = 1'000;  // 1 to buffer_messages_limit
  std::int64_t identify_interval_ms = 1'000;
};

struct SingletonDrop {
  std::string payload;
  std::string reason;
};

struct SingletonProxyOutputs {
  std::vector<SingletonMessage> sends;
  std::vector<SingletonDrop> drops;

  void clear() {
    sends.clear();
    drops.clear();
  }
};

class SingletonProxy {
 public:
  SingletonProxy(SingletonProxyConfig config, Uid self);

  // Requires: the payload is no longer than wire_payload_bytes_max.
  void tell(std::string payload, SingletonProxyOutputs& outputs);
  // After each step of the membership, and at `wakeup_ms`.
  void follow(const MemberTable& table, std::int64_t now_ms, SingletonProxyOutputs& outputs);
  void receive(const SingletonMessage& message, SingletonProxyOutputs& outputs);

  std::int64_t wakeup_ms() const { return next_identify_ms_; }
  std::optional<Uid> location() const { return location_; }
  std::size_t buffered() const { return buffer_.size(); }
  std::uint64_t dropped() const { return dropped_; }

 private:
  void say(SingletonMessageKind kind, Uid to, std::string payload, SingletonProxyOutputs& outputs) const;

  SingletonProxyConfig config_;
  Uid self_;
  std::optional<Uid> location_;
  std::deque<std::string> buffer_;
  std::int64_t next_identify_ms_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace shoal::cluster
