#pragma once
// Shard: the entities of one shard of one type, and how one record or message runs through them.
//
// Owned by one lane and used only there. Entities are made on their first message and run one turn at a time.
// What a turn wants to send stays in the lane's outbox and mail; a turn that fails is rolled back and its
// entity thrown away. A message whose entity cannot take it yet is kept and given back by `take_waiting`.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "host/lanes/attachment.hpp"
#include "host/lanes/blocking_port.hpp"
#include "host/lanes/catalogue.hpp"
#include "host/lanes/dead_letter.hpp"
#include "host/lanes/entity_table.hpp"
#include "host/lanes/eviction.hpp"
#include "host/lanes/idle_sweep.hpp"
#include "host/lanes/log_bound.hpp"
#include "host/lanes/shard_journal.hpp"
#include "host/lanes/stored_states.hpp"
#include "host/lanes/timer_queue.hpp"
#include "host/lanes/turn.hpp"
#include "host/lanes/turn_watch.hpp"
#include "host/lanes/type_policy.hpp"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::lanes {

// Timers of one lane: the entities' own, and room for a receive timeout or a stop of each turn, and for asks.
inline constexpr std::uint32_t entity_timers_max = 16'000'000;
inline constexpr std::uint32_t lane_timers_max = 2 * entity_timers_max;

class Shard;

// What the shards of one lane share.
struct ShardSurroundings {
  Outputs outputs;  // of turns that wait for no log
  TimerQueue timers{lane_timers_max};
  std::deque<EntityRef> ready;          // entities that may run what waits for them
  std::vector<Shard*> crowded;          // shards that may have more active entities than their limit
  std::vector<Shard*> to_reload;        // shards that may want their logs to be read again
  std::vector<Shard*> to_stamp;         // shards with states whose records the batch at hand will append
  std::vector<Shard*> to_fetch;         // shards that want states from the store
  journal::LaneStore* store = nullptr;  // null: states of entities that are not active stay in memory
  std::size_t store_backlog = 0;        // bytes of states that are not in the store yet
  TurnWatch turn_watch;
  LogBound stop_timeout_lines;  // of entities that did not stop in time
  // Of each reply that waited for a turn of an entity which has ended meanwhile; the lane counts.
  std::vector<const Shard*> replies_dropped;
};

// How a turn went. Kept: it has not run, or not to its end, and comes back later.
struct TurnResult {
  DeadLetterReason reason = DeadLetterReason::none;
  bool kept = false;
};

class Shard {
 public:
  struct Options {
    ShardId id;
    TypeIndex type_index;
    std::uint32_t shard_count = 1;  // of the type
    std::shared_ptr<const modules::EntityType> type;
    PartitionOf partition_of = nullptr;  // decides which shard an id belongs to
    TypePolicy policy;
    TypeMemory* memory = nullptr;
    ShardSurroundings* surroundings = nullptr;
    BlockingPort* blocking = nullptr;         // where the turns run, of a type that blocks
    std::unique_ptr<ShardJournal> journal{};  // of a durable type
    std::int64_t now_ns = 0;                  // steady clock
  };

  explicit Shard(Options options);
  // Requires: stop_all was called.
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Bring what a message for the id of that hash will touch into the cache: the table of entities, then where
  // its entity stands, then the entity; each once the one before is there.
  void prefetch() const { entities_.prefetch(); }
  void prefetch_cell(std::uint64_t hash) const { entities_.prefetch_cell(hash); }
  Entity* prefetch_entity(std::uint64_t hash) const {
    Entity* entity = entities_.prefetch_entity(hash);
    if (entity != nullptr && options_.journal != nullptr) __builtin_prefetch(&durable(*entity), 1);
    return entity;
  }

