#include "cluster/failure_detector.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace shoal::cluster {

FailureDetector::FailureDetector(const DetectorConfig& config, Uid self, std::uint64_t seed)
    : config_(config),
      self_(self),
      random_(seed),
      local_health_(config.lifeguard == Lifeguard::on ? config.local_health_worst : 0) {
  if (config_.lifeguard == Lifeguard::off) config_.suspicion.suspicion_max_factor = 1;
}

void FailureDetector::table_changed(const MemberTable& table, Uid uid, std::int64_t now_ms,
                                    DetectorActions& actions) {
  ring_.update(table, uid);
  ring_changed_ = true;
  if (uid == self_) return;
  const Member* member = table.find(uid);
  const bool is_over = member == nullptr || member->state == MemberState::down;
  if (is_over || !member->health.is_unreachable()) {
    unreachable_since_ms_.erase(uid);
  } else {
    unreachable_since_ms_.emplace(uid, now_ms);
  }
  if (is_over) contacts_.erase(uid);
  if (is_over || !member->health.is_suspect() || member->health.is_unreachable()) {
    suspicions_.erase(uid);
    return;
  }
  const auto [suspicion, is_first] =
      suspicions_.try_emplace(uid, Suspicion{member->health.refutation, now_ms});
  const bool is_new = is_first || suspicion->second.refutation != member->health.refutation;
  if (is_new) suspicion->second = {member->health.refutation, now_ms};
  if (is_new && !member->health.accusers.contains(self_) && watches(uid) && !is_probing(uid)) {
    probe(uid, now_ms, actions);
  }
  wakeup_ms_ = std::min(wakeup_ms_, now_ms);
}

bool FailureDetector::tick(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions) {
  const std::int64_t late_ms = wakeup_ms_ == 0 ? 0 : now_ms - wakeup_ms_;
  const bool has_stalled = late_ms > config_.stall_ms;
  if (has_stalled) forgive(late_ms);
  if (ring_changed_) watch_again();
  follow_probes(table, now_ms, actions);
  follow_suspicions(table, now_ms, actions);
  follow_unreachable(table, now_ms, actions);
  if (now_ms >= next_probe_ms_) {
    next_probe_ms_ = now_ms + config_.probe_interval_ms;
    probe_next(table, now_ms, actions);
    if (std::popcount(outcomes_) <= 2) sweep(table, now_ms, actions);
  }
  plan_wakeup(table, now_ms);
  return has_stalled;
}

void FailureDetector::connection_lost(const MemberTable& table, Uid uid, std::int64_t now_ms,
                                      DetectorActions& actions) {
  const Member* member = table.find(uid);
  if (uid == self_ || member == nullptr || member->state == MemberState::down) return;
  if (ring_changed_) watch_again();
  if (!watches(uid)) return;
  std::erase_if(probes_, [&](const Probe& probe) { return probe.subject == uid; });
  probe(uid, now_ms, actions);
  Probe& made = probes_.back();
  made.timeout_ms = std::numeric_limits<std::int64_t>::max();
  made.deadline_ms = now_ms + config_.lost_deadline_ms * local_health_.factor();
  contacts_[uid].is_lost = true;
  wakeup_ms_ = std::min(wakeup_ms_, made.deadline_ms);
}

void FailureDetector::heard(Uid from, std::int64_t now_ms) {
  const auto contact = contacts_.find(from);
  if (contact == contacts_.end()) return;
  contact->second.heard_ms = std::max(contact->second.heard_ms, now_ms);
  contact->second.is_lost = false;
  contact->second.unanswered = 0;
}

void FailureDetector::answered(Uid subject, std::uint32_t sequence, std::int64_t now_ms) {
  const auto probe = std::find_if(probes_.begin(), probes_.end(), [&](const Probe& each) {
    return each.sequence == sequence && each.subject == subject;
  });
  if (probe == probes_.end()) return;
  Contact& contact = contacts_[subject];
  contact.heard_ms = now_ms;
  contact.is_lost = false;
  contact.unanswered = 0;
  contact.phi.arrived(now_ms);
  probes_.erase(probe);
  local_health_.recover();
  note_outcome(true);
}

void FailureDetector::not_answered(std::uint32_t sequence) {
  for (Probe& probe : probes_) {
    if (probe.sequence == sequence && probe.nacks < probe.asked) ++probe.nacks;
  }
}

