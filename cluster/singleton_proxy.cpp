#include "cluster/singleton_proxy.hpp"

#include <algorithm>
#include <utility>

#include "cluster/view.hpp"

namespace shoal::cluster {

SingletonProxy::SingletonProxy(SingletonProxyConfig config, Uid self)
    : config_(std::move(config)), self_(self) {
  config_.buffer_messages_max =
      std::clamp<std::size_t>(config_.buffer_messages_max, 1, SingletonProxyConfig::buffer_messages_limit);
}

void SingletonProxy::tell(std::string payload, SingletonProxyOutputs& outputs) {
  if (location_) return say(SingletonMessageKind::deliver, *location_, std::move(payload), outputs);
  buffer_.push_back(std::move(payload));
  if (buffer_.size() <= config_.buffer_messages_max) return;
  ++dropped_;
  outputs.drops.push_back({std::move(buffer_.front()), "where singleton '" + config_.name +
                                                           "' runs is not known yet, and " +
                                                           std::to_string(config_.buffer_messages_max) +
                                                           " messages wait for it already"});
  buffer_.pop_front();
}

void SingletonProxy::follow(const MemberTable& table, std::int64_t now_ms, SingletonProxyOutputs& outputs) {
  if (location_) {
    const Member* member = table.find(*location_);
    const bool is_there =
        member != nullptr && member->state < MemberState::down && !member->health.is_unreachable();
    if (!is_there) {
      location_.reset();
      next_identify_ms_ = now_ms;
    }
  }
  if (now_ms < next_identify_ms_) return;
  next_identify_ms_ = now_ms + config_.identify_interval_ms;
  const auto oldest = oldest_of(table, config_.role.empty() ? nullptr : &config_.role);
  if (const auto asked = location_ ? location_ : oldest) {
    say(SingletonMessageKind::identify, *asked, {}, outputs);
  }
}

void SingletonProxy::receive(const SingletonMessage& message, SingletonProxyOutputs& outputs) {
  if (message.kind == SingletonMessageKind::not_here && location_ == message.from) location_.reset();
  if (message.kind != SingletonMessageKind::here) return;
  location_ = message.from;
  for (std::string& payload : std::exchange(buffer_, {})) {
    say(SingletonMessageKind::deliver, *location_, std::move(payload), outputs);
  }
}

void SingletonProxy::say(SingletonMessageKind kind, Uid to, std::string payload,
                         SingletonProxyOutputs& outputs) const {
  outputs.sends.push_back({.kind = kind,
                           .from = self_,
                           .to = to,
                           .attempt = 0,
                           .singleton = config_.name,
                           .payload = std::move(payload)});
}

}  // namespace shoal::cluster
