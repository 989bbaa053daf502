#pragma once
// SingletonManager: one node's part in running something once in the whole cluster, on the oldest member that
// is up and has the role. The one that becomes the oldest asks all others that have the role, the youngest
// first and the one that may run it last; each stops it before it says that it does not run it.
//
//   idle ──is the oldest──► asking ──all have said so──► running ──asked──► stopping ──stopped()──► idle
//    ▲                        │
//    └── no longer the oldest, or an older one asks ──┘
//
// Who is asked and does not answer is asked again every `hand_over_retry_ms`, without end. Who is down cannot
// answer: once removed, it still gets `removal_margin_ms`, in which it stops itself as the losing side of a
// split does. So nothing runs twice unless a downing strategy lets two sides go on, or a node ran on for
// longer than the margin after its side had lost (it was halted by its machine, say).
//
// Why two that both ask never both run: each has the other's word. The later of these words was given by one
// that asked before, and to give its word it ended its own asking.
//
// Pure; times are steady milliseconds. [control]; one a singleton and node. Views are of the member table at
// hand. Bounds: what it keeps grows with the members that have the role and their tombstones.

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cluster/member_table.hpp"
#include "cluster/singleton_message.hpp"

namespace shoal::cluster {

struct SingletonConfig {
  std::string name;
  std::string role;                         // empty: any member
  std::int64_t hand_over_retry_ms = 1'000;  // between two questions to one that has not answered
  std::int64_t removal_margin_ms = 20'000;  // no less than downing's stable_after_ms, nor leave_deadline_ms
};

struct SingletonOutputs {
  std::vector<SingletonMessage> sends;
  std::vector<std::string> deliveries;  // for what runs here
  bool start = false;
  bool stop = false;  // then `stopped` is to be called, once it has

  void clear() {
    sends.clear();
    deliveries.clear();
    start = stop = false;
  }
};

enum class ViewIs : std::uint8_t { agreed, open };

class SingletonManager {
 public:
  enum class State : std::uint8_t { idle, asking, running, stopping };

  SingletonManager(SingletonConfig config, Uid self);

  // After each step of the membership, and at `wakeup_ms`.
  void follow(const MemberTable& table, ViewIs view, std::int64_t now_ms, SingletonOutputs& outputs);
  void receive(const SingletonMessage& message, SingletonOutputs& outputs);
  // What ran here does so no more.
  void stopped(SingletonOutputs& outputs);

  std::int64_t wakeup_ms() const;
  State state() const { return state_; }
  const SingletonConfig& config() const { return config_; }
  // Questions of this attempt so far, for who waits for it.
  std::uint32_t rounds() const { return rounds_; }
  // Messages for it that came while it did not run here.
  std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::int64_t never_ms = std::numeric_limits<std::int64_t>::max();

  struct Other {
    std::uint64_t up_number;
    std::string address;
    MemberState state;
  };

  void look(const MemberTable& table, std::int64_t now_ms);
  void look_at_removed(const MemberTable& table, std::int64_t now_ms);
  std::int64_t last_gone_ms() const;  // until when a removed one may run it
  bool is_younger(const Other& other) const;
  void hear_hand_over(const SingletonMessage& message, SingletonOutputs& outputs);
  void ask(SingletonOutputs& outputs);
  void say(SingletonMessageKind kind, Uid to, std::uint32_t attempt, SingletonOutputs& outputs) const;

  SingletonConfig config_;
  Uid self_;
  State state_ = State::idle;
  bool is_oldest_ = false;
  bool knows_all_ = false;  // has held an agreed view in which it is up
  std::uint64_t own_up_number_ = 0;
  std::string own_address_;
  std::uint64_t content_seen_ = 0;
  std::size_t removed_seen_ = 0;
  std::map<Uid, Other> others_;           // that have the role, and are or were up
  std::map<Uid, std::int64_t> gone_ms_;   // removed ones: when they cannot run it any more
  std::set<Uid> words_;                   // of those that said `done` to this attempt
  std::map<Uid, std::uint32_t> waiting_;  // for this node to stop it, with their attempts
  std::uint32_t attempt_ = 0;
  std::uint32_t rounds_ = 0;
  std::int64_t next_ask_ms_ = never_ms;
  std::uint64_t refused_ = 0;
};

}  // namespace shoal::cluster
