// Remembered entities of a shard: what its log says of them, and how they run again without a message.

#include <algorithm>
#include <utility>

#include "host/lanes/shard_receive.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kIdBytesBeside = 8;  // in a record, at most

}  // namespace

// The turn that makes the entity run has ended well. Where a record of the log has its name from this turn,
// that says it.
void ShardJournal::remember(std::string_view id, bool is_in_record) {
  if (const auto stopped = stopped_.find(id); stopped != stopped_.end()) stopped_.erase(stopped);
  if (remembered_.add(id, hash_of(id)) && !is_in_record) started_.emplace(id);
}

void ShardJournal::entity_stopped(const Turn& turn, std::string_view id) {
  if (!remembered_.remove(id, hash_of(id))) return;
  if (const auto started = started_.find(id); started != started_.end()) started_.erase(started);
  stopped_.emplace(id);
  options_.held->add_part(*this, ownership_, turn.sends() ? turn.sending_from() : turn.mark_now());
}

// Behind all other records of the batch. Nobody is in both.
void ShardJournal::append_remembered() {
  if (!started_.empty()) append_ids<journal::EntitiesStarted>(std::exchange(started_, {}));
  if (!stopped_.empty()) append_ids<journal::EntitiesStopped>(std::exchange(stopped_, {}));
}

template <class Body>
void ShardJournal::append_ids(const std::set<std::string, std::less<>>& ids) {
  const std::size_t room = options_.log->record_bytes_max() / 2;
  std::size_t bytes = 0;
  id_views_.clear();
  for (const std::string& id : ids) {
    if (bytes + id.size() + kIdBytesBeside > room && !id_views_.empty()) {
      append(Body{id_views_});
      id_views_.clear();
      bytes = 0;
    }
    id_views_.push_back(id);
    bytes += id.size() + kIdBytesBeside;
  }
  append(Body{id_views_});
}

// The next ones of the checkpoint; true when all have been said. The turns since its begin have records of
// their own.
bool ShardJournal::say_remembered() {
  if (!remembered_.is_walking()) return true;
  const std::size_t room = std::min(checkpoint_part_bytes, options_.log->record_bytes_max() / 2);
  id_views_ = remembered_.walk(room, kIdBytesBeside);
  if (id_views_.empty()) return true;
  const std::size_t before = bytes_since_;
  append(journal::EntitiesStarted{id_views_});
  checkpoint_said_ += bytes_since_ - before;
  bytes_since_ = before;
  return false;
}

void ShardJournal::replay_remembered(const journal::RecordBody& body) {
  if (const auto* turn = std::get_if<journal::Turn>(&body)) {
    remembered_.add(turn->entity, hash_of(turn->entity));
  } else if (const auto* states = std::get_if<journal::States>(&body)) {
    for (const journal::StoredState& state : states->entities)
      remembered_.add(state.entity, hash_of(state.entity));
  } else if (const auto* started = std::get_if<journal::EntitiesStarted>(&body)) {
    for (const std::string_view id : started->entities) remembered_.add(id, hash_of(id));
  } else if (const auto* stopped = std::get_if<journal::EntitiesStopped>(&body)) {
    for (const std::string_view id : stopped->entities) remembered_.remove(id, hash_of(id));
  }
}

void Shard::find_remembered(Turn& turn) {
  if (!options_.policy.remembers()) return;
  Remembered& remembered = options_.journal->remembered();
  remembered.start_all();
  for (Entity* entity : all_entities()) {
    if (!is_made(*entity)) continue;
    if (remembered.has(entity->id(), entity->hash())) {
      remembered.started(entity->id(), entity->hash());
      continue;
    }
    // The log has its turns, and that it stopped after them.
    begin(turn, start_of(SHOAL_PHASE_STOP, *entity, 0));
    put_away(turn, *entity);
    destroy_object(*entity);
    end(*entity);
  }
}

// One whose messages have made it run meanwhile is passed over. More than may be active are not started.
std::uint32_t Shard::start_remembered(Turn& turn, std::uint32_t count, std::uint64_t tag,
                                      const std::function<bool()>& may_go_on,
                                      const std::function<void(const TurnResult&)>& settle) {
  Remembered& remembered = options_.journal->remembered();
  std::uint32_t looked_at = 0;
  while (looked_at < count && remembered.waiting() > 0 && is_open() && may_go_on()) {
    if (options_.policy.active_max && entities_.size() >= *options_.policy.active_max) {
      remembered.start_none();
      break;
    }
    ++looked_at;
    settle(start_one_remembered(turn, *remembered.next_start(), tag));
  }
  return looked_at;
}

// An entity that is here runs, or what it waits for makes it run.
TurnResult Shard::start_one_remembered(Turn& turn, std::string_view id, std::uint64_t tag) {
  const std::uint64_t hash = hash_of(id);
  if (entities_.find(id, hash) != nullptr || !options_.journal->remembered().has(id, hash)) return {};
  const WatchedTurn watch = watched(id);
  begin(turn, {.phase = SHOAL_PHASE_RECEIVE, .shard = options_.id, .entity_id = id, .tag = tag});
  if (check_new(turn, id) != DeadLetterReason::none) return {};  // parked: until somebody takes it out
  if (is_in_store(nullptr, id, hash)) {
    fetch(nullptr, id, hash);  // and it begins when its state has come
    return {};
  }
  return make_active(turn, insert(id, hash));
}

// Its pause after a failure is over, and no message waits for it.
void Shard::remember_again(const Entity& entity) const {
  if (options_.policy.remembers() && is_open())
    options_.journal->remembered().start_again(entity.id(), entity.hash());
}

}  // namespace shoal::lanes
