#include "cluster/singleton.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace shoal::cluster {

SingletonManager::SingletonManager(SingletonConfig config, Uid self)
    : config_(std::move(config)), self_(self) {}

void SingletonManager::follow(const MemberTable& table, ViewIs view, std::int64_t now_ms,
                              SingletonOutputs& outputs) {
  if (table.content() != content_seen_ || table.removed_count() != removed_seen_) look(table, now_ms);
  const Member* self = table.find(self_);
  knows_all_ = knows_all_ || (view == ViewIs::agreed && self != nullptr && self->state == MemberState::up);
  if (state_ == State::asking && !is_oldest_) state_ = State::idle;
  if (state_ == State::idle && is_oldest_) {
    state_ = State::asking;
    ++attempt_;
    rounds_ = 0;
    words_.clear();
    next_ask_ms_ = now_ms;
  }
  if (state_ != State::asking) return;
  const bool all_said_so = std::all_of(others_.begin(), others_.end(),
                                       [&](const auto& other) { return words_.contains(other.first); });
  if (all_said_so && knows_all_ && now_ms >= last_gone_ms()) {
    state_ = State::running;
    outputs.start = true;
  } else if (now_ms >= next_ask_ms_) {
    next_ask_ms_ = now_ms + config_.hand_over_retry_ms;
    ++rounds_;
    ask(outputs);
  }
}

void SingletonManager::look(const MemberTable& table, std::int64_t now_ms) {
  content_seen_ = table.content();
  removed_seen_ = table.removed_count();
  const std::map<Uid, Other> before = std::exchange(others_, {});
  const std::string* role = config_.role.empty() ? nullptr : &config_.role;
  is_oldest_ = false;
  for (const Member& member : table.members()) {
    if (member.state < MemberState::up || (role != nullptr && !member.profile->has_role(*role))) continue;
    if (member.uid() == self_) {
      own_up_number_ = member.up_number;
      own_address_ = member.profile->address;
      is_oldest_ = member.state == MemberState::up;
    } else {
      others_.emplace(member.uid(), Other{member.up_number, member.profile->address, member.state});
    }
  }
  is_oldest_ = is_oldest_ && std::all_of(others_.begin(), others_.end(), [&](const auto& other) {
                 return other.second.state != MemberState::up || is_younger(other.second);
               });
  for (const auto& [uid, other] : before) {
    if (others_.contains(uid)) continue;
    gone_ms_[uid] = words_.contains(uid) ? now_ms : now_ms + config_.removal_margin_ms;
  }
  look_at_removed(table, now_ms);
}

// Those that were removed before this node heard of them may still run it, too.
void SingletonManager::look_at_removed(const MemberTable& table, std::int64_t now_ms) {
  for (const Record& removed : table.removed(now_ms)) {
    if (!config_.role.empty() && !removed.member.profile->has_role(config_.role)) continue;
    gone_ms_.try_emplace(removed.member.uid(), now_ms - removed.removed_age_ms + config_.removal_margin_ms);
  }
  std::erase_if(gone_ms_, [&](const auto& gone) { return !table.is_removed(gone.first); });
}

std::int64_t SingletonManager::last_gone_ms() const {
  std::int64_t last_ms = 0;
  for (const auto& [uid, gone_ms] : gone_ms_) last_ms = std::max(last_ms, gone_ms);
  return last_ms;
}

bool SingletonManager::is_younger(const Other& other) const {
  return std::tie(own_up_number_, own_address_) < std::tie(other.up_number, other.address);
}

// The younger ones first: who may run it is asked only when nobody else stands in the way, so that it runs on
// until then.
void SingletonManager::ask(SingletonOutputs& outputs) {
  for (const bool of_younger : {true, false}) {
    bool is_waiting = false;
    for (const auto& [uid, other] : others_) {
      if (words_.contains(uid) || is_younger(other) != of_younger) continue;
      is_waiting = true;
      if (other.state != MemberState::down) say(SingletonMessageKind::hand_over, uid, attempt_, outputs);
    }
    if (is_waiting) return;
  }
}

void SingletonManager::receive(const SingletonMessage& message, SingletonOutputs& outputs) {
  switch (message.kind) {
    case SingletonMessageKind::hand_over:
      return hear_hand_over(message, outputs);
    case SingletonMessageKind::done:
      if (state_ != State::asking || message.attempt != attempt_) return;
      words_.insert(message.from);
      if (const auto gone = gone_ms_.find(message.from); gone != gone_ms_.end()) gone->second = 0;
      next_ask_ms_ = 0;  // whoever is to be asked after it
      return;
    case SingletonMessageKind::identify:
      return say(state_ == State::running ? SingletonMessageKind::here : SingletonMessageKind::not_here,
                 message.from, 0, outputs);
    case SingletonMessageKind::deliver:
      if (state_ == State::running) {
        outputs.deliveries.push_back(message.payload);
      } else {
        ++refused_;
        say(SingletonMessageKind::not_here, message.from, 0, outputs);
      }
      return;
    default:
      return;  // for a proxy
  }
}

// One that this node does not know as up is not answered: a later look at the members would pass it over.
void SingletonManager::hear_hand_over(const SingletonMessage& message, SingletonOutputs& outputs) {
  const auto asker = others_.find(message.from);
  if (asker == others_.end() || asker->second.state != MemberState::up) return;
  if (state_ == State::asking && is_younger(asker->second)) return;
  if (state_ == State::running || state_ == State::stopping) {
    outputs.stop = state_ == State::running;
    state_ = State::stopping;
    waiting_[message.from] = message.attempt;
    return;
  }
  state_ = State::idle;
  words_.clear();
  say(SingletonMessageKind::done, message.from, message.attempt, outputs);
}

void SingletonManager::stopped(SingletonOutputs& outputs) {
  state_ = State::idle;
  for (const auto& [uid, attempt] : waiting_) say(SingletonMessageKind::done, uid, attempt, outputs);
  waiting_.clear();
}

void SingletonManager::say(SingletonMessageKind kind, Uid to, std::uint32_t attempt,
                           SingletonOutputs& outputs) const {
  outputs.sends.push_back(
      {.kind = kind, .from = self_, .to = to, .attempt = attempt, .singleton = config_.name, .payload = {}});
}

std::int64_t SingletonManager::wakeup_ms() const {
  if (state_ != State::asking) return never_ms;
  const bool has_to_ask = std::any_of(others_.begin(), others_.end(),
                                      [&](const auto& other) { return !words_.contains(other.first); });
  return has_to_ask ? next_ask_ms_ : last_gone_ms();
}

}  // namespace shoal::cluster
