#pragma once
// TurnRecorder: the shoal_turn a behaviour sees in one call, and what it asked for. It checks every argument
// and the table of phases; nothing takes effect here, the Kit does that after the turn has ended well.
//
// What a call borrows is freed when the turn ends, so that a sanitizer finds whoever kept it; an effect after
// the end is Misuse.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/abi/entity.h"
#include "shoal/abi/phases.h"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/testkit/effects.hpp"
#include "shoal/testkit/misuse.hpp"
#include "shoal/testkit/module_under_test.hpp"

namespace shoal::testkit {

// A timer or a reminder to be set; std::nullopt in its place takes the name away.
struct Alarm {
  std::int64_t due_ms = 0;  // since 1970-01-01 UTC
  std::int64_t interval_ms = 0;
  ContinuationData continuation;
};

struct PendingReply {
  std::uint64_t ask_number = 0;
  ReplyData reply;
};

// Changes to the entity's standing that wait for the end of the turn.
struct Wishes {
  std::vector<std::pair<std::string, std::optional<Alarm>>> timers;
  std::vector<std::pair<std::string, std::optional<Alarm>>> reminders;
  std::optional<std::uint64_t> receive_timeout_ms;
  bool stash = false;
  bool unstash = false;
  std::vector<PendingReply> replies;
  std::optional<std::string> dead_letter;
};

// What a call starts from.
struct TurnStart {
  shoal_phase phase = SHOAL_PHASE_RECEIVE;
  std::string entity_id;
  std::int64_t now_ns = 0;
  std::uint64_t random = 0;
  std::optional<std::string> traceparent;
  std::optional<std::uint64_t> ask_number;
};

// What the Kit answers a turn's questions with.
struct TurnSurroundings {
  std::function<bool(std::string_view sink)> has_sink;
  std::function<bool(std::uint64_t ask_number)> is_open_ask;
  std::function<shoal_status(std::uint32_t event_index, std::string_view event)> apply;
  std::function<std::uint64_t()> next_ask_number;
  std::function<void(const std::string& rule)>
      misused;  // the module broke a rule, perhaps after the turn's end
  const shoal_entity_type* type = nullptr;
};

class TurnRecorder {
 public:
  TurnRecorder(TurnStart start, const TurnSurroundings& around);
  TurnRecorder(const TurnRecorder&) = delete;
  TurnRecorder& operator=(const TurnRecorder&) = delete;

  const shoal_turn* abi() const { return &abi_; }

  // Requires: `record` lives until the turn ends.
  void set_record(const shoal_record* record) { abi_.record = record; }

  // Borrowed bytes that end with the turn. Null stays null.
  shoal_bytes lend(std::optional<std::string_view> bytes) {
    if (!bytes) return {nullptr, 0};
    auto copy =
        std::make_unique<std::uint8_t[]>(bytes->size() + 1);  // never an empty array: that is not null
    std::copy(bytes->begin(), bytes->end(), copy.get());
    loans_.push_back(std::move(copy));
    return {loans_.back().get(), bytes->size()};
  }

  // Ends the turn. Misuse where the status is none.
  void end(shoal_status status) {
    ended_ = true;
    loans_.clear();
    abi_.record = nullptr;
    require(status <= SHOAL_STATUS_OUT_OF_MEMORY,
            "the module returned the unknown status " + std::to_string(status));
    turn.status = Status{status};
  }

  Turn turn;
  Wishes wishes;

 private:
  friend struct TurnEffects;

  const TurnSurroundings& around_;
  shoal_turn abi_{};
  std::optional<std::string> traceparent_;
  std::vector<std::unique_ptr<std::uint8_t[]>> loans_;
  bool forwarded_ = false;
  bool ended_ = false;
};

}  // namespace shoal::testkit

#include "shoal/testkit/turn_effects.hpp"