  // Runs a record as message `message_index`. `hash` is hash_of(its key), `guess` null or what
  // `prefetch_entity` gave for it. What it emits is labelled `tag`. `turn.error()` says more about a dead
  // letter.
  TurnResult run(Turn& turn, const shoal_record& record, std::uint32_t message_index, std::uint64_t hash,
                 Entity* guess, std::uint64_t tag);
  // Runs a tell or an ask. What a turn that no record caused emits is labelled `tag`, here and below.
  TurnResult run(Turn& turn, const Envelope& message, Entity* guess, std::uint64_t tag);
  // Runs the reply to an ask of one of the entities.
  TurnResult run_reply(Turn& turn, const EntityRef& asker, const shoal_reply& reply,
                       const shoal_continuation& continuation, std::uint64_t tag);
  // Runs what a timer of one of the entities stands for.
  TurnResult run_timer(Turn& turn, const TimerQueue::Due& due, std::uint64_t tag);
  // Runs a reminder of one of the entities, which is made active for it. Where it cannot run, or its turn
  // fails, it is due again later. `due` outlives the turn.
  TurnResult run_reminder(Turn& turn, const Reminders::Due& due, std::uint64_t tag);

  // The log has been read, where the type remembers: who has stopped leaves memory, and who is remembered and
  // not active is to be started.
  void find_remembered(Turn& turn);
  // Starts up to `count` of them, as long as `may_go_on()`; gives how many it has looked at. What a turn came
  // to is given to `settle(result)`.
  std::uint32_t start_remembered(Turn& turn, std::uint32_t count, std::uint64_t tag,
                                 const std::function<bool()>& may_go_on,
                                 const std::function<void(const TurnResult&)>& settle);

  // The next of what waits for an entity that is ready; none where nothing waits or it may not run yet.
  std::optional<Kept> take_waiting(const EntityRef& ready);
  // Runs what take_waiting gave.
  TurnResult run_kept(Turn& turn, const EntityRef& ready, const Kept& kept, std::uint64_t tag);
  // Runs the stop message of an entity that is to passivate with one, if it has not had it.
  TurnResult run_stop_message(Turn& turn, const EntityRef& ready, std::uint64_t tag);

  // Of a type that blocks: its messages and all other turns wait at their entities, which the port has as
  // ready, and these send the next turn out.
  bool blocks() const { return options_.blocking != nullptr; }
  // A turn of the entity's own, if one waits and it is its time.
  void start_own(Turn& turn, const EntityRef& ready, std::uint64_t tag);
  // The turn of what take_waiting gave. Kept: it is out, and has `kept`.
  TurnResult start(Turn& turn, const EntityRef& ready, Kept& kept, std::uint64_t tag);
  // Takes a turn back. What its message comes to is the result.
  TurnResult complete(Turn& turn, BlockingTurn& done);
  // What take_waiting gave does not run: if it is a request, it may come again.
  void refused(const Kept& kept) const;

  // Passivates entities that have had no message for too long. Looks at a bounded number of them; the next
  // call goes on.
  void passivate_idle(Turn& turn, std::uint64_t tag);
  // How long entities have been idle, where they may leave memory for want of it; else null.
  const IdleSweep* shed_candidates() const { return options_.policy.is_shed ? &*idle_ : nullptr; }
  // Passivates the entity in a block of `shed_candidates`; false where it stays, since messages wait for it.
  bool shed(Turn& turn, std::uint32_t block, std::uint64_t tag);
  // Memory of ended entities that new ones will use.
  std::uint64_t reusable_bytes() const { return entities_.free_bytes(); }
  // Passivates entities until no more than the limit are active, with at most `tries` looks at one, less
  // which it leaves; what it has not come to stays `crowded`. Gives how many go. To be called for `crowded`
  // shards, outside of turns.
  std::uint32_t evict(Turn& turn, std::uint64_t tag, std::uint32_t& tries);
  // Another limit, or none, from now on; who is beyond it leaves with the next `evict`. Where there was none,
  // who has been in use is not known yet.
  void set_active_max(std::optional<std::uint32_t> limit);

  // Gives every entity its last turn and destroys it; what waits for them is forgotten. Of a type that blocks
  // the last turns are ready to go out afterwards. Requires: none is out.
  void stop_all(Turn& turn, shoal_stop_reason reason, std::uint64_t tag);

  // The entity's state as one JSON value. not_found where it is not active. Requires: the type does not
  // block.
  Result<std::string> describe(std::string_view id) const;
  // The same for every type; one that blocks answers between two turns of the entity.
  void describe(std::string_view id, OnDescribed done);

  // Appends ids of active entities until `ids` has `limit`.
  void list(std::size_t limit, std::vector<std::string>& ids) const;

