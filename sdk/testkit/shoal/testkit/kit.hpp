#pragma once
// Kit: a host of one entity type for tests. It keeps any number of its entities, runs their turns one at a
// time in the calling thread, and has a clock that moves only by `advance`.
//
// It serves every call of the ABI. What a turn sends is shown and goes nowhere: answer asks by `answer`.
// Recorded events are applied to the next incarnation of their entity, reminders outlive it, timers and
// stashed messages do not.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/abi/entity.h"
#include "shoal/abi/module.h"
#include "shoal/messages.hpp"
#include "shoal/testkit/effects.hpp"
#include "shoal/testkit/fake_host.hpp"
#include "shoal/testkit/incarnation.hpp"
#include "shoal/testkit/misuse.hpp"
#include "shoal/testkit/module_under_test.hpp"
#include "shoal/testkit/table.hpp"
#include "shoal/testkit/turn_recorder.hpp"

namespace shoal::testkit {

struct KitOptions {
  Table config = {};                                   // of the type
  Table module_config = {};                            // of the module
  std::optional<std::vector<std::string>> sinks = {};  // none: every sink exists
  Timestamp now{std::chrono::seconds{1'700'000'000}};  // 2023-11-14T22:13:20Z
  std::uint64_t seed = 1;                              // of the turns' random bits
  const shoal_module* module = nullptr;                // none: the one linked into this program
};

// A record of a source. The entity id is its key.
struct RecordInput {
  std::optional<std::string> key = {};
  std::optional<std::string> value = {};
  std::vector<HeaderData> headers = {};
  std::string topic = "topic";
  std::int32_t partition = 0;
  std::optional<std::int64_t> offset = {};  // none: one after the last
  std::optional<Timestamp> timestamp = {};  // none: now
  std::optional<std::string> group = {};    // none: no group keeps the offsets
};

using Body = std::optional<std::string_view>;

class Kit {
 public:
  // Sets the module up and takes its entity type of that name. Misuse where either breaks a rule.
  explicit Kit(std::string_view type, KitOptions options = {});
  Kit(const Kit&) = delete;
  Kit& operator=(const Kit&) = delete;

  // Takes everything down. Ends the program where the module has not given back the host's memory.
  ~Kit();

  // A message by its name, as a record, a tell or an ask. The entity is made where it is not in memory.
  Turn record(std::string_view message, RecordInput input);
  Turn tell(std::string_view id, std::string_view message, Body body = {});
  Turn ask(std::string_view id, std::string_view message, Body body = {});

  // The answer to an ask of Kit::ask, also one that a later turn gave.
  std::optional<ReplyData> reply_to(const Turn& ask) const;

  // Answers an ask of an entity under test: its turn of `on_reply`.
  Turn answer(const Ask& ask, std::string_view body, const Codec& codec);
  Turn refuse(const Ask& ask, Status status, std::string_view reason);

  // Lets time pass. Everything that falls due runs at its time: timers, receive timeouts, reminders, and the
  // deadlines of asks. The turns in their order.
  std::vector<Turn> advance(Milliseconds duration);
  Timestamp now() const { return Timestamp{Milliseconds{now_ns_ / 1'000'000}}; }

  // Ends an entity as its host would; the turn of `on_stop`.
  Turn stop(std::string_view id, StopReason reason);

  bool active(std::string_view id) const { return entities_.contains(std::string(id)); }
  std::size_t active_count() const { return entities_.size(); }

  // The state as the module saves it, of its current version. Requires: the entity is in memory.
  std::string save(std::string_view id);
  // Makes an entity of a saved state, in place of one in memory. Not ok: there is none then.
  Status load(std::string_view id, std::uint32_t state_version, std::string_view state);
  // What a swap of the module does, with chunks of one byte: save, make anew, load.
  Status reload(std::string_view id);
  std::uint32_t state_version() const { return type_->state_version; }

  // The state for people, as JSON text. Requires: the entity is in memory.
  std::string describe(std::string_view id);

  // All events recorded for an entity since it was last stopped.
  const std::vector<Event>& events(std::string_view id) const;
  // Appends an event as an older version of the module recorded it.
  void append_event(std::string_view id, Event event) {
    events_[std::string(id)].push_back(std::move(event));
  }

  std::vector<LogLine> log() const { return host_.lines(); }
  std::int64_t metric(std::string_view name) const { return host_.metric(name); }

  const shoal_entity_type& type() const { return *type_; }

 private:
  enum class DueKind { timer, receive_timeout, reminder, deadline };
  struct Due {
    std::int64_t at_ms;
    DueKind kind;
    std::string entity_id;
    std::string name;
    std::uint64_t ask_number = 0;
  };
  // One call of the type, with the turn it is handed.
  using Call = std::function<shoal_status(void* slot, TurnRecorder& recorder)>;

  std::uint32_t message_index(std::string_view message) const;
  std::uint64_t next_random();
  std::int64_t now_ms() const { return now_ns_ / 1'000'000; }
  Incarnation& in_memory(std::string_view id);
  std::string last_line() const;
  Status load_in_chunks(std::string_view id, std::uint32_t state_version, std::string_view state,
                        std::size_t chunk_bytes);

  Turn deliver(const std::string& id, Delivery delivery);
  std::optional<Turn> refusal_of(const RecordInput& input, const Delivery& delivery);
  Turn run(Incarnation& entity, TurnStart start, const Call& call, const Delivery* delivery);
  std::optional<Turn> activate(const std::string& id, const Delivery* delivery);
  std::optional<Turn> construct(const std::string& id, const Delivery* delivery);
  void recover(const std::string& id, Incarnation& entity);
  TurnSurroundings surroundings(Incarnation* entity);
  Turn finish(TurnRecorder& recorder, Incarnation& entity, const Delivery* delivery);
  void commit(TurnRecorder& recorder, Incarnation& entity, const Delivery* delivery);
  void commit_replies(TurnRecorder& recorder);
  void after(Turn& turn);
  void discard(const std::string& id);
  Turn last_turn(const std::string& id, StopReason reason);
  TurnStart start_of(shoal_phase phase, const std::string& id);
  Turn resume(const Ask& ask, const ReplyData& reply);
  std::optional<Due> next_due() const;
  Turn fire(const Due& due);

  FakeHost host_;
  TableView module_config_;
  TableView type_config_;
  std::optional<std::vector<std::string>> sinks_;
  ModuleUnderTest module_;
  const shoal_entity_type* type_;
  void* type_instance_ = nullptr;
  std::int64_t now_ns_;
  std::uint64_t random_state_;
  std::int64_t next_offset_ = 0;
  std::uint64_t last_ask_number_ = 0;
  std::map<std::uint64_t, std::optional<ReplyData>> asked_;       // by Kit::ask; empty while open
  std::map<std::uint64_t, std::pair<Ask, std::int64_t>> asking_;  // by entities, and their deadlines
  std::map<std::string, std::unique_ptr<Incarnation>> entities_;
  std::map<std::string, std::vector<Event>> events_;
  std::map<std::pair<std::string, std::string>, Alarm> reminders_;  // by entity id and name
  std::string misuse_;                                              // the first rule the module broke
  // Kept to the end, so that an effect after its turn is found and not a crash.
  std::deque<std::unique_ptr<TurnRecorder>> recorders_;
  std::deque<TurnSurroundings> surroundings_;
};

}  // namespace shoal::testkit

#include "shoal/testkit/kit_clock.hpp"
#include "shoal/testkit/kit_state.hpp"
#include "shoal/testkit/kit_turns.hpp"
