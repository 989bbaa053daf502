#pragma once
// Turn: one call into a behaviour, as the module ABI sees it, and the effects it asked for.
//
// One Turn a lane is reused for every call. Effects that leave the entity are data: records in the lane's
// Outbox, messages and replies in its Mail; what concerns the entity itself is in `changes()`. `begin` takes
// the marks of both; a failed turn is rolled back to them. Calls this version cannot serve give
// SHOAL_STATUS_UNSUPPORTED, calls of the wrong phase SHOAL_STATUS_WRONG_PHASE (abi/phases.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/catalogue.hpp"
#include "host/lanes/entity_changes.hpp"
#include "host/lanes/mail.hpp"
#include "host/lanes/outbox.hpp"
#include "host/lanes/type_policy.hpp"
#include "shoal/abi/entity.h"
#include "shoal/base/bytes.hpp"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

// Of a message or record that a behaviour stashes, and of the copies one entity may keep.
inline constexpr std::size_t kept_bytes_max = 1024 * 1024;
inline constexpr std::size_t timers_max = 1024;  // of one entity

// What is kept already.
struct KeptBytes {
  std::size_t of_entity = 0;
  std::size_t of_type = 0;  // its messages on the lane

  bool has_room_for(std::size_t bytes) const {
    return of_entity + bytes <= kept_bytes_max && of_type + bytes <= type_kept_bytes_max;
  }
};

// What a call starts from. Views live as long as the turn.
struct TurnStart {
  shoal_phase phase = SHOAL_PHASE_RECEIVE;
  ShardId shard;
  std::string_view entity_id;
  const shoal_record* record = nullptr;  // the record that caused it, if one did
  std::string_view traceparent{};        // of a message; a record carries its own
  ReplyAddress reply_to{};               // who waits, in the turn of an ask
  std::int64_t deadline_ns = 0;          // of an ask
  std::size_t message_bytes = 0;         // what stashing its message would keep
  std::uint64_t tag = 0;                 // of what it emits
};

// The entity whose turn it is, and what bounds it.
struct TurnEntity {
  EntityRef ref;
  const shoal_entity_type* type = nullptr;
  KeptBytes kept;            // as it was when the turn began
  std::size_t timers = 0;    // that it has already
  bool timers_full = false;  // the lane has no room for more
};

// The names a module may emit to, in the order of the lane's outputs.
using SinkNames = std::vector<std::string>;

class Turn {
 public:
  struct Options {
    const SinkNames* sinks = nullptr;
    Outbox* outbox = nullptr;
    Mail* mail = nullptr;
    const Catalogue* catalogue = nullptr;
    std::size_t record_bytes_max = 0;  // the largest record a sink takes
    std::uint64_t random_seed = 0;
    std::uint64_t host_number = 0;  // of this start of the host: tokens of another one are refused
  };

  // All that the options point to outlives the turn.
  explicit Turn(const Options& options);

  // What all turns of one batch share: `now` stands still for the whole batch.
  void begin_batch(std::int64_t now_ns, std::int64_t steady_now_ns) {
    abi_.now_ns = now_ns;
    steady_now_ns_ = steady_now_ns;
  }
  std::int64_t steady_now_ns() const { return steady_now_ns_; }

  // Starts a call; all that the turn before asked for must have been taken. Inline, like what prepares the
  // entity: a start put together in memory and copied from there would wait for its own stores.
  void begin(const TurnStart& start);
  // To be filled in before the behaviour is called.
  TurnEntity& entity() { return entity_; }
  // Starts the call that `other` has begun, elsewhere.
  void begin_like(const Turn& other);
  // Goes on where `done` has ended, elsewhere: what it wants to send is this turn's now, as if the call had
  // been made here.
  void take_over(Turn& done);
  // What it may address from now on; outlives the turn.
  void set_catalogue(const Catalogue& catalogue) { options_.catalogue = &catalogue; }

  // A phase of the same turn: a message may construct its entity first, or stop it last.
  void enter(shoal_phase phase) { abi_.phase = phase; }

  struct Mark {
    Outbox::Mark outbox;
    Mail::Mark mail;
  };
  // What a last turn inside a turn wants to send can be thrown away on its own.
  Mark mark_now() const { return {options_.outbox->mark(), options_.mail->mark()}; }
  void roll_back_to(const Mark& mark) const;
  // Throws all of the turn's effects away.
  void roll_back();

  // What the host itself has to say of a refused record.
  void set_error(std::string_view text) { error_ = text; }

  const shoal_turn* abi() const { return &abi_; }
  const Options& options() const { return options_; }

  // Why the turn failed or refused its message; empty where the module did not say.
  const std::string& error() const { return error_; }
  bool dead_lettered() const { return dead_lettered_; }
  EntityChanges& changes() { return changes_; }
  // Somebody has the duty to answer the ask of this turn, or has done so.
  bool answered() const { return answered_ || token_taken_; }
  // What this turn replied to its ask; null where it has not. Valid until the turn sends more.
  const Envelope* reply() const;
  // Answers the ask of this turn with what an earlier one was answered.
  void reply_again(const shoal_reply& reply);
  std::uint32_t emits() const {
    return static_cast<std::uint32_t>(options_.outbox->records_since(mark_.outbox));
  }

 private:
  friend struct TurnEffects;
  friend struct MessageEffects;

  // SplitMix64 (Steele, Lea, Flood 2014): one addition and a finalizer a turn.
  std::uint64_t next_random() {
    std::uint64_t z = (random_state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  void copy_call(const Turn& other);
  void reset();

  Options options_;
  shoal_turn abi_{};
  std::uint64_t random_state_;
  std::int64_t steady_now_ns_ = 0;
  Mark mark_{};
  TurnEntity entity_;
  std::string_view traceparent_;
  ReplyAddress reply_to_;
  std::int64_t deadline_ns_ = 0;
  std::size_t message_bytes_ = 0;
  std::uint64_t tag_ = 0;
  std::string error_;
  EntityChanges changes_;
  std::vector<shoal_header> headers_;    // of an emit, reused
  std::optional<std::size_t> reply_at_;  // in the mail
  bool answered_ = false;
  bool token_taken_ = false;
  bool dead_lettered_ = false;
};

inline void Turn::reset() {
  error_.clear();
  if (changes_.any()) changes_.clear();
  reply_at_.reset();
  answered_ = false;
  token_taken_ = false;
  dead_lettered_ = false;
}

inline void Turn::begin(const TurnStart& start) {
  abi_.phase = start.phase;
  abi_.entity_id = to_bytes(start.entity_id);
  abi_.random = next_random();
  abi_.record = start.record;
  abi_.shard = start.shard.value;
  abi_.expects_reply = start.reply_to.somebody() ? 1 : 0;
  mark_ = mark_now();
  traceparent_ = start.traceparent;
  reply_to_ = start.reply_to;
  deadline_ns_ = start.deadline_ns;
  message_bytes_ = start.message_bytes;
  tag_ = start.tag;
  reset();
}

}  // namespace shoal::lanes
