#include "host/cluster/cluster_node.hpp"

#include <poll.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <limits>
#include <random>
#include <utility>

#include "cluster/wire.hpp"
#include "host/cluster/member_view.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::node {

namespace {

constexpr std::int64_t wait_ms_max = 60'000;
constexpr std::int64_t forget_after_ms = 30'000;  // a farewell may still be on its way
constexpr std::int64_t refusal_log_interval_ms = 10'000;
constexpr std::int64_t metrics_interval_ms = 1'000;  // the view of a large cluster is not made for each
constexpr std::int64_t linger_ms = 500;              // for what waits at the end, such as who else is to go

template <class Clock>
std::int64_t now_ms() {
  const auto now = Clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::int64_t steady_ms() { return now_ms<std::chrono::steady_clock>(); }
std::int64_t unix_ms() { return now_ms<std::chrono::system_clock>(); }

std::uint64_t random_number() {
  std::random_device random;
  return std::uint64_t{random()} << 32 | random();
}

// Of a process that had none before; 0 is nobody.
cluster::Uid new_uid() { return cluster::Uid{std::max<std::uint64_t>(random_number(), 1)}; }

Error no_member_now() {
  return error(ErrorCode::unavailable,
               "this host is no member of the cluster now: 'shoal cluster members' says what it is");
}

}  // namespace

ClusterNode::ClusterNode(ClusterNodeOptions options)
    : options_(std::move(options)), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  SHOAL_ASSERT(wake_fd_ >= 0);
}

ClusterNode::~ClusterNode() {
  is_stopping_.store(true, std::memory_order_release);
  wake();
  if (thread_.joinable()) thread_.join();
  if (transport_) transport_->stop(linger_ms);
  close(wake_fd_);
}

Result<std::unique_ptr<ClusterNode>> ClusterNode::start(ClusterNodeOptions options) {
  std::unique_ptr<ClusterNode> node(new ClusterNode(std::move(options)));
  SHOAL_TRYV(node->open());
  node->thread_ = std::thread([raw = node.get()] { raw->run(); });
  return node;
}

Result<void> ClusterNode::open() {
  transport::Options options;
  options.bind = "tcp://" + options_.bind;
  options.self = {options_.name, options_.advertise, new_uid()};
  options.cluster_name = options_.cluster_name;
  options.security = options_.security;
  const auto hooks = [this] {
    transport::Hooks made;
    made.arrived = [this](transport::Channel) { wake(); };
    made.changed = [this] { wake(); };
    made.warn = [](const std::string& text) { spdlog::warn("cluster: {}", text); };
    return made;
  };
  auto started = transport::Transport::start(options, hooks());
  if (!started && options_.takes_any_port && started.error().code == ErrorCode::unavailable) {
    options.bind = "tcp://" + options_.bind.substr(0, options_.bind.rfind(':')) + ":0";
    started = transport::Transport::start(options, hooks());
  }
  if (!started) return std::move(started).error();
  transport_ = std::move(started).value();
  self_ = std::make_shared<const cluster::Profile>(
      cluster::Profile{options_.name, transport_->self().address, options.self.uid, options_.roles});
  management::ClusterView view;
  view.cluster = options_.cluster_name;
  view.self = view_of(*self_, cluster::MemberState::joining);
  history_.emplace(std::move(view));
  spdlog::info("cluster {}: this host is {} at {}, incarnation {}", options_.cluster_name, self_->name,
               self_->address, self_->uid.value);
  return success();
}

// Other threads

void ClusterNode::wake() const {
  const std::uint64_t one = 1;
  const ssize_t written = write(wake_fd_, &one, sizeof one);
  SHOAL_ASSERT(written == static_cast<ssize_t>(sizeof one) || errno == EAGAIN);
}

bool ClusterNode::put(std::function<void()> order) {
  {
    const std::lock_guard lock(mutex_);
    if (orders_.size() >= orders_max) return false;
    orders_.push_back(std::move(order));
  }
  wake();
  return true;
}

std::optional<cluster::Stop> ClusterNode::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void ClusterNode::leave() {
  is_leaving_.store(true, std::memory_order_release);
  wake();
}

// Where too many orders wait, the next ones say it.
void ClusterNode::tell(cluster::NodeMetrics metrics) {
  put([this, metrics] {
    if (!membership_) return;
    membership_->publish(metrics, outputs_);
    follow();
  });
}