  // Of an entity of this incarnation; none where it has ended.
  std::optional<std::string_view> id_of(const EntityRef& ref) const {
    const Entity* entity = entities_.at(ref.block, ref.incarnation);
    return entity == nullptr ? std::nullopt : std::optional(entity->id());
  }

  // Null where the type's durability is `none`.
  ShardJournal* journal() const { return options_.journal.get(); }
  // Its entities may have turns.
  bool is_open() const { return journal() == nullptr || journal()->is_open(); }

  // What a record of the log says of the shard's entities; of an open shard only of those being reloaded. An
  // entity that cannot take it is parked. `bytes`: the record's own.
  void replay(Turn& turn, const journal::Record& record, std::string_view bytes);
  // The log has been read: entities that were reloaded go on as their type's policy says.
  void reloaded(Turn& turn);
  // Whether entities wait for what they were before a turn failed.
  bool wants_reload() const { return !to_reload_.empty() && reloading_.empty(); }
  // The log is about to be read for them.
  void start_reload();
  // Goes on with the checkpoint of the shard's log, or begins one where it is time, for about so many bytes.
  // To be called when nothing is staged.
  void checkpoint(std::size_t bytes);

  // --- the state store, where there is one
  // The log has been claimed: whether what the store has of the shard may be believed is to be seen.
  void open_store(const journal::Claimed& outcome);
  void store_opened(const std::optional<journal::StoreMark>& mark);
  // Records that change what only the store has are kept until that has come; false where there are none. All
  // of the log has been read.
  bool fetch_deferred();
  // The batch has appended what its turns did.
  void stamp_states();
  // Gives the store what counts.
  void write_states();
  void states_written(std::uint64_t number) { stored_.written(number); }
  // Asks the store for the states that messages wait for.
  void fetch_states();
  void states_fetched(Turn& turn, const journal::StatesRead& outcome);
  void states_walked(const journal::StatesWalked& outcome);

  // The log is lost: no entity has a last turn. What waited for them is given to `drop`.
  void throw_away(const std::function<void(const Kept&)>& drop);

  const modules::EntityType& type() const { return *options_.type; }
  TypeIndex type_index() const { return options_.type_index; }

 private:
  struct Body {
    std::uint32_t message_index;
    shoal_bytes bytes;
  };
  static Body body_of(const Kept& kept);

  // A checkpoint says active entities, then those that are in memory only or in the store.
  enum class CheckpointStep : std::uint8_t { active, settling, walking, walked, said };
  struct Checkpoint {
    std::uint32_t block = 0;  // the next active entity to be said
    CheckpointStep step = CheckpointStep::active;
    std::vector<std::string> in_memory;     // without a store: those to be said
    std::uint64_t puts = 0;                 // with one: what has to be on its way before the walk
    std::vector<journal::ReadState> chunk;  // of the walk, to be said
    bool is_last_chunk = false;
  };
  // A checkpoint that has been said, for the store's mark.
  struct Said {
    journal::Sequence begin;
    journal::Sequence end;
    std::uint64_t puts = 0;
  };

  // Every call into a behaviour starts here.
  void begin(Turn& turn, const TurnStart& start) const {
    turn.begin(start);
    if (options_.journal || turn.durable() != nullptr) [[unlikely]]
      begin_near_log(turn);
  }
  void begin_near_log(Turn& turn) const;
  DurableState& durable(Entity& entity) const {
    return *reinterpret_cast<DurableState*>(static_cast<char*>(entities_.slot(entity)) + durable_offset_);
  }
  const DurableState& durable(const Entity& entity) const {
    return *reinterpret_cast<const DurableState*>(static_cast<const char*>(entities_.slot(entity)) +
                                                  durable_offset_);
  }
  Entity& insert(std::string_view id, std::uint64_t hash);
  std::vector<Entity*> all_entities();
  bool enter_durable(Turn& turn, Entity& entity, bool is_new);
  bool bring_back(Turn& turn, Entity& entity);
  std::size_t snapshot(const Entity& entity);
  bool say_inactive(std::size_t bytes);
  void say(const journal::SharedState& state, std::uint64_t hash);
  void say_chunk();
  bool write_some();
  void put_away(Turn& turn, Entity& entity);
  void keep_state(journal::ReadState state, std::uint64_t hash, std::uint64_t needs);
  bool is_in_store(const Entity* entity, std::string_view id, std::uint64_t hash) const;
  Entity& fetch(Entity* entity, std::string_view id, std::uint64_t hash);
  void returned(Turn& turn, Entity& entity, journal::SharedState state);
  bool is_in_stored_checkpoint(const journal::Record& record) const;
  bool defer(const journal::Turn& record, std::string_view bytes);
  journal::StoreShard store_shard() const;
  void forget_store();
  shoal_status record(Turn& turn, Entity& entity);
  void reload_later(Turn& turn, Entity& entity);
  Entity* recover(Turn& turn, std::string_view id);
  void replay_entities(Turn& turn, const journal::Record& record, std::string_view bytes);
  void replay_events(Turn& turn, const journal::Turn& record);
  void replay_state(Turn& turn, const journal::StoredState& state);
  bool is_replayed(std::string_view id) const;
  void not_recovered(Turn& turn, Entity& entity, std::string_view what);
  void only_in_log(std::string_view id, std::string_view what);

