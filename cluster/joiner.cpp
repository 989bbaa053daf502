#include "cluster/joiner.hpp"

#include <utility>

namespace shoal::cluster {

Joiner::Joiner(JoinConfig config, std::string self_address)
    : config_(std::move(config)), self_address_(std::move(self_address)) {}

void Joiner::start(std::int64_t now_ms, JoinActions& actions) {
  state_ = State::asking;
  started_ms_ = now_ms;
  next_ms_ = now_ms;
  tick(now_ms, actions);
}

void Joiner::tick(std::int64_t now_ms, JoinActions& actions) {
  if ((state_ != State::asking && state_ != State::requesting) || now_ms < next_ms_) return;
  next_ms_ = now_ms + config_.ask_again_ms;
  if (config_.give_up_after_ms > 0 && now_ms - started_ms_ >= config_.give_up_after_ms) {
    state_ = State::failed;
    actions.give_up();
    return;
  }
  if (state_ == State::requesting) {
    if (now_ms - requested_ms_ < config_.retry_join_after_ms) {
      actions.request_join(member_address_);
      return;
    }
    state_ = State::asking;
  }
  if (may_form(now_ms)) {
    state_ = State::joined;
    actions.form_cluster();
    return;
  }
  for (const std::string& seed : config_.seeds) {
    if (seed != self_address_) actions.ask_seed(seed);
  }
}

void Joiner::found_member(const std::string& address, std::int64_t now_ms, JoinActions& actions) {
  if (state_ != State::asking) return;
  state_ = State::requesting;
  member_address_ = address;
  requested_ms_ = now_ms;
  next_ms_ = now_ms + config_.ask_again_ms;
  actions.request_join(address);
}

bool Joiner::may_form(std::int64_t now_ms) const {
  if (config_.seeds.empty() || config_.seeds.front() != self_address_) return false;
  return config_.seeds.size() == 1 || now_ms - started_ms_ >= config_.seed_timeout_ms;
}

}  // namespace shoal::cluster