management::ClusterStatus ClusterNode::status() const {
  management::ClusterStatus status;
  status.view = *history_->view();
  const transport::Counters counters = transport_->counters();
  for (std::size_t i = 0; i < transport::channels; ++i) {
    status.channels.push_back({transport::name_of(static_cast<transport::Channel>(i)),
                               counters.messages_out[i], counters.messages_in[i], counters.bytes_out[i],
                               counters.bytes_in[i]});
  }
  for (std::size_t i = 0; i < transport::drops; ++i) {
    status.dropped[transport::name_of(static_cast<transport::Drop>(i))] = counters.dropped[i];
  }
  status.dropped["refused"] = refused_messages_.load(std::memory_order_relaxed);
  const auto links = transport_->links();
  status.connections = static_cast<std::uint64_t>(
      std::count_if(links.begin(), links.end(), [](const auto& link) { return link.is_connected; }));
  status.connections_made = counters.connections_made;
  status.connections_lost = counters.connections_lost;
  status.connections_failed = counters.connections_failed;
  status.strangers_refused = counters.hellos_refused + counters.keys_refused + counters.handshakes_failed;
  return status;
}

void ClusterNode::change_member(std::string node, management::MemberOperation operation,
                                management::Callback<management::ClusterMember> done) {
  const bool taken = put([this, node = std::move(node), operation, done] {
    if (!membership_ || !membership_->is_member()) return done(no_member_now());
    const auto found = find_member(view_of(*membership_, options_.cluster_name), node);
    if (!found) return done(found.error());
    const cluster::Uid uid{found.value().uid};
    const bool is_leave = operation == management::MemberOperation::leave;
    spdlog::info("cluster: an operator wants {} ({}) to {}", found.value().name, found.value().address,
                 is_leave ? "leave" : "be down");
    if (is_leave) {
      membership_->leave(uid, steady_ms(), outputs_);
    } else {
      membership_->down(uid, steady_ms(), outputs_);
    }
    follow();
    done(found);
  });
  if (!taken) done(error(ErrorCode::overloaded, "too many orders wait already: try again"));
}

void ClusterNode::join(std::string address, management::Callback<void> done) {
  const bool taken = put([this, address = std::move(address), done] {
    if (membership_) {
      return done(error(ErrorCode::already_exists,
                        membership_->is_member()
                            ? "this host is a member of a cluster already: it has to leave and start again"
                            : "this host is on its way into a cluster already"));
    }
    begin({address});
    done(success());
  });
  if (!taken) done(error(ErrorCode::overloaded, "too many orders wait already: try again"));
}

void ClusterNode::explain(std::string node, management::Callback<management::MemberExplanation> done) {
  const bool taken = put([this, node = std::move(node), done] {
    if (!membership_) return done(no_member_now());
    management::MemberExplanation explanation = explanation_of(node);
    const bool is_known = explanation.member || !explanation.events.empty() || !explanation.decisions.empty();
    if (is_known) return done(std::move(explanation));
    done(error(ErrorCode::not_found, "this host knows nothing of " + node +
                                         ", neither as a member nor as a former one: 'shoal cluster members' "
                                         "lists the members"));
  });
  if (!taken) done(error(ErrorCode::overloaded, "too many orders wait already: try again"));
}

// The membership thread

void ClusterNode::run() {
  pthread_setname_np(pthread_self(), "membership");
  if (!options_.membership.join.seeds.empty()) begin(options_.membership.join.seeds);
  while (!is_stopping_.load(std::memory_order_acquire)) {
    run_orders();
    if (is_leaving_.exchange(false, std::memory_order_acquire)) leave_now();
    take_signs_and_changes();
    take_messages();
    tick();
    forget_former();
    publish();
    wait();
  }
}

void ClusterNode::begin(std::vector<std::string> seeds) {
  cluster::MembershipConfig config = options_.membership;
  config.join.seeds = std::move(seeds);
  membership_ = std::make_unique<cluster::Membership>(self_, std::move(config), std::move(options_.strategy),
                                                      random_number());
  membership_->start(steady_ms(), outputs_);
  follow();
}

void ClusterNode::run_orders() {
  std::deque<std::function<void()>> orders;
  {
    const std::lock_guard lock(mutex_);
    orders.swap(orders_);
  }
  for (const auto& order : orders) order();
}

