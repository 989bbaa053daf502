#pragma once
// Turn: one call into a behaviour, as the module ABI sees it, and the effects it asked for.
//
// One Turn a lane is reused for every call. Effects that leave the host are data: records in the lane's
// Outbox, a reply, a wish to stop. `begin` takes the outbox's mark; a failed turn is rolled back to it. Calls
// this version cannot serve give SHOAL_STATUS_UNSUPPORTED, calls of the wrong phase SHOAL_STATUS_WRONG_PHASE
// (abi/phases.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/outbox.hpp"
#include "shoal/abi/entity.h"
#include "shoal/base/ids.hpp"

namespace shoal::lanes {

// A reply, kept until its turn has ended well.
struct TurnReply {
  shoal_status status = SHOAL_STATUS_OK;
  shoal_codec codec = SHOAL_CODEC_BYTES;
  std::string body;  // of another status than OK: the reason
};

// What a call starts from. Views live as long as the turn.
struct TurnStart {
  shoal_phase phase = SHOAL_PHASE_RECEIVE;
  ShardId shard;
  std::string_view entity_id;
  const shoal_record* record = nullptr;  // the record that caused it, if one did
  std::string_view traceparent{};        // of a message; a record carries its own
  bool expects_reply = false;            // the turn of an ask
  std::uint64_t tag = 0;                 // of what it emits
};

// The names a module may emit to, in the order of the lane's outputs.
using SinkNames = std::vector<std::string>;

class Turn {
 public:
  // `sinks` and `outbox` outlive the turn. `record_bytes_max` is the largest record a sink takes.
  Turn(const SinkNames& sinks, Outbox& outbox, std::size_t record_bytes_max, std::uint64_t random_seed);

  // What all turns of one batch share: `now` stands still for the whole batch.
  void begin_batch(std::int64_t now_ns) { abi_.now_ns = now_ns; }

  // Starts a call; all that the turn before asked for must have been taken.
  void begin(const TurnStart& start);

  // A phase of the same turn: a message may construct its entity first, or stop it last.
  void enter(shoal_phase phase) { abi_.phase = phase; }

  // Throws the turn's effects away.
  void roll_back();

  // The emits of a last turn inside a turn can be thrown away on their own.
  Outbox::Mark mark_now() const { return outbox_.mark(); }
  void roll_back_to(const Outbox::Mark& mark) { outbox_.roll_back(mark); }

  // What the host itself has to say of a refused record.
  void set_error(std::string_view text) { error_ = text; }

  const shoal_turn* abi() const { return &abi_; }

  // Why the turn failed or refused its message; empty where the module did not say.
  const std::string& error() const { return error_; }
  bool dead_lettered() const { return dead_lettered_; }
  bool stopped() const { return stop_reason_ != 0; }
  shoal_stop_reason stop_reason() const { return stop_reason_; }
  std::optional<TurnReply>& reply() { return reply_; }
  std::uint32_t emits() const { return static_cast<std::uint32_t>(outbox_.records_since(mark_)); }

 private:
  friend struct TurnEffects;

  const SinkNames& sinks_;
  Outbox& outbox_;
  std::size_t record_bytes_max_;
  shoal_turn abi_{};
  std::uint64_t random_state_;
  Outbox::Mark mark_{};
  std::string_view traceparent_;
  std::uint64_t tag_ = 0;
  std::string error_;
  std::optional<TurnReply> reply_;
  shoal_stop_reason stop_reason_ = 0;
  bool dead_lettered_ = false;
};

}  // namespace shoal::lanes
