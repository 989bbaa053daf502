#pragma once
// Joiner: how a node that is no member becomes one, by the addresses of its seed nodes.
//
//   asking ──a seed is a member──► requesting ──welcome──► joined
//     │  ▲                             │
//     │  └── no welcome for retry_join_after_ms
//     ├── this is the first seed, and no other was a member for seed_timeout_ms ──► forms a cluster of its
//     own └── (or requesting) refused, or give_up_after_ms ──► failed
//
// Only the first of the list may begin a cluster, so that seeds which start together do not begin two. Times
// are steady milliseconds.

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::cluster {

struct JoinConfig {
  std::vector<std::string> seeds;             // addresses, the same list in the same order on every node
  std::int64_t ask_again_ms = 1'000;          // between two questions or requests
  std::int64_t seed_timeout_ms = 5'000;       // until the first seed begins a cluster
  std::int64_t retry_join_after_ms = 10'000;  // until another seed is asked
  std::int64_t give_up_after_ms = 0;          // 0: never
};

class JoinActions {
 public:
  virtual void ask_seed(const std::string& address) = 0;
  virtual void request_join(const std::string& address) = 0;
  virtual void form_cluster() = 0;
  virtual void give_up() = 0;

 protected:
  ~JoinActions() = default;
};

class Joiner {
 public:
  enum class State : std::uint8_t { idle, asking, requesting, joined, failed };

  Joiner(JoinConfig config, std::string self_address);

  void start(std::int64_t now_ms, JoinActions& actions);
  void tick(std::int64_t now_ms, JoinActions& actions);
  // A seed says that it is a member.
  void found_member(const std::string& address, std::int64_t now_ms, JoinActions& actions);
  void joined() { state_ = State::joined; }
  void failed() { state_ = State::failed; }

  State state() const { return state_; }
  std::int64_t wakeup_ms() const { return next_ms_; }

 private:
  bool may_form(std::int64_t now_ms) const;

  JoinConfig config_;
  std::string self_address_;
  State state_ = State::idle;
  std::string member_address_;  // while requesting
  std::int64_t started_ms_ = 0;
  std::int64_t requested_ms_ = 0;
  std::int64_t next_ms_ = 0;
};

}  // namespace shoal::cluster
