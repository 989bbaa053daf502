#pragma once
// ClusterNode: a host's part in a cluster. It runs a `cluster::Membership` on a thread of its own,
// "membership", behind a transport, so that neither a module that loads nor a lane that is blocked delays an
// answer to a probe.
//
//   transport ──arrived, changed──► wake ─► messages, lost connections, orders, tick ─► send
//   orders of other threads ──────►  ▲                     │
//                 Membership::wakeup_ms                    └─► ClusterHistory (view, events) · the log
//
// Bounds: `orders_max` orders wait, more are refused; what the transport holds is its own.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "cluster/membership.hpp"
#include "cluster/transport/transport.hpp"
#include "host/cluster/cluster_history.hpp"
#include "host/management/cluster_api.hpp"

namespace shoal::node {

struct ClusterNodeOptions {
  std::string cluster_name;
  std::string bind;             // HOST:PORT
  bool takes_any_port = false;  // where the port of `bind` is taken
  std::string advertise;        // HOST:PORT; empty: what is bound
  std::string name;             // of this host
  std::vector<std::string> roles;
  std::optional<transport::Security> security;
  cluster::MembershipConfig membership;  // without seeds it waits for `join`
  std::unique_ptr<const cluster::DowningStrategy> strategy;
};

// The others act as if this node were gone: downed, or removed, which is all that it may hear of that.
inline bool is_unwanted(cluster::StopReason reason) {
  return reason == cluster::StopReason::downed || reason == cluster::StopReason::removed;
}

class ClusterNode final : public management::ClusterApi {
 public:
  static constexpr std::size_t orders_max = 256;

  // The transport's errors: bad_config, unavailable.
  static Result<std::unique_ptr<ClusterNode>> start(ClusterNodeOptions options);
  // Leaves without a word where it has not left before.
  ~ClusterNode() override;
  ClusterNode(const ClusterNode&) = delete;
  ClusterNode& operator=(const ClusterNode&) = delete;

  const std::string& address() const { return self_->address; }  // [any-thread]
  // Why this node's part is over, with words for the log; empty while it is not. [any-thread]
  std::optional<cluster::Stop> ended() const;
  // Gracefully; `ended` says when. [any-thread]
  void leave();
  // What this host says of itself from now on; nothing where it is no member. [any-thread]
  void tell(cluster::NodeMetrics metrics);
  // Reads the keys that are let in again. [any-thread]
  Result<void> reload_allow_list() { return transport_->reload_allow_list(); }
  management::ClusterStatus status() const;  // [any-thread]

  std::shared_ptr<const management::ClusterView> view() override { return history_->view(); }
  management::ClusterEventPage events(std::optional<std::uint64_t> after, std::size_t limit) override {
    return history_->events(after, limit);
  }
  management::ClusterEventPage initial_events() override { return history_->initial_events(); }
  void change_member(std::string node, management::MemberOperation operation,
                     management::Callback<management::ClusterMember> done) override;
  void join(std::string address, management::Callback<void> done) override;
  void explain(std::string node, management::Callback<management::MemberExplanation> done) override;

 private:
  // A table's hashes, whether it is agreed on, and whether this node is a member or was one.
  using Signature = std::tuple<std::uint64_t, std::uint64_t, bool, bool, bool>;

  explicit ClusterNode(ClusterNodeOptions options);
  Result<void> open();
  void wake() const;
  bool put(std::function<void()> order);

  // [membership]
  void run();
  void begin(std::vector<std::string> seeds);
  void run_orders();
  void leave_now();
  void take_signs_and_changes();
  void take_messages();
  void take_message(const transport::Received& received, std::string_view bytes);
  void tick();
  void follow();
  void send(const cluster::Send& send);
  void note(const cluster::MemberEvent& event);
  void end(cluster::Stop stop);
  void forget_former();
  void publish();
  void wait() const;
  std::string words_of(const cluster::Stop& stop) const;
  management::MemberExplanation explanation_of(const std::string& node) const;

  ClusterNodeOptions options_;
  const int wake_fd_;
  std::unique_ptr<transport::Transport> transport_;
  std::shared_ptr<const cluster::Profile> self_;
  std::optional<ClusterHistory> history_;

  mutable std::mutex mutex_;  // of the orders and of what has ended
  std::deque<std::function<void()>> orders_;
  std::optional<cluster::Stop> ended_;
  std::atomic<std::uint64_t> refused_messages_{0};  // unreadable, or their sender speaks for another
  std::atomic<bool> is_leaving_{false};
  std::atomic<bool> is_stopping_{false};

  // [membership]
  std::unique_ptr<cluster::Membership> membership_;  // null until it is to join
  cluster::Outputs outputs_;
  std::vector<transport::Received> received_;
  std::vector<transport::Change> changes_;
  std::vector<transport::LifeSign> signs_;
  std::vector<management::ClusterEvent> events_;  // since the last `publish`
  std::map<cluster::Uid, cluster::MemberState> states_;
  std::map<std::string, std::shared_ptr<transport::Link>> links_;
  std::map<std::string, std::int64_t> forget_ms_;  // addresses of no members: when they are forgotten
  std::string bytes_;
  Signature published_{};
  bool has_new_metrics_ = false;
  std::int64_t next_metrics_ms_ = 0;  // when the view may be published for their sake alone
  std::int64_t next_refusal_log_ms_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace shoal::node
