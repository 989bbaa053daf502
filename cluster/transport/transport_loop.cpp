#include "cluster/transport/transport_loop.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::transport {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kRestMaxMs = 60'000;
constexpr std::size_t kItemsAtOnce = 4'096;
// Tokens of the poller; a peer's is the address of its link.
constexpr std::uint64_t kWake = 0;
constexpr std::uint64_t kReceiver = 1;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::uint64_t token_of(const Link* link) { return reinterpret_cast<std::uint64_t>(link); }

// A connector and its monitor, which has two ends.
std::size_t sockets_max(const Limits& limits) { return 3 * limits.links_max + 16; }

SocketBounds bounds_of(const Limits& limits) {
  return {std::max(limits.message_bytes_max + frame_header_bytes + message_header_bytes,
                   Outbox::frame_bytes_joined),
          limits.handshake_ms, limits.connect_ms, limits.unacknowledged_ms_max};
}

}  // namespace

Result<std::unique_ptr<TransportLoop>> TransportLoop::start(Options options, Hooks hooks,
                                                            AllowList allow_list) {
  std::unique_ptr<TransportLoop> loop(
      new TransportLoop(std::move(options), std::move(hooks), std::move(allow_list)));
  SHOAL_TRYV(loop->bind());
  loop->thread_ = std::thread([self = loop.get()] { self->run(); });
  return loop;
}

TransportLoop::TransportLoop(Options options, Hooks hooks, AllowList allow_list)
    : options_(std::move(options)),
      hooks_(std::move(hooks)),
      allow_list_(std::move(allow_list)),
      directory_(options_.limits.links_max),
      warnings_(hooks_.warn),
      zeromq_(std::make_unique<ZeroMq>(sockets_max(options_.limits))),
      stop_ms_(kNever) {}

TransportLoop::~TransportLoop() { SHOAL_ASSERT(!thread_.joinable()); }

Result<void> TransportLoop::bind() {
  const SocketBounds bounds = bounds_of(options_.limits);
  SHOAL_TRY(receiver, Receiver::bind(options_, bounds, *zeromq_, allow_list_, *tally_, warnings_));
  receiver_ = std::move(receiver);
  around_ = std::make_unique<PeerSurroundings>(PeerSurroundings{
      options_, bounds, *zeromq_, poller_, directory_, allow_list_, *tally_, warnings_, new_changes_});
  poller_.add(send_queue_->wake_fd(), kWake);
  receiver_->add_to(poller_, kReceiver);
  return success();
}

std::shared_ptr<Link> TransportLoop::link(const std::string& address) {
  return directory_.link(address, [&] {
    const LinkBounds bounds{options_.limits.send_bytes_max, bounds_of(options_.limits).frame_bytes_max};
    return std::make_shared<Link>(address, bounds, send_queue_, tally_);
  });
}

void TransportLoop::tell(Order order) {
  {
    const std::lock_guard lock(orders_mutex_);
    orders_.push_back(std::move(order));
  }
  send_queue_->wake();
}

void TransportLoop::forget(const std::string& address) {
  tell([this, address, link = directory_.forget(address)] {
    receiver_->forget(address);
    const auto found = peers_.find(link.get());
    if (found == peers_.end()) return;
    busy_.erase(found->second.get());
    peers_.erase(found);
  });
}

void TransportLoop::allow(AllowList allow_list) {
  tell([this, list = std::move(allow_list)]() mutable {
    allow_list_ = std::move(list);
    revoke();
  });
}

void TransportLoop::revoke() {
  receiver_->allow_list_changed();
  for (const auto& [link, peer] : peers_) {
    if (peer->is_revoked()) peer->close(now_ms());
  }
}

void TransportLoop::stop(std::int64_t linger_ms) {
  if (!thread_.joinable()) return;
  directory_.close();
  tell([this, linger_ms] { stop_ms_ = now_ms() + linger_ms; });
  thread_.join();
  send_queue_->close();
  // The address is free, and what lingered has gone, when the library has ended.
  receiver_->close();
  zeromq_.reset();
}