  DeadLetterReason admit(Turn& turn, const shoal_record& record, std::uint32_t message_index) const;
  DeadLetterReason check_new(Turn& turn, std::string_view id) const;
  bool has_to_wait(const Entity& entity) const {
    const Attachment* attachment = attachment_of(entity);
    return attachment != nullptr &&
           (blocks() || attachment->mode != EntityMode::running || !attachment->waiting.empty());
  }
  bool may_keep(Turn& turn, const Kept& kept, std::size_t entity_bytes) const;
  TurnResult keep(Turn& turn, Entity& entity, Kept kept);
  template <class MakeKept>
  TurnResult receive(Turn& turn, Entity* entity, std::string_view id, std::uint64_t hash, const Body& body,
                     MakeKept&& make_kept);
  template <class MakeKept>
  TurnResult received(Turn& turn, Entity& entity, shoal_status status, bool is_new, MakeKept&& make_kept);
  template <class Call>
  TurnResult run_own(Turn& turn, Entity& entity, Call&& call);
  TurnResult own_ended(Turn& turn, Entity& entity, shoal_status status);
  TurnResult remind(Turn& turn, Entity* entity, const Reminders::Due& due, std::uint64_t hash,
                    std::uint64_t tag);
  TurnResult start_one_remembered(Turn& turn, std::string_view id, std::uint64_t tag);
  void remember_again(const Entity& entity) const;
  shoal_status call_reminder(Turn& turn, Entity& entity, const Reminders::Due& due) const;
  template <class MakeKept>
  bool apply(Turn& turn, Entity& entity, MakeKept&& make_kept);
  void apply_timer(Turn& turn, const Entity& entity, Attachment& attachment, TimerChange& change);
  void set_receive_timeout(Turn& turn, const Entity& entity, Attachment& attachment,
                           std::chrono::milliseconds timeout);
  TurnResult fire(Turn& turn, Entity& entity, Attachment& attachment, const TimerQueue::Due& due,
                  std::uint64_t tag);
  TurnResult fire_receive_timeout(Turn& turn, Entity& entity, Attachment& attachment, std::uint64_t tag);
  TurnResult fire_entity_timer(Turn& turn, Entity& entity, Attachment& attachment,
                               std::vector<EntityTimer>::iterator timer, std::uint64_t tag);
  TurnResult end_mode(Turn& turn, Entity& entity, Attachment& attachment, std::uint64_t tag);
  void note_stop_timeout(const Entity& entity);

  // Only messages count: an entity whose timers alone run is idle.
  void note_activity(const Turn& turn, const Entity& entity) {
    if (idle_) idle_->touched(entity.block(), IdleSweep::tick_of(turn.steady_now_ns()));
    if (eviction_) eviction_->touched(entity.block(), entity.hash());
  }
  void leave_tracking(const Entity& entity);
  void crowd();
  bool passivate(Turn& turn, Entity& entity, std::uint64_t tag);