void ClusterNode::leave_now() {
  if (membership_ && membership_->leave(self_->uid, steady_ms(), outputs_)) return follow();
  end({cluster::StopReason::left, ""});  // nobody knows it yet
}

// What a member sent before its connection was lost does not speak against that.
void ClusterNode::take_signs_and_changes() {
  changes_.clear();
  signs_.clear();
  transport_->take_changes(changes_);
  transport_->take_heard(signs_);
  for (const transport::LifeSign& sign : signs_) {
    if (membership_) membership_->heard_from(sign.uid, sign.at_ms);
  }
  for (const transport::Change& change : changes_) {
    if (change.kind != transport::Change::Kind::disconnected || !membership_) continue;
    membership_->connection_lost(change.node.uid, steady_ms(), outputs_);
    follow();
  }
}

void ClusterNode::take_messages() {
  received_.clear();
  transport_->take(transport::Channel::membership, received_);
  for (const transport::Received& received : received_) {
    for (const std::string_view bytes : received.batch) take_message(received, bytes);
  }
}

// Whoever sends what cannot be read, or speaks for another, is named now and then.
void ClusterNode::take_message(const transport::Received& received, std::string_view bytes) {
  if (!membership_) return;
  const auto message = cluster::decode(bytes);
  const auto spoken =
      message ? transport::check_speaker(received, message.value().from) : Result<void>(message.error());
  if (!spoken) {
    const std::uint64_t refused = refused_messages_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (steady_ms() < next_refusal_log_ms_) return;
    next_refusal_log_ms_ = steady_ms() + refusal_log_interval_ms;
    spdlog::warn("cluster: a message of {} at {} is refused ({} so far): {}", received.from->name,
                 received.from->address, refused, spoken.error().message);
    return;
  }
  const std::string& address = received.from->address;
  if (message.value().kind >= cluster::MessageKind::seed_query) {
    transport_->introduce(address, received.from->name);
    forget_ms_[address] = steady_ms() + forget_after_ms;
  }
  membership_->receive(message.value(), address, steady_ms(), outputs_);
  follow();
}

void ClusterNode::tick() {
  const std::int64_t now = steady_ms();
  if (!membership_ || now < membership_->wakeup_ms()) return;
  membership_->tick(now, outputs_);
  follow();
}

// Does what the membership wants done after an input.
void ClusterNode::follow() {
  for (const cluster::MemberEvent& event : outputs_.events) note(event);
  for (const cluster::Send& each : outputs_.sends) send(each);
  if (!outputs_.metrics.empty()) has_new_metrics_ = true;
  if (outputs_.stop) end({outputs_.stop->reason, words_of(*outputs_.stop)});
  outputs_.clear();
}

// What does not get through is lost: the protocol lives with that.
void ClusterNode::send(const cluster::Send& send) {
  auto& link = links_[send.address];
  if (!link) link = transport_->link(send.address);
  if (!link) return;
  bytes_.clear();
  cluster::encode(send.message, bytes_);
  transport::Batch batch(transport::Channel::membership);
  batch.add(bytes_);
  if (const auto sent = link->send(batch); !sent && sent.error().code == ErrorCode::unavailable) {
    links_.erase(send.address);
  }
}

void ClusterNode::note(const cluster::MemberEvent& event) {
  const cluster::Profile& profile = *event.profile;
  const cluster::Member* member = membership_->table().find(profile.uid);
  management::ClusterEvent shown;
  shown.type = event_name(event);
  shown.member = member == nullptr ? view_of(profile, event.state) : view_of(*member, membership_->table());
  shown.member.status = status_name(event.state);
  const bool is_state = event.kind == cluster::MemberEvent::Kind::state;
  if (is_state && event.state == cluster::MemberState::removed) {
    shown.previous_status = status_name(states_[profile.uid]);
    states_.erase(profile.uid);
    forget_ms_[profile.address] = steady_ms() + forget_after_ms;
  } else if (is_state) {
    states_[profile.uid] = event.state;
  }
  if (profile.uid != self_->uid) transport_->introduce(profile.address, profile.name);
  const bool is_unreachable = event.kind == cluster::MemberEvent::Kind::unreachable;
  spdlog::log(
      is_unreachable ? spdlog::level::warn : spdlog::level::info, "cluster: {} ({}) is {}", profile.name,
      profile.address,
      is_state ? cluster::name_of(event.state) : (is_unreachable ? "unreachable" : "reachable again"));
  events_.push_back(std::move(shown));
}

