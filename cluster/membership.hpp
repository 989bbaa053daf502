#pragma once
// Membership: one node's part in the cluster. It puts the pieces of this folder together and decides nothing
// itself:
//
//   messages ─► news ─► MemberTable ─► Agreement ─► leader's moves ─┐
//                 ▲                                                 │
//                 ├──── FailureDetector: accuses, declares ◄── probes, answers
//                 ├──── Downing: downs                              │
//                 └─────────────────────────────────────────────────┘
//   what changed ─► Rumours ─► on every message, as far as its bytes go
//
// Pure: inputs and the time come in, `Outputs` come out; the same object runs behind a transport and in the
// simulator. Times are steady milliseconds that never go back. [control]; not thread safe.
// Requires: `wakeup_ms` is kept: `tick` is called then, or soon after.

#include <cstdint>
#include <memory>
#include <string>

#include "cluster/agreement.hpp"
#include "cluster/downing.hpp"
#include "cluster/failure_detector.hpp"
#include "cluster/joiner.hpp"
#include "cluster/leader_actions.hpp"
#include "cluster/outputs.hpp"
#include "cluster/relays.hpp"
#include "cluster/rumours.hpp"

namespace shoal::cluster {

struct GossipConfig {
  std::int64_t interval_ms = 200;  // while there is something to tell
  std::uint32_t fanout = 3;        // members told each time
  double tellings_factor = 4;      // rumours.hpp
  std::size_t message_bytes_max =
      1'200;                      // fits a datagram; a comparison and a lone long record may be longer
  std::size_t metrics_max = 8;    // of members' metrics in one message
  std::size_t rumours_max = 128;  // members with news; where there are more, tables are compared
  std::size_t told_on_max = 16;   // members with news in what a comparison brought, to tell them on
  std::int64_t compare_interval_ms = 2'000;  // between two comparisons with a random member
  std::int64_t sync_interval_ms = 1'000;     // between two digests, while tables differ
  std::size_t sync_message_bytes = 16'384;   // of records, and the bucket that passes it, in one message
  std::size_t sync_bytes_max = 524'288;      // answered to one digest, of which one is answered an interval
};

struct MembershipConfig {
  JoinConfig join;
  DetectorConfig detector;
  GossipConfig gossip;
  DowningConfig downing;
  MembersMin members_min;
  Settings settings;                             // must be alike on all members
  std::int64_t weakly_up_after_ms = 7'000;       // 0: never
  std::int64_t leave_deadline_ms = 10'000;       // of waiting, once exiting, to hear of one's removal
  std::int64_t tombstone_ms = 24 * 3'600'000LL;  // of memory of a removed incarnation
};

class Membership final : private DetectorActions, private JoinActions {
 public:
  // `self` has a uid that no process had before. `seed` is for chance only.
  Membership(std::shared_ptr<const Profile> self, MembershipConfig config,
             std::unique_ptr<const DowningStrategy> strategy, std::uint64_t seed);

  void start(std::int64_t now_ms, Outputs& outputs);
  void receive(const Message& message, const std::string& from_address, std::int64_t now_ms,
               Outputs& outputs);
  void tick(std::int64_t now_ms, Outputs& outputs);
  // Gracefully: leaving, exiting, removed. False where there is no such living member.
  bool leave(Uid member, std::int64_t now_ms, Outputs& outputs);
  // For a member that is gone, or that an operator wants gone. False where there is no such living member.
  bool down(Uid member, std::int64_t now_ms, Outputs& outputs);
  // The connection to a member closed: it is probed at once.
  void connection_lost(Uid member, std::int64_t now_ms, Outputs& outputs);
  // What this node says of itself from now on; uid and sequence are filled in. No effect where it is no
  // member.
  void publish(NodeMetrics metrics, Outputs& outputs);
  // Any traffic of a member counts as life.
  void heard_from(Uid member, std::int64_t now_ms) { detector_.heard(member, now_ms); }