  bool construct(Turn& turn, Entity& entity);
  TurnResult make_active(Turn& turn, Entity& entity);
  bool constructed(Turn& turn, Entity& entity, shoal_status status);
  TurnResult failed(Turn& turn, Entity& entity, shoal_status status, bool is_new);
  void settle_failure(const Turn& turn, Entity& entity);
  void back_off(Entity& entity, std::int64_t restart_ms);
  TurnResult run_request(Turn& turn, Entity* entity, const Envelope& message);
  TurnResult receive_or_keep(Turn& turn, Entity* entity, const Envelope& message,
                             const std::optional<RequestKey>& request);
  bool repeated(Turn& turn, const Envelope& message, RequestKey& key, TurnResult& result) const;
  void remember_reply(const Turn& turn, RequestKey key, const TurnResult& result) const;
  void leave(Turn& turn, Entity& entity, shoal_stop_reason reason);
  void end_with_last_turn(Turn& turn, Entity& entity, shoal_stop_reason reason);
  void last_turn(Turn& turn, Entity& entity, shoal_stop_reason reason);
  void destroy_object(Entity& entity);
  LeaveRule rule_of(const Entity& entity) const;
  void end(Entity& entity);

  TurnResult wait_for_thread(Turn& turn, std::string_view id, std::uint64_t hash, Kept kept);
  void add_own(const Entity& entity, OwnTurn own);
  void start_one(Turn& turn, Entity& entity, OwnTurn own, std::uint64_t tag);
  TurnResult send(Turn& turn, Entity& entity, BlockingCall call);
  void send(Turn& turn, Entity& entity, std::unique_ptr<BlockingTurn> next);
  bool stop_later(Entity& entity, shoal_stop_reason reason);
  void forget_waiting(Attachment& attachment) const;
  TurnResult settle(Turn& turn, Entity& entity, BlockingTurn& done);
  void go_on(const EntityRef& ended);
  void drop_own(Attachment& attachment) const;
  Error nobody() const;

  Attachment& attach(Entity& entity);
  Attachment* attachment_of(const Entity& entity) const {
    return entity.attachment == Entity::kNoAttachment ? nullptr : attachments_[entity.attachment].get();
  }
  // There is an object in its slot.
  bool is_made(const Entity& entity) const {
    const Attachment* attachment = attachment_of(entity);
    return attachment == nullptr || has_object(attachment->mode);
  }
  void detach(Entity& entity);
  void cancel_timers(Attachment& attachment) const;
  void make_ready(const Entity& entity);
  void unstash(const Entity& entity, Attachment& attachment);

  WatchedTurn watched(std::string_view id) const {
    return {options_.surroundings->turn_watch, options_.type_index, id};
  }
  EntityRef ref_of(const Entity& entity) const;
  void prepare(Turn& turn, const Entity& entity) const;
  TurnStart start_of(shoal_phase phase, const Entity& entity, std::uint64_t tag) const;
  TurnStart start_of(const Kept& kept, const Entity& entity, std::uint64_t tag) const;

  Options options_;
  std::uint64_t durable_offset_;  // in the slot, of a durable type
  EntityTable entities_;
  std::vector<std::unique_ptr<Attachment>> attachments_;  // by number; null: free
  std::vector<std::uint32_t> free_attachments_;
  std::optional<IdleSweep> idle_;       // where idle ones passivate or may be shed
  std::unique_ptr<Eviction> eviction_;  // where there is a limit
  bool is_crowded_ = false;             // it stands in `crowded`
  // Of a durable type.
  StoredStates stored_;
  std::unordered_set<std::string> to_reload_;
  std::unordered_set<std::string> reloading_;
  std::unordered_map<std::string, std::string> unrecovered_;  // and why
  bool is_only_in_log_ = false;  // something of one of them stands nowhere else: no checkpoint
  Checkpoint checkpoint_;
  std::vector<std::uint8_t> snapshot_;  // reused
  // Of the state store.
  bool is_store_open_ = false;
  journal::StoreMark mark_;  // as it is written next
  std::optional<Said> said_checkpoint_;
  std::uint64_t writes_ = 0;
  bool is_to_stamp_ = false;
  std::vector<std::string> to_fetch_;
  std::vector<std::string> deferred_;             // records
  std::unordered_set<std::string> deferred_ids_;  // of entities they change
};

}  // namespace shoal::lanes