void ClusterNode::end(cluster::Stop stop) {
  const std::lock_guard lock(mutex_);
  if (!ended_) ended_ = std::move(stop);
}

void ClusterNode::forget_former() {
  const std::int64_t now = steady_ms();
  for (auto former = forget_ms_.begin(); former != forget_ms_.end();) {
    const bool is_member = membership_ && membership_->table().find_address(former->first) != nullptr;
    if (!is_member && now < former->second) {
      ++former;
      continue;
    }
    if (!is_member) {
      transport_->forget(former->first);
      links_.erase(former->first);
    }
    former = forget_ms_.erase(former);
  }
}

void ClusterNode::publish() {
  if (!membership_) return;
  const cluster::MemberTable& table = membership_->table();
  const Signature now = {table.content(), table.view(), membership_->is_converged(), membership_->is_member(),
                         membership_->is_over()};
  const bool shows_metrics = has_new_metrics_ && steady_ms() >= next_metrics_ms_;
  if (now == published_ && events_.empty() && !shows_metrics) return;
  published_ = now;
  has_new_metrics_ = false;
  next_metrics_ms_ = steady_ms() + metrics_interval_ms;
  history_->publish(view_of(*membership_, options_.cluster_name), std::exchange(events_, {}), unix_ms());
}

void ClusterNode::wait() const {
  std::int64_t wait_ms = wait_ms_max;
  if (membership_ && !membership_->is_over()) wait_ms = membership_->wakeup_ms() - steady_ms();
  pollfd waiting{wake_fd_, POLLIN, 0};
  poll(&waiting, 1, static_cast<int>(std::clamp<std::int64_t>(wait_ms, 0, wait_ms_max)));
  std::uint64_t wakes = 0;
  const ssize_t woken = read(wake_fd_, &wakes, sizeof wakes);
  SHOAL_ASSERT(woken == static_cast<ssize_t>(sizeof wakes) || errno == EAGAIN);
}

std::string ClusterNode::words_of(const cluster::Stop& stop) const {
  if (!is_unwanted(stop.reason)) return stop.text;
  const auto& records = membership_->downing().records();
  const auto downs_self = [&](const cluster::DowningRecord& record) {
    const auto& to_down = record.decision.to_down;
    return std::find(to_down.begin(), to_down.end(), self_->uid) != to_down.end();
  };
  if (records.empty() || !downs_self(records.back())) return "another member or an operator has downed it";
  const management::DowningDecision decision = view_of(records.back(), membership_->table(), 0);
  std::string words = "its own decision, " + decision.verdict + " by " + decision.strategy +
                      (decision.was_unstable ? ", since the split did not stand still" : "") +
                      "; unreachable:";
  for (const management::ClusterMember& member : decision.members) {
    if (!member.is_reachable) words += " " + member.address;
  }
  return words;
}

management::MemberExplanation ClusterNode::explanation_of(const std::string& node) const {
  management::MemberExplanation explanation;
  explanation.node = node;
  const cluster::MemberTable& table = membership_->table();
  std::string address(address_in(node));
  std::uint64_t uid = 0;
  if (auto found = find_member(view_of(*membership_, options_.cluster_name), node)) {
    const cluster::Member& member = *table.find(cluster::Uid{found.value().uid});
    explanation.phi = membership_->detector().phi(member.uid(), steady_ms());
    explanation.is_watched = membership_->detector().watches(member.uid());
    explanation.is_quarantined = member.health.unreachable_through == cluster::Health::quarantined;
    explanation.refutations = member.health.refutation;
    address = found.value().address;
    uid = found.value().uid;
    explanation.member = std::move(found).value();
  }
  explanation.events = history_->events_of(address, uid);
  for (const cluster::DowningRecord& record : membership_->downing().records()) {
    management::DowningDecision decision = view_of(record, table, unix_ms() - steady_ms());
    const bool is_of_it = std::any_of(decision.members.begin(), decision.members.end(),
                                      [&](const auto& member) { return member.address == address; });
    if (is_of_it) explanation.decisions.push_back(std::move(decision));
  }
  return explanation;
}

}  // namespace shoal::node
