#include "cluster/membership.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace shoal::cluster {

namespace {

// Parts of a node draw from seeds of their own, so that one more draw in one does not change all the others.
enum class SeedOf : std::uint64_t { membership = 1, detector = 2 };

std::uint64_t seed_of(std::uint64_t seed, SeedOf part) {
  return mix(seed ^ mix(static_cast<std::uint64_t>(part)));
}

constexpr std::int64_t prune_interval_ms = 60'000;

}  // namespace

const char* name_of(StopReason reason) {
  constexpr std::array<const char*, 5> names = {"left", "downed", "removed", "join refused",
                                                "join timed out"};
  return names[static_cast<std::size_t>(reason)];
}

Membership::Membership(std::shared_ptr<const Profile> self, MembershipConfig config,
                       std::unique_ptr<const DowningStrategy> strategy, std::uint64_t seed)
    : self_(std::move(self)),
      config_(std::move(config)),
      random_(seed_of(seed, SeedOf::membership)),
      table_(config_.tombstone_ms),
      detector_(config_.detector, self_->uid, seed_of(seed, SeedOf::detector)),
      downing_(config_.downing, std::move(strategy)),
      joiner_(config_.join, self_->address),
      rumours_(config_.gossip.rumours_max) {}

void Membership::start(std::int64_t now_ms, Outputs& outputs) {
  begin(now_ms, outputs);
  joiner_.start(now_ms, *this);
  settle();
}

void Membership::tick(std::int64_t now_ms, Outputs& outputs) {
  if (is_over_) return;
  begin(now_ms, outputs);
  joiner_.tick(now_ms, *this);
  if (is_member()) {
    if (detector_.tick(table_, now_ms, *this)) downing_.start_over(now_ms);
    while (const auto relay = relays_.take_due(now_ms)) {
      Message nack = message_of(MessageKind::nack);
      nack.sequence = relay->asked_sequence;
      nack.subject = relay->subject;
      send(relay->asker, std::move(nack));
    }
    settle();
    follow_downing();
    follow_leave();
  }
  if (is_member() && now_ms >= next_gossip_ms_) gossip();
  if (is_member() && now_ms >= next_compare_ms_) compare_with_anybody();
  if (now_ms >= next_prune_ms_) {
    next_prune_ms_ = now_ms + prune_interval_ms;
    table_.prune(now_ms);
  }
}

bool Membership::leave(Uid member, std::int64_t now_ms, Outputs& outputs) {
  return advance(member, MemberState::leaving, now_ms, outputs);
}

bool Membership::down(Uid member, std::int64_t now_ms, Outputs& outputs) {
  return advance(member, MemberState::down, now_ms, outputs);
}

void Membership::connection_lost(Uid member, std::int64_t now_ms, Outputs& outputs) {
  if (!is_member()) return;
  begin(now_ms, outputs);
  detector_.connection_lost(table_, member, now_ms, *this);
}

bool Membership::advance(Uid uid, MemberState state, std::int64_t now_ms, Outputs& outputs) {
  const Member* member = table_.find(uid);
  if (!is_member() || member == nullptr) return false;
  begin(now_ms, outputs);
  Record record{*member, 0};
  record.member.state = state;
  apply(record, Spread::told);
  settle();
  return true;
}

std::int64_t Membership::wakeup_ms() const {
  if (is_over_) return std::numeric_limits<std::int64_t>::max();
  if (!is_member()) return joiner_.wakeup_ms();
  std::int64_t wakeup_ms = relays_.wakeup_ms(detector_.wakeup_ms());
  if (!rumours_.empty() || view_tellings_ > 0) wakeup_ms = std::min(wakeup_ms, next_gossip_ms_);
  if (const auto downing_ms = downing_.wakeup_ms()) wakeup_ms = std::min(wakeup_ms, *downing_ms);
  return wakeup_ms;
}

std::vector<MemberEvent> Membership::initial_events() const {
  std::vector<MemberEvent> events;
  for (const Member& member : table_.members()) {
    events.push_back({member.profile, MemberEvent::Kind::state, member.state});
    if (member.health.is_unreachable()) {
      events.push_back({member.profile, MemberEvent::Kind::unreachable, member.state});
    }
  }
  return events;
}

void Membership::begin(std::int64_t now_ms, Outputs& outputs) {
  now_ms_ = now_ms;
  outputs_ = &outputs;
}

bool Membership::apply(const Record& told, Spread spread) {
  const MemberTable::Change change = table_.merge(told, now_ms_);
  if (!change.news) return false;
  const Uid uid = told.member.uid();
  if (spread == Spread::told) rumours_.add(uid);
  tell_change(told, change);
  detector_.table_changed(table_, uid, now_ms_, *this);
  if (told.member.state == MemberState::removed) metrics_.forget(uid);
  if (uid == self_->uid) refute();
  return true;
}