void TransportLoop::run() {
  ::pthread_setname_np(::pthread_self(), "transport");
  std::vector<std::uint64_t> tokens;
  std::int64_t now = now_ms();
  do {
    poller_.wait(rest_ms(now), tokens);
    now = now_ms();
    for (const std::uint64_t token : tokens) {
      if (token == kWake) send_queue_->clear_wake();
      if (token == kReceiver) receiver_is_busy_ = true;
      const auto found = peers_.find(reinterpret_cast<const Link*>(token));
      if (found != peers_.end()) busy_.insert(found->second.get());
    }
    obey();
    hand_out();
    serve(now);
    report();
  } while (!has_ended(now));
  for (const auto& [link, peer] : peers_) peer->set_linger(std::max<std::int64_t>(stop_ms_ - now, 0));
  busy_.clear();
  peers_.clear();
}

void TransportLoop::obey() {
  std::vector<Order> orders;
  {
    const std::lock_guard lock(orders_mutex_);
    orders.swap(orders_);
  }
  for (Order& order : orders) order();
}

// Null for a link that takes nothing more, unless it has a connection to end.
Peer* TransportLoop::peer_of(const std::shared_ptr<Link>& link) {
  const auto found = peers_.find(link.get());
  if (found != peers_.end()) return found->second.get();
  if (link->is_closed()) return nullptr;
  auto peer = std::make_unique<Peer>(link, *around_, token_of(link.get()));
  return peers_.emplace(link.get(), std::move(peer)).first->second.get();
}

void TransportLoop::hand_out() {
  SendQueue::Item item;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < channels; ++i) {
    const auto channel = static_cast<Channel>(static_cast<std::uint8_t>(i));
    while (taken < kItemsAtOnce && send_queue_->take(channel, item)) {
      ++taken;
      Peer* peer = peer_of(item.link);
      if (peer == nullptr) {
        item.link->release(item.batch);
        tally_->drop(Drop::forgotten, item.batch.count());
        continue;
      }
      peer->put(std::move(item.batch));
      busy_.insert(peer);
    }
  }
  if (taken == kItemsAtOnce) send_queue_->wake();
}

void TransportLoop::serve(std::int64_t now_ms) {
  if (receiver_is_busy_) receiver_is_busy_ = receiver_->serve(now_ms);
  if (now_ms >= next_wakeup_ms_) {
    next_wakeup_ms_ = kNever;
    for (const auto& [link, peer] : peers_) {
      if (peer->wakeup_ms() <= now_ms) busy_.insert(peer.get());
      next_wakeup_ms_ = std::min(next_wakeup_ms_, std::max(peer->wakeup_ms(), now_ms + 1));
    }
  }
  std::erase_if(busy_, [&](Peer* peer) {
    const bool is_done = !peer->serve(now_ms);
    next_wakeup_ms_ = std::min(next_wakeup_ms_, peer->wakeup_ms());
    return is_done;
  });
}

void TransportLoop::report() {
  const auto arrived = receiver_->take_arrived();
  for (std::size_t i = 0; i < channels; ++i) {
    const auto channel = static_cast<Channel>(static_cast<std::uint8_t>(i));
    if (arrived[i] && receiver_->inbox(channel).must_wake() && hooks_.arrived) hooks_.arrived(channel);
  }
  bool must_wake = false;
  for (Change& change : new_changes_) must_wake = changes_.put(std::move(change)) || must_wake;
  new_changes_.clear();
  if (must_wake && hooks_.changed) hooks_.changed();
}

std::int64_t TransportLoop::rest_ms(std::int64_t now_ms) const {
  if (receiver_is_busy_ || !busy_.empty()) return 0;
  return std::min({stop_ms_, next_wakeup_ms_, now_ms + kRestMaxMs}) - now_ms;
}

bool TransportLoop::has_ended(std::int64_t now_ms) const {
  if (stop_ms_ == kNever) return false;
  return now_ms >= stop_ms_ ||
         std::ranges::none_of(peers_, [](const auto& entry) { return entry.second->must_linger(); });
}

}  // namespace shoal::transport
