#include "cluster/transport/peer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace shoal::transport {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::string how_to_allow(const PublicKey& key, const std::string& name, const std::string& address) {
  return "shoal key allow " + to_hex(key) + " " + name + " " + address;
}

}  // namespace

std::string endpoint_of(const std::string& address) {
  return address.starts_with("ipc://") ? address : "tcp://" + address;
}

Peer::Peer(std::shared_ptr<Link> link, PeerSurroundings& around, std::uint64_t token)
    : link_(std::move(link)), around_(around), token_(token) {}

Peer::~Peer() {
  disconnect();
  for (std::size_t i = 0; i < channels; ++i) {
    drop(outbox_.take_all(static_cast<Channel>(static_cast<std::uint8_t>(i))), Drop::forgotten);
  }
}

bool Peer::serve(std::int64_t now_ms) {
  if (!connection_ && !outbox_.empty() && now_ms >= retry_ms_) open(now_ms);
  if (!connection_) return false;
  for (std::size_t sent = 0; sent < frames_at_once; ++sent) {
    hear(now_ms);
    if (sent == 0 && connection_) watch(now_ms);
    if (!connection_ || !connection_->welcomed) break;
    if (outbox_.empty()) {
      if (now_ms - connection_->used_ms >= around_.options.limits.idle_close_ms) disconnect();
      return false;
    }
    const Socket::Ready ready = connection_->socket.ready();
    if (ready.out && !send_frame(now_ms)) return false;
    if (!ready.in && !ready.out) return false;
  }
  if (connection_ && !connection_->welcomed && now_ms >= connection_->deadline_ms) {
    fail(now_ms, link_->address() + " does not answer: see that a host of this cluster runs there");
  }
  return connection_ && connection_->welcomed;
}

std::int64_t Peer::wakeup_ms() const {
  if (!connection_) return outbox_.empty() ? kNever : retry_ms_;
  if (!connection_->welcomed) return connection_->deadline_ms;
  // The socket says when there is room.
  if (!outbox_.empty()) return kNever;
  return connection_->used_ms + around_.options.limits.idle_close_ms;
}

void Peer::open(std::int64_t now_ms) {
  const Result<void> connected = connect(now_ms);
  if (!connected) fail(now_ms, connected.error().message);
}

Result<void> Peer::connect(std::int64_t now_ms) {
  const Options& options = around_.options;
  const KeyPair* own = nullptr;
  std::optional<PublicKey> other;
  if (options.security) {
    own = &options.security->own;
    const auto keys =
        around_.allow_list.keys_for(link_->address(), around_.directory.name_at(link_->address()));
    if (keys.empty()) {
      return error(ErrorCode::not_found, "the allow list " + options.security->allow_list.string() +
                                             " has no key for " + link_->address() +
                                             ": shoal key allow KEY NAME " + link_->address());
    }
    // While a node changes its key, it has one of several.
    other = keys[failures_ % keys.size()];
  }
  SHOAL_TRY(socket, around_.zeromq.connector(around_.bounds, own, other ? &*other : nullptr));
  SHOAL_TRY(monitor, socket.monitor());
  SHOAL_TRYV(socket.connect(endpoint_of(link_->address())));
  const std::string hello = encode(Hello{options.cluster_name, options.self});
  const std::array<std::string_view, 1> pieces{hello};
  socket.send(pieces);
  around_.poller.add(socket.fd(), token_);
  around_.poller.add(monitor.fd(), token_);
  const std::int64_t patience_ms = options.limits.connect_ms + options.limits.handshake_ms;
  connection_.emplace(
      Connection{std::move(socket), std::move(monitor), other, {}, now_ms + patience_ms, now_ms});
  return success();
}

// What the other side says, to its end.
void Peer::hear(std::int64_t now_ms) {
  while (connection_ && connection_->socket.receive(parts_, 1)) {
    if (parts_.parts.size() == 1) {
      take_greeting(parts_.parts[0], now_ms);
    } else {
      around_.tally.drop(Drop::malformed, 1);
    }
  }
}

// What became of the connection.
void Peer::watch(std::int64_t now_ms) {
  bool has_ended = false;
  std::string warning;
  while (connection_->monitor.receive(parts_, 2)) {
    const ConnectionEvent event = connection_event(parts_);
    has_ended = true;
    if (event == ConnectionEvent::refused && around_.options.security) {
      warning = link_->address() + " does not let this node's key in: on its allow list, " +
                how_to_allow(around_.options.security->own.public_key, around_.options.self.name,
                             around_.options.self.address);
    } else if (event != ConnectionEvent::ended && warning.empty()) {
      warning = link_->address() +
                " ends the handshake: see that a host of this cluster runs there, and that "
                "its key is the one on the allow list (or that neither has keys)";
    }
  }
  // It may have said why before it closed.
  if (has_ended) hear(now_ms);
  if (!has_ended || !connection_) return;
  if (connection_->welcomed) {
    end(now_ms);
  } else {
    fail(now_ms, warning);
  }
}