void Membership::tell_change(const Record& told, const MemberTable::Change& change) {
  const Member* member = table_.find(told.member.uid());
  const MemberState state = member == nullptr ? MemberState::removed : member->state;
  const bool is_known = member != nullptr || change.was.has_value();
  if (is_known && (!change.was || *change.was != state)) {
    outputs_->events.push_back({told.member.profile, MemberEvent::Kind::state, state});
  }
  const bool is_unreachable = member != nullptr && member->health.is_unreachable();
  if (member != nullptr && is_unreachable != change.was_unreachable) {
    const auto kind = is_unreachable ? MemberEvent::Kind::unreachable : MemberEvent::Kind::reachable;
    outputs_->events.push_back({told.member.profile, kind, state});
  }
}

// Who is accused and lives says so, with a number that voids the accusation.
void Membership::refute() {
  const Member* self = table_.find(self_->uid);
  if (self == nullptr || self->state >= MemberState::down) return;
  const Health& health = self->health;
  if (!health.is_suspect() && !health.is_unreachable()) return;
  if (health.unreachable_through == Health::quarantined) return;
  Record refuted{*self, 0};
  refuted.member.health.refutation = std::max(health.refutation + 1, health.unreachable_through);
  refuted.member.health.accusers = {};
  detector_.was_accused();
  apply(refuted, Spread::told);
}

// Brings all that follows from the table up to date; ends when nothing follows any more.
void Membership::settle() {
  while (is_member()) {
    const Member* self = table_.find(self_->uid);
    if (self == nullptr) {
      const bool was_leaving = exiting_since_ms_ >= 0;
      stop(was_leaving ? StopReason::left : StopReason::removed, "");
      return;
    }
    if (self->state == MemberState::down) {
      stop(StopReason::downed, "");
      return;
    }
    if (self->state == MemberState::exiting && exiting_since_ms_ < 0) exiting_since_ms_ = now_ms_;
    if (table_.view() != agreed_view_hash_) {
      if (agreed_view_hash_ == 0 || agreement_.is_agreed()) unagreed_since_ms_ = now_ms_;
      agreed_view_hash_ = table_.view();
      agreement_.begin(table_, self_->uid, now_ms_);
      downing_.view_changed(table_, now_ms_);
      view_tellings_ = tellings_of(config_.gossip.tellings_factor, table_.members().size());
    }
    if (!lead()) return;
  }
}

// Moves members where this node is the leader. True where something moved.
bool Membership::lead() {
  if (agreement_.view().leader != self_->uid) return false;
  std::vector<Member> moves;
  if (agreement_.is_agreed()) {
    moves = moves_of_agreed(table_, config_.members_min);
  } else if (config_.weakly_up_after_ms > 0 && agreement_.view().is_blocked &&
             table_.find(self_->uid)->state >= MemberState::up &&
             now_ms_ - unagreed_since_ms_ >= config_.weakly_up_after_ms) {
    moves = moves_to_weakly_up(table_);
  }
  const Spread spread = moves.size() > config_.gossip.rumours_max ? Spread::compared : Spread::told;
  for (Member& move : moves) {
    const bool is_removed = move.state == MemberState::removed;
    const Record record{std::move(move), 0};
    if (is_removed) {
      // It may be waiting to hear this, and nobody gossips to one that is gone.
      Message farewell = message_of(MessageKind::gossip);
      farewell.records.push_back(record);
      send(record.member.uid(), std::move(farewell));
    }
    apply(record, spread);
  }
  return !moves.empty();
}

void Membership::follow_downing() {
  if (!is_member()) return;
  const DowningRecord* record = downing_.tick(table_, agreement_.acknowledged(), now_ms_);
  if (record == nullptr) return;
  // The leader of a side acts for it; who is to go down does not wait for that.
  const bool is_leader = agreement_.view().leader == self_->uid;
  for (const Uid uid : record->decision.to_down) {
    const Member* member = table_.find(uid);
    if ((!is_leader && uid != self_->uid) || member == nullptr) continue;
    Record downed{*member, 0};
    downed.member.state = MemberState::down;
    apply(downed, Spread::told);
  }
  gossip();  // before this node stops: its side hears at once
  settle();
}

void Membership::follow_leave() {
  if (!is_member() || exiting_since_ms_ < 0) return;
  // Where all are on their way out, nobody is left who would remove the others.
  const auto& members = table_.members();
  const bool all_leave = std::all_of(members.begin(), members.end(), [](const Member& member) {
    return member.state >= MemberState::exiting;
  });
  const bool is_late = now_ms_ - exiting_since_ms_ >= config_.leave_deadline_ms;
  if (!is_late && !(all_leave && agreement_.is_agreed())) return;
  gossip();  // others may wait for the same
  stop(StopReason::left, "");
}

void Membership::stop(StopReason reason, std::string text) {
  is_over_ = true;
  outputs_->stop = Stop{reason, std::move(text)};
}

void Membership::accuse(Uid subject) {
  Record record{*table_.find(subject), 0};
  record.member.health.accusers.insert(self_->uid);
  apply(record, Spread::told);
}

void Membership::declare_unreachable(Uid subject) {
  Record record{*table_.find(subject), 0};
  record.member.health.unreachable_through = record.member.health.refutation + 1;
  apply(record, Spread::told);
}

void Membership::quarantine(Uid subject) {
  Record record{*table_.find(subject), 0};
  record.member.health.unreachable_through = Health::quarantined;
  apply(record, Spread::told);
}

}  // namespace shoal::cluster