double FailureDetector::phi(Uid subject, std::int64_t now_ms) const {
  const auto contact = contacts_.find(subject);
  return contact == contacts_.end() ? 0 : contact->second.phi.value(now_ms);
}

void FailureDetector::forgive(std::int64_t late_ms) {
  probes_.clear();
  for (auto& [uid, suspicion] : suspicions_) suspicion.since_ms += late_ms;
  for (auto& [uid, since_ms] : unreachable_since_ms_) since_ms += late_ms;
  local_health_.worsen(1);
}

void FailureDetector::watch_again() {
  ring_changed_ = false;
  std::vector<Uid> wanted = ring_.watched_by(self_, config_.watchers_max);
  // Those that stay keep their turn of the round; new ones get one at random.
  std::erase_if(watched_,
                [&](Uid uid) { return std::find(wanted.begin(), wanted.end(), uid) == wanted.end(); });
  for (const Uid uid : wanted) {
    if (std::find(watched_.begin(), watched_.end(), uid) != watched_.end()) continue;
    const auto place = static_cast<std::ptrdiff_t>(random_.below(watched_.size() + 1));
    watched_.insert(watched_.begin() + place, uid);
  }
}

void FailureDetector::probe_next(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions) {
  for (std::size_t tried = 0; tried < watched_.size(); ++tried) {
    if (next_watched_ >= watched_.size()) {
      random_.shuffle(watched_);
      next_watched_ = 0;
    }
    const Uid subject = watched_[next_watched_++];
    if (is_probing(subject) || table.find(subject) == nullptr) continue;
    probe(subject, now_ms, actions);
    return;
  }
}

void FailureDetector::sweep(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions) {
  std::vector<Uid> others;
  for (const Member& member : table.members()) {
    const bool is_known_bad = member.health.is_unreachable() || member.health.accusers.contains(self_);
    if (member.uid() != self_ && member.state != MemberState::down && !is_known_bad &&
        !is_probing(member.uid())) {
      others.push_back(member.uid());
    }
  }
  random_.shuffle(others);
  const std::size_t count = std::min<std::size_t>(others.size(), config_.sweep_probes_max);
  for (std::size_t i = 0; i < count; ++i) probe(others[i], now_ms, actions);
}

void FailureDetector::probe(Uid subject, std::int64_t now_ms, DetectorActions& actions) {
  const std::int64_t factor = local_health_.factor();
  contacts_.try_emplace(subject);
  probes_.push_back({.sequence = ++last_sequence_,
                     .subject = subject,
                     .sent_ms = now_ms,
                     .timeout_ms = now_ms + config_.probe_timeout_ms * factor,
                     .deadline_ms = now_ms + config_.probe_deadline_ms * factor});
  actions.ping(subject, last_sequence_);
}

void FailureDetector::follow_probes(const MemberTable& table, std::int64_t now_ms, DetectorActions& actions) {
  std::vector<Probe> failed;
  for (Probe& probe : probes_) {
    if (contacts_[probe.subject].heard_ms >= probe.sent_ms) {
      probe.deadline_ms = 0;  // anything that came from it is life
      note_outcome(true);
    } else if (now_ms >= probe.deadline_ms) {
      failed.push_back(probe);
      probe.deadline_ms = 0;
    } else if (now_ms >= probe.timeout_ms) {
      probe.timeout_ms = std::numeric_limits<std::int64_t>::max();
      ask_others(table, probe, actions);
    }
  }
  std::erase_if(probes_, [](const Probe& probe) { return probe.deadline_ms == 0; });
  for (const Probe& probe : failed) fail(probe, table, actions);
}

void FailureDetector::ask_others(const MemberTable& table, Probe& probe, DetectorActions& actions) {
  const auto& members = table.members();
  std::vector<Uid> asked;
  for (std::uint32_t tries = 0; tries < 4 * config_.mediators && asked.size() < config_.mediators; ++tries) {
    const Member& member = members[random_.below(members.size())];
    const bool can_help = member.uid() != self_ && member.uid() != probe.subject &&
                          !member.health.is_unreachable() && member.state < MemberState::exiting;
    if (!can_help || std::find(asked.begin(), asked.end(), member.uid()) != asked.end()) continue;
    asked.push_back(member.uid());
    actions.ping_through(member.uid(), probe.subject, probe.sequence);
  }
  probe.asked = static_cast<std::uint32_t>(asked.size());
}

