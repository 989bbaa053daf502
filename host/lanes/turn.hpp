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
#include "host/lanes/durable_turn.hpp"
#include "host/lanes/entity_changes.hpp"
#include "host/lanes/mail.hpp"
#include "host/lanes/outputs.hpp"
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
  const shoal_record* record = nullptr;  // what caused it, if a record did,
  const Envelope* message = nullptr;     // or a tell or an ask
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
  // entity: a start put together in memory and copied from there would wait for its own stores. What only
  // some turns need is found out when they need it.
  void begin(const TurnStart& start);
  // To be filled in before the behaviour is called.
  TurnEntity& entity() { return entity_; }
  // Starts the call that `other` has begun, elsewhere.
  void begin_like(const Turn& other);
  // Goes on where `done` has ended, elsewhere: what it wants to send is this turn's now, as if the call had
  // been made here.
  void take_over(Turn& done);
  // Of what it emits from now on.
  void set_tag(std::uint64_t tag) { tag_ = tag; }
  // Where it sends from now on, and what it leaves for the log: null where its entity is not
  // durable. Both outlive the turn.
  void send_to(Outputs& outputs, DurableTurn* durable) {
    options_.outbox = &outputs.records;
    options_.mail = &outputs.mail;
    durable_ = durable;
  }
  Mail& mail() const { return *options_.mail; }
  DurableTurn* durable() const { return durable_; }
  // Null where no tell or ask caused it.
  const Envelope* message() const { return message_; }
  // What caused it runs again later.
  bool stashes() const { return changed_ && changes_.stash && !dead_lettered_; }
  // What it may address from now on; outlives the turn.
  void set_catalogue(const Catalogue& catalogue) { options_.catalogue = &catalogue; }

  // A phase of the same turn: a message may construct its entity first, or stop it last.
  void enter(shoal_phase phase) { abi_.phase = phase; }

  using Mark = Outputs::Mark;
  // What a last turn inside a turn wants to send can be thrown away on its own.
  Mark mark_now() const { return {options_.outbox->mark(), options_.mail->mark()}; }
  void roll_back_to(const Mark& mark) const;
  // Throws all of the turn's effects away.
  void roll_back();
  // It wants to send something: only then `sending_from` says where that begins.
  bool sends() const { return sends_; }
  const Mark& sending_from() const { return mark_; }
  // What it has sent so far is on record: what follows is another sending.
  void sent_is_recorded() { sends_ = false; }

  // What the host itself has to say of a refused record.
  void set_error(std::string_view text) { error_ = text; }

  const shoal_turn* abi() const { return &abi_; }
  const Options& options() const { return options_; }

  // Why the turn failed or refused its message; empty where the module did not say.
  const std::string& error() const { return error_; }
  bool dead_lettered() const { return dead_lettered_; }
  // It wants something for its entity: only then there is something in `changes`.
  bool changed() const { return changed_; }
  EntityChanges& changes() { return changes_; }
  // Somebody has the duty to answer the ask of this turn, or has done so.
  bool answered() const { return answered_ || token_taken_; }
  // What this turn replied to its ask; null where it has not. Valid until the turn sends more.
  const Envelope* reply() const;
  // Answers the ask of this turn with what an earlier one was answered.
  void reply_again(const shoal_reply& reply);
  std::uint32_t emits() const {
    return sends_ ? static_cast<std::uint32_t>(options_.outbox->records_since(mark_.records)) : 0;
  }

  // Of the records in `emits`.
  std::size_t bytes_emitted() const {
    return sends_ ? options_.outbox->mark().bytes - mark_.records.bytes : 0;
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
  // To be called by every effect that sends: what it is rolled back to begins here.
  void begin_sending() {
    if (!sends_) mark_ = mark_now();
    sends_ = true;
  }
  EntityChanges& change() {
    changed_ = true;
    return changes_;
  }
  // Who waits for a reply of this turn.
  ReplyAddress asker() const { return message_ == nullptr ? ReplyAddress{} : message_->asker(); }
  std::string_view message_traceparent() const {
    return message_ == nullptr ? std::string_view() : message_->traceparent();
  }
  // What stashing its message would keep.
  std::size_t message_bytes() const {
    if (message_ != nullptr) return message_->size();
    return abi_.record == nullptr ? 0 : abi_.record->key.size + abi_.record->value.size;
  }

  Options options_;
  shoal_turn abi_{};
  std::uint64_t random_state_;
  std::int64_t steady_now_ns_ = 0;
  Mark mark_{};  // where it began to send, if it has
  TurnEntity entity_;
  const Envelope* message_ = nullptr;
  DurableTurn* durable_ = nullptr;
  std::uint64_t tag_ = 0;
  std::string error_;
  EntityChanges changes_;
  std::vector<shoal_header> headers_;    // of an emit, reused
  std::optional<std::size_t> reply_at_;  // in the mail
  bool sends_ = false;
  bool changed_ = false;
  bool answered_ = false;
  bool token_taken_ = false;
  bool dead_lettered_ = false;
};

inline void Turn::reset() {
  error_.clear();
  if (changed_) changes_.clear();
  reply_at_.reset();
  sends_ = false;
  changed_ = false;
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
  abi_.expects_reply = start.message != nullptr && start.message->asker().somebody() ? 1 : 0;
  message_ = start.message;
  tag_ = start.tag;
  reset();
}

}  // namespace shoal::lanes
