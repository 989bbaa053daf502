#pragma once
// World: a cluster in one thread. The production Membership of each node runs under a virtual clock, a
// virtual network and chance from one seed; a run with the same seed is the same to the bit, which
// `trace_hash` shows.
//
// Events stand in a heap by (time, number). A node is woken when it asked to be, or gets a message; what it
// gives out goes to the network, as the bytes it would have there, which may lose, delay, double or reorder
// it, or not carry it from one node to another at all. Nodes can crash, start again at the same address,
// pause (with their clock running or standing), and have their clock jump ahead.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "cluster/membership.hpp"
#include "cluster/random.hpp"
#include "cluster/singleton.hpp"
#include "cluster/singleton_proxy.hpp"
#include "tests/sim/bugs.hpp"
#include "tests/sim/oracles.hpp"

namespace shoal::sim {

enum class Strategy : std::uint8_t { keep_majority, static_quorum, keep_oldest, down_all };
enum class ClockWhile : std::uint8_t { runs, stands };

enum class Singleton : std::uint8_t { none, on_the_oldest };
enum class Oracle : std::uint8_t { every_step, none };

struct NetworkConfig {
  std::int64_t delay_min_ms = 1;
  std::int64_t jitter_ms = 4;
  double loss = 0;       // of messages, 0..1
  double duplicate = 0;  // of messages, 0..1
};

struct WorldConfig {
  std::size_t nodes = 5;
  std::size_t seeds = 2;  // the first so many nodes
  std::uint64_t seed = 1;
  NetworkConfig network;
  Strategy strategy = Strategy::keep_majority;
  cluster::MembershipConfig membership;
  std::int64_t metrics_interval_ms = 5'000;
  Singleton singleton = Singleton::none;
  Bug bug = Bug::none;
  Oracle oracle = Oracle::every_step;  // what it keeps grows with the square of the nodes
};

class World {
 public:
  using NodeIndex = std::size_t;

  explicit World(WorldConfig config);

  void start(NodeIndex node);
  void start_all();
  // As members of one cluster, all up, each with the whole table.
  void start_formed();
  void crash(NodeIndex node);
  // Another incarnation at the same address.
  void restart(NodeIndex node);
  void pause(NodeIndex node, std::int64_t length_ms, ClockWhile clock);
  // What comes to it waits, and its own time goes on.
  void deafen(NodeIndex node, std::int64_t length_ms);
  void jump_clock(NodeIndex node, std::int64_t ahead_ms);
  void leave(NodeIndex node);
  // Nothing goes from one to the other any more, and again does.
  void cut(NodeIndex from, NodeIndex to);
  void cut_apart(const std::vector<NodeIndex>& side);
  void heal();
  // What goes from one to the other takes so much longer; the other way it does not.
  void slow(NodeIndex from, NodeIndex to, std::int64_t more_ms) { slow_[{from, to}] = more_ms; }
  NetworkConfig& network() { return config_.network; }

  void run_for(std::int64_t length_ms);
  // Runs until it holds, looking every 100 ms. False where it did not within the time.
  template <class Holds>
  bool run_until(std::int64_t length_ms, Holds holds) {
    const std::int64_t end_ms = now_ms_ + length_ms;
    while (now_ms_ < end_ms) {
      if (holds()) return true;
      run_for(100);
    }
    return holds();
  }

  // All running nodes hold the same table, agreed on, with themselves as its members, all up.
  bool is_settled() const;
  bool is_running(NodeIndex node) const { return nodes_[node].is_running; }
  std::size_t running() const;
  std::size_t nodes() const { return nodes_.size(); }
  const cluster::Membership& membership(NodeIndex node) const { return *nodes_[node].membership; }
  // Whether each running node but itself calls the node's present incarnation unreachable, down or removed.
  bool is_seen_gone_by_all(NodeIndex node) const;
  // Whether each running node knows what each said of itself in the last so many ms.
  bool has_fresh_metrics(std::int64_t age_max_ms) const;
  bool is_seen_gone(NodeIndex by, NodeIndex node) const;
  std::optional<cluster::StopReason> stop_reason(NodeIndex node) const { return nodes_[node].stop_reason; }