void FailureDetector::fail(const Probe& probe, const MemberTable& table, DetectorActions& actions) {
  // Mediators that are silent, too, are a hint that the fault is ours; a closed connection is none.
  if (!is_lost(probe.subject)) local_health_.worsen(probe.asked == 0 ? 1 : probe.asked - probe.nacks);
  note_outcome(false);
  ++contacts_[probe.subject].unanswered;
  const Member* member = table.find(probe.subject);
  if (member == nullptr || member->health.is_unreachable() || member->health.accusers.contains(self_)) return;
  actions.accuse(probe.subject);
}

void FailureDetector::follow_suspicions(const MemberTable& table, std::int64_t now_ms,
                                        DetectorActions& actions) {
  std::vector<Uid> expired;
  for (const auto& [uid, suspicion] : suspicions_) {
    const Member& member = *table.find(uid);
    if (now_ms - suspicion.since_ms >= allowed_ms(table, member) && has_enough_accusers(table, member)) {
      expired.push_back(uid);
    }
  }
  for (const Uid uid : expired) actions.declare_unreachable(uid);
}

void FailureDetector::follow_unreachable(const MemberTable& table, std::int64_t now_ms,
                                         DetectorActions& actions) {
  if (2 * unreachable_since_ms_.size() >= table.members().size()) {
    for (auto& [uid, since_ms] : unreachable_since_ms_) since_ms = now_ms;  // it may be this node
    return;
  }
  std::vector<Uid> lost;
  for (const auto& [uid, since_ms] : unreachable_since_ms_) {
    const auto contact = contacts_.find(uid);
    const bool is_silent =
        contact != contacts_.end() && contact->second.unanswered >= config_.quarantine_probes_min;
    const bool is_quarantined = table.find(uid)->health.unreachable_through == Health::quarantined;
    if (is_silent && !is_quarantined && now_ms - since_ms >= config_.quarantine_after_ms) lost.push_back(uid);
  }
  for (const Uid uid : lost) actions.quarantine(uid);
}

bool FailureDetector::has_enough_accusers(const MemberTable& table, const Member& member) const {
  const std::vector<Uid> watchers = ring_.watchers_of(member.uid(), config_.watchers_max);
  // Who could accuse it: this node, and those of its watchers that are not suspect themselves. Where the
  // network has split, those on the other side never will.
  std::size_t possible = 1;
  for (const Uid watcher : watchers) {
    const Member* other = table.find(watcher);
    if (watcher != self_ && other != nullptr && !other->health.is_suspect()) ++possible;
  }
  return member.health.accusers.size() >= std::min<std::size_t>(config_.accusers_min, possible);
}

bool FailureDetector::is_probing(Uid subject) const {
  return std::any_of(probes_.begin(), probes_.end(),
                     [&](const Probe& probe) { return probe.subject == subject; });
}

bool FailureDetector::watches(Uid subject) const {
  return std::find(watched_.begin(), watched_.end(), subject) != watched_.end();
}

bool FailureDetector::is_lost(Uid subject) const {
  const auto contact = contacts_.find(subject);
  return contact != contacts_.end() && contact->second.is_lost;
}

// How long an accused one has to refute.
std::int64_t FailureDetector::allowed_ms(const MemberTable& table, const Member& member) const {
  const Accusers& accusers = member.health.accusers;
  if (is_lost(member.uid()) && accusers.contains(self_)) return 0;
  return suspicion_ms(config_.suspicion, config_.probe_interval_ms, table.members().size(), accusers.size());
}

void FailureDetector::note_outcome(bool answered) {
  outcomes_ = static_cast<std::uint8_t>(outcomes_ << 1 | (answered ? 1 : 0));
}

void FailureDetector::plan_wakeup(const MemberTable& table, std::int64_t now_ms) {
  wakeup_ms_ = next_probe_ms_;
  for (const Probe& probe : probes_) {
    wakeup_ms_ = std::min({wakeup_ms_, probe.timeout_ms, probe.deadline_ms});
  }
  for (const auto& [uid, suspicion] : suspicions_) {
    const std::int64_t due_ms = suspicion.since_ms + allowed_ms(table, *table.find(uid));
    // One that waits for a second accuser is looked at with the next probe.
    if (due_ms > now_ms) wakeup_ms_ = std::min(wakeup_ms_, due_ms);
  }
  wakeup_ms_ = std::max(wakeup_ms_, now_ms + 1);
}

}  // namespace shoal::cluster
