// What the log of one of a lane's shards says of an entity, for somebody who wants to see it.

#include <utility>

#include "host/lanes/lane.hpp"

namespace shoal::lanes {

void Lane::read_history(TypeIndex type, ShardId number, journal::EntityRecords::Wanted wanted,
                        const LogReads::Done& done) {
  Shard* shard = find_shard(type, number);
  const ShardJournal* journal = shard == nullptr ? nullptr : shard->journal();
  if (journal == nullptr) {
    return done(error(ErrorCode::unavailable, "the entity's type is not durable, or is not open yet"));
  }
  if (journal->is_given_up()) {
    return done(error(ErrorCode::unavailable,
                      "another host has the log of its shard, or it cannot be read: the host's log says "
                      "which; ask the host that has it"));
  }
  if (!shard->is_open()) {
    return done(error(ErrorCode::unavailable, "its shard does not have its log now: try again"));
  }
  if (!log_reads_.has_room()) {
    return done(error(ErrorCode::overloaded, "too many histories are being read already: try again"));
  }
  const journal::Sequence from = wanted.from;
  log_reads_.begin_history(journal->log_shard(), std::move(wanted), done);
  log_->read(journal->log_shard(), from);
}

}  // namespace shoal::lanes