  std::int64_t wakeup_ms() const;
  const Profile& self() const { return *self_; }
  const MemberTable& table() const { return table_; }
  bool is_member() const { return joiner_.state() == Joiner::State::joined && !is_over_; }
  bool is_over() const { return is_over_; }
  // All that must hold this node's view do, and nobody unreachable stands in the way.
  bool is_converged() const { return is_member() && agreement_.is_agreed(); }
  const Agreement& agreement() const { return agreement_; }
  const FailureDetector& detector() const { return detector_; }
  const Downing& downing() const { return downing_; }
  // What members last said of themselves.
  const MetricsBoard& metrics() const { return metrics_; }
  // The events that lead to what is there now, for who begins to listen.
  std::vector<MemberEvent> initial_events() const;

 private:
  // How news is to reach the others: as a rumour, or when they compare their tables with this node's.
  enum class Spread : std::uint8_t { told, compared };

  // What the detector and the joiner want done.
  void ping(Uid to, std::uint32_t sequence) override;
  void ping_through(Uid mediator, Uid subject, std::uint32_t sequence) override;
  void accuse(Uid subject) override;
  void declare_unreachable(Uid subject) override;
  void quarantine(Uid subject) override;
  void ask_seed(const std::string& address) override;
  void request_join(const std::string& address) override;
  void form_cluster() override;
  void give_up() override;

  // membership_join.cpp
  void receive_joining(const Message& message, const std::string& from_address);
  void admit(const Message& message, const std::string& from_address);
  void add_anybody(Message& welcome);
  std::string difference_of(const Settings& theirs) const;

  // membership_gossip.cpp
  void answer(const Message& message);
  void hear_view(const Message& message);
  void apply_all(const Message& message);
  void gossip();
  std::optional<Uid> draw_listener(const std::vector<Uid>& besides);
  Message message_of(MessageKind kind) const;
  void send(Uid to, Message message);
  void fill(Message& message);
  void hear_metrics(const Message& message);

  // membership_sync.cpp
  void offer_sync(const Message& message);
  void answer_digest(const Message& message);
  void send_buckets(Uid to, std::uint64_t mask);
  void answer_records(const Message& message);
  void compare_with_anybody();

  // membership.cpp
  void begin(std::int64_t now_ms, Outputs& outputs);
  // True where it was news.
  bool apply(const Record& told, Spread spread);
  void tell_change(const Record& told, const MemberTable::Change& change);
  void refute();
  void settle();
  bool lead();
  void follow_downing();
  void follow_leave();
  void stop(StopReason reason, std::string text);
  bool advance(Uid member, MemberState state, std::int64_t now_ms, Outputs& outputs);

  std::shared_ptr<const Profile> self_;
  MembershipConfig config_;
  Random random_;
  MemberTable table_;
  Agreement agreement_;
  FailureDetector detector_;
  Downing downing_;
  Joiner joiner_;
  Relays relays_;
  Rumours rumours_;
  MetricsBoard metrics_;
  std::uint32_t metrics_published_ = 0;
  std::uint64_t agreed_view_hash_ = 0;  // that the agreement is about
  std::uint32_t view_tellings_ = 0;     // how often to tell what is known of the agreement
  std::int64_t unagreed_since_ms_ = 0;
  std::int64_t next_gossip_ms_ = 0;
  std::int64_t next_sync_ms_ = 0;
  std::int64_t next_answer_ms_ = 0;
  std::int64_t next_compare_ms_ = 0;
  std::int64_t next_prune_ms_ = 0;
  std::int64_t exiting_since_ms_ = -1;
  bool is_over_ = false;

  // Who spoke last, and from where.
  Uid speaker_;
  std::string speaker_address_;

  // Of the input under way.
  std::int64_t now_ms_ = 0;
  Outputs* outputs_ = nullptr;
};

}  // namespace shoal::cluster