  // The nodes that run the singleton.
  std::vector<NodeIndex> singleton_at() const;
  void tell_singleton(NodeIndex from, std::string payload);
  std::uint64_t singleton_delivered() const { return singleton_delivered_; }

  Oracles& oracles() { return oracles_; }
  std::int64_t now_ms() const { return now_ms_; }
  std::uint64_t trace_hash() const { return trace_hash_; }
  std::uint64_t messages_sent() const { return messages_sent_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  // How often a running node took a running one for unreachable; and the same for those which never were
  // paused or deaf.
  std::uint64_t healthy_called_unreachable() const { return healthy_called_unreachable_; }
  std::uint64_t undisturbed_called_unreachable() const { return undisturbed_called_unreachable_; }

 private:
  using Parcel = std::variant<cluster::Message, cluster::SingletonMessage>;
  struct Delivery {
    NodeIndex from;
    Parcel parcel;
  };
  struct Node {
    std::string address;
    std::unique_ptr<cluster::Membership> membership;
    std::uint64_t uid = 0;
    bool is_running = false;
    std::int64_t paused_until_ms = 0;
    std::int64_t deaf_until_ms = 0;
    std::int64_t clock_ahead_ms = 0;
    std::int64_t next_metrics_ms = 0;
    std::int64_t wake_ms = 0;       // of the world's clock; an earlier wake-up in the heap is void
    std::vector<Delivery> waiting;  // while it is paused
    std::optional<cluster::StopReason> stop_reason;
    bool was_disturbed = false;  // paused or deaf since it started
    std::unique_ptr<cluster::SingletonManager> singleton;
    std::unique_ptr<cluster::SingletonProxy> proxy;
    bool runs_singleton = false;
    std::int64_t singleton_stops_ms = 0;  // 0: it is not stopping
  };
  struct Event {
    std::int64_t at_ms;
    std::uint64_t number;
    NodeIndex node;
    std::optional<std::size_t> parcel;  // a message in parcels_; empty: a wake-up
    bool operator<(const Event& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : number > other.number;
    }
  };

  void handle(const Event& event);
  void deliver(NodeIndex node, const Delivery& delivery);
  void deliver_waiting(NodeIndex node);
  std::unique_ptr<cluster::Membership> make_membership(NodeIndex node);
  void wake(NodeIndex node);
  void finish_step(NodeIndex node);
  void carry(NodeIndex from, cluster::Send& send);
  bool is_lost(NodeIndex from, NodeIndex to);
  std::int64_t draw_delay_ms(NodeIndex from, NodeIndex to);

  // world_singleton.cpp
  void start_singleton(Node& node);
  void deliver_singleton(NodeIndex node, const cluster::SingletonMessage& message);
  void follow_singleton(NodeIndex node);
  void finish_singleton(NodeIndex node);
  void look_at_singleton(NodeIndex node);
  std::int64_t singleton_wakeup_ms(const Node& node) const;
  void post(NodeIndex to, Delivery delivery, std::int64_t delay_ms);
  void plan_wake(NodeIndex node);
  void publish_metrics(Node& node);
  void trace(std::uint64_t what);
  std::int64_t clock_of(const Node& node) const { return now_ms_ + node.clock_ahead_ms; }
  std::unique_ptr<const cluster::DowningStrategy> strategy() const;

  WorldConfig config_;
  cluster::Random random_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, NodeIndex> by_address_;
  std::unordered_map<cluster::Uid, NodeIndex> by_uid_;
  std::vector<bool> cut_;  // from * nodes + to
  std::map<std::pair<NodeIndex, NodeIndex>, std::int64_t> slow_;
  std::priority_queue<Event> events_;
  std::vector<Delivery> parcels_;
  std::vector<std::size_t> free_parcels_;
  cluster::Outputs outputs_;
  cluster::SingletonOutputs singleton_outputs_;
  cluster::SingletonProxyOutputs proxy_outputs_;
  std::uint64_t singleton_delivered_ = 0;
  Oracles oracles_;
  std::int64_t now_ms_ = 1'000'000;  // clocks do not begin at 0
  std::uint64_t last_number_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::uint64_t messages_sent_ = 0;
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t healthy_called_unreachable_ = 0;
  std::uint64_t undisturbed_called_unreachable_ = 0;
};

}  // namespace shoal::sim