void Peer::take_greeting(std::string_view frame, std::int64_t now_ms) {
  const auto greeting = decode_greeting(frame);
  if (!greeting) {
    around_.tally.drop(Drop::malformed, 1);
    fail(now_ms, link_->address() + " sent " + greeting.error().message);
  } else if (const auto* welcomed = std::get_if<Welcome>(&greeting.value())) {
    welcome(welcomed->from, now_ms);
  } else if (const auto* refusal = std::get_if<Refusal>(&greeting.value())) {
    const bool was_welcomed = connection_->welcomed.has_value();
    const std::string warning = link_->address() + " refuses this node: " + refusal->reason;
    if (was_welcomed) end(now_ms);
    fail(now_ms, warning);
  }
}

void Peer::welcome(const Node& node, std::int64_t now_ms) {
  if (connection_->welcomed) return;
  if (connection_->key) {
    const AllowedNode* allowed = around_.allow_list.find(*connection_->key);
    if (allowed == nullptr || allowed->name != node.name) {
      fail(now_ms, link_->address() + " says that it is '" + node.name +
                       "', which its key is not: correct its "
                       "name or the allow list");
      return;
    }
  }
  connection_->welcomed = node;
  connection_->used_ms = now_ms;
  failures_ = 0;
  link_->set_connected(true);
  around_.tally.event(Tally::Event::connection_made);
  around_.changes.push_back({Change::Kind::connected, link_->address(), node});
}

// False where the connection took nothing after all.
bool Peer::send_frame(std::int64_t now_ms) {
  outbox_.take_frame(frame_);
  std::array<std::string_view, 64> few;
  std::vector<std::string_view> many;
  std::span<std::string_view> pieces(few);
  if (frame_.size() > few.size()) {
    many.resize(frame_.size());
    pieces = many;
  }
  pieces = pieces.first(frame_.size());
  // The first with the header, of the others their messages.
  pieces[0] = frame_[0].frame();
  for (std::size_t i = 1; i < frame_.size(); ++i) pieces[i] = frame_[i].body();
  const bool sent = connection_->socket.send(pieces);
  connection_->used_ms = now_ms;
  for (const Batch& batch : frame_) {
    if (sent) {
      link_->release(batch);
      around_.tally.out(batch);
    }
  }
  if (!sent) drop(frame_, Drop::stale);
  return sent;
}

void Peer::fail(std::int64_t now_ms, const std::string& warning) {
  disconnect();
  if (!warning.empty()) around_.warnings.tell(warning, now_ms);
  const Limits& limits = around_.options.limits;
  const std::int64_t pause_ms = limits.reconnect_ms << std::min(failures_, 10U);
  retry_ms_ = now_ms + std::min(pause_ms, limits.reconnect_ms_max);
  ++failures_;
  around_.tally.event(Tally::Event::connection_failed);
  drop(outbox_.take_all(Channel::membership), Drop::stale);
}

void Peer::end(std::int64_t now_ms) {
  around_.changes.push_back({Change::Kind::disconnected, link_->address(), *connection_->welcomed});
  around_.tally.event(Tally::Event::connection_lost);
  disconnect();
  retry_ms_ = now_ms + around_.options.limits.reconnect_ms;
}

void Peer::disconnect() {
  link_->set_connected(false);
  if (!connection_) return;
  around_.poller.remove(connection_->socket.fd());
  around_.poller.remove(connection_->monitor.fd());
  connection_.reset();
}

void Peer::close(std::int64_t now_ms) {
  if (connection_ && connection_->welcomed) {
    end(now_ms);
  } else {
    disconnect();
  }
}

bool Peer::is_revoked() const {
  return connection_ && connection_->key && around_.allow_list.find(*connection_->key) == nullptr;
}

void Peer::set_linger(std::int64_t linger_ms) {
  if (connection_) connection_->socket.set_linger(linger_ms);
}

void Peer::drop(const std::vector<Batch>& batches, Drop why) {
  for (const Batch& batch : batches) {
    link_->release(batch);
    around_.tally.drop(why, batch.count());
  }
}

}  // namespace shoal::transport
