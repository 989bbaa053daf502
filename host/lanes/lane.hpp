#pragma once
// Lane: one worker thread with everything it owns: shards, their entities, its Kafka handles. The walk of a
// record is `run_batch` in lane.cpp: take, turn, release outputs, ledger, commit.
//
// Threads: members tagged [lane] run on the lane's thread only, the others on any. Owned by the composition
// root, which joins it before the producer, the types and the counters' readers go. Nothing on the hot path
// allocates, locks or waits; the lane sleeps in one place, in the inbox.

#include <atomic>
#include <cstdint>
#include <ctime>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "host/config/config.hpp"
#include "host/kafka/record_sender.hpp"
#include "host/lanes/ask_table.hpp"
#include "host/lanes/catalogue.hpp"
#include "host/lanes/counters.hpp"
#include "host/lanes/dead_letter_log.hpp"
#include "host/lanes/durable_turn.hpp"
#include "host/lanes/held_outputs.hpp"
#include "host/lanes/inbox.hpp"
#include "host/lanes/lane_clock.hpp"
#include "host/lanes/log_bound.hpp"
#include "host/lanes/log_reads.hpp"
#include "host/lanes/mail.hpp"
#include "host/lanes/message.hpp"
#include "host/lanes/output_tag.hpp"
#include "host/lanes/post_office.hpp"
#include "host/lanes/shard.hpp"
#include "host/lanes/shedding.hpp"
#include "host/lanes/source_reader.hpp"
#include "host/lanes/turn.hpp"
#include "journal/lane_store.hpp"
#include "journal/record_codec.hpp"
#include "journal/shard_log.hpp"

namespace shoal::lanes {

inline constexpr std::size_t outputs_max = 256;
inline constexpr std::uint64_t in_flight_records_max = 50'000'000;
// Outputs and messages go out in the middle of a batch when so much has gathered.
inline constexpr std::size_t release_bytes = 1024 * 1024;

// A sink or a dead-letter topic. The sinks come first, in the order of Lane::Options::sinks.
struct Output {
  std::string topic;
  kafka::SinkTopic handle;
};

// An entity type as every lane has it.
struct TypePlan {
  TypeIndex index;
  std::uint32_t shard_count = 1;
  std::shared_ptr<const modules::EntityType> type;
  TypePolicy policy;
  std::shared_ptr<TypeCounters> counters{};  // of this lane; null: nobody looks at them
  // How many entities may be active in all shards of the host, 0: any number. It may change at any time.
  // Null: what the policy says counts.
  std::shared_ptr<const std::atomic<std::uint32_t>> active_max{};
  std::shared_ptr<BlockingPool> pool{};  // of a type that blocks, and of no other
};

struct Heading;

// What a lane reads a source with.
using MakeReader = std::function<Result<std::unique_ptr<kafka::PartitionReader>>(const SourcePlan& plan)>;

// What a lane has come to. The last steps of its life have an order, and each may take its time.
enum class LaneStep : std::uint8_t { runs, commits, last_turns, outputs, handles, ended };

// What a lane that is told to end waits for in that step.
std::string_view text_of(LaneStep step);

class Lane : private journal::LogListener, private journal::StoreListener {
 public:
  struct Options {
    LaneIndex index;
    std::uint32_t lane_count = 1;
    std::chrono::microseconds spin{0};        // looks for work this long before it sleeps
    SinkNames sinks;                          // names modules emit to
    std::vector<Output> outputs;              // sinks, then dead-letter topics
    kafka::RecordSender* producer = nullptr;  // null without Kafka
    config::Kafka kafka;
    MakeReader make_reader;  // empty: a LaneConsumer of `kafka`
    std::size_t record_bytes_max = 1'000'000;
    PartitionOf partition_of = nullptr;
    std::uint64_t random_seed = 0;
    std::uint64_t host_number = 0;               // random, of this start of the host
    std::chrono::milliseconds tell_hold{1'000};  // messages to a full lane wait this long
    OnTrouble on_trouble;
    DeadLetterLog* dead_letters = nullptr;   // for people to look at; null: nobody does
    std::chrono::milliseconds lease{2'000};  // a durable shard answers so long without writing
    std::size_t checkpoint_bytes = checkpoint_bytes_default;
    LaneClock clock;
    TellTimes tell_times;
  };

  explicit Lane(Options options);
  // Requires: `join` was called, if `start` was, and then that of the pools of its types.
  virtual ~Lane();
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  // All lanes of the host, by number. Requires: called before `start`; they outlive each other's threads.
  void connect(const std::vector<Lane*>& lanes);
  // Wakes it; may outlive everything but the lane.
  std::function<void()> waker() {
    return [this] { inbox_.put(std::span<const kafka::DeliveryReport>{}); };
  }
  // The logs of its durable shards, which wake it. Requires: called before `start`, if any type is durable.
  void use_log(std::unique_ptr<journal::ShardLog> log) { log_ = std::move(log); }
  // Where states of entities that are not active go; it wakes the lane. Without it they stay in memory.
  // Requires: called before `start` and before any type is opened.
  void use_store(std::unique_ptr<journal::LaneStore> store) {
    store_ = std::move(store);
    surroundings_.store = store_.get();
  }
  void start();
  // What its thread does, once: a round, with what is due by the clock, or a sleep where the last one found
  // nothing to do; at the end its last acts. False: it has ended. Whoever calls it is the lane's thread.
  // Requires: connected, and `start` was not called. [lane]
  bool run_once();

  // Stops intake, finishes what was taken, waits for acknowledgements, commits, gives every entity its last
  // turn and ends the thread.
  void drain();
  void join();
  LaneStep step() const { return step_.load(std::memory_order_acquire); }
  bool ended() const { return step() == LaneStep::ended; }

  // False where the inbox is full: the parcel is left with the caller.
  bool put(std::unique_ptr<Parcel>& parcel) { return inbox_.put(parcel); }
  void put(Task task) { inbox_.put(std::move(task)); }
  void put(std::span<const kafka::DeliveryReport> reports) { inbox_.put(reports); }

  const LaneCounters& counters() const { return counters_; }
  // Of the messages and replies that wait in its inbox.
  std::size_t inbox_bytes() const { return inbox_.bytes(); }
  // Processor time of its thread, where it spins, too; 0 once it has ended. Requires: between `start` and
  // `join`.
  double cpu_seconds() const;
  // The turn it is inside of.
  const TurnWatch& turn_watch() const { return surroundings_.turn_watch; }

  // How long it looks for work before it sleeps, from now on. [lane]
  void set_spin(std::chrono::microseconds spin) { options_.spin = spin; }

  // Makes this lane's shards of a type. Requires: not opened before. [lane]
  void open_type(TypePlan plan);
  // Begins to read a source, or more partitions of one that is read. Requires: its type is open. [lane]
  Result<void> open_source(SourcePlan plan);
  // Takes no more of its records, and does again. [lane]
  void hold_source(SourceIndex source);
  void resume_source(SourceIndex source);
  // What this lane remembers of a type's entities across their lives; null where it is not open. [lane]
  TypeMemory* find_memory(TypeIndex type);
  // Does something with a source that is read here; nothing where it is not. [lane]
  void with_source(SourceIndex source, const std::function<void(SourceReader&)>& act);
  // Counts the entities that may leave memory for want of it; passivates some of them. Bounded steps, one a
  // tick. [lane]
  void count_sheddable(std::uint32_t now_tick, Shedding::Counted done);
  void shed(const ShedOrder& order, Shedding::Shed done);
  // Null where the type is not open here or the shard is another lane's. [lane]
  Shard* find_shard(TypeIndex type, ShardId shard) {
    if (type.value >= types_.size() || shard.value >= types_[type.value].shards.size()) return nullptr;
    return types_[type.value].shards[shard.value].get();
  }
  // Reads what the log of a shard says of an entity; all of it counts. unavailable: the shard does not have
  // its log. overloaded: too many are being read. [lane]
  void read_history(TypeIndex type, ShardId number, journal::EntityRecords::Wanted wanted,
                    const LogReads::Done& done);
  // Calls `visit(Shard&)` for each shard of the type on this lane. [lane]
  void for_each_shard(TypeIndex type, const std::function<void(Shard&)>& visit);

 private:
  struct Type {
    std::unique_ptr<TypeMemory> memory;
    std::unique_ptr<BlockingPort> blocking;                        // of a type that blocks
    std::vector<std::unique_ptr<Shard>> shards;                    // by shard number; null: another lane's
    std::shared_ptr<const std::atomic<std::uint32_t>> active_max;  // may be null
    std::uint32_t active_max_applied = 0;
    std::uint32_t starts_a_second = 0;       // of remembered entities, on all lanes; 0: none is
    std::uint64_t start_credit = 0;          // what this lane may still start, in parts of a tick's share
    std::shared_ptr<TypeCounters> counters;  // may be null
  };
  // The batch being run; it outlives a pause for want of room in the producer.
  struct Running {
    SourceReader* reader;
    LanePartition* partition;
    std::span<shoal_record> records;
    std::size_t next;
    std::int64_t taken_ns;
  };

  // What caused outputs, by assignment number: a record of a source, or turns of a durable shard.
  struct Origin {
    SourceReader* reader = nullptr;
    LanePartition* partition = nullptr;
    Shard* shard = nullptr;
  };

  Result<std::unique_ptr<kafka::PartitionReader>> make_consumer(const SourcePlan& plan);
  Result<SourceReader*> reader_of(SourcePlan plan);
  std::int64_t steady_ns() const { return options_.clock.steady_ns(); }
  void wait(std::chrono::milliseconds timeout, WakeFor wake_for);
  // Those that follow share one look at the clock.
  void begin_turns(std::int64_t now_ns);
  bool work();
  bool run_batch();
  void run_record(LanePartition& partition, const shoal_record& record, const Heading& heading);
  std::uint32_t add_dead_letter(SourceReader& reader, LanePartition& partition, const shoal_record& record,
                                std::uint64_t tag, DeadLetterReason reason);
  void release();
  bool release_outputs(Outbox& outbox);
  // So much has been sent that it leaves before the next turn.
  bool must_release() const {
    return outbox_.bytes() >= release_bytes || mail_.bytes() >= release_bytes ||
           (log_ != nullptr && held_.open().outputs.bytes() >= release_bytes);
  }
  bool held_is_full() const;
  // Nothing more may run before what was sent has left.
  bool must_wait() const;
  std::unique_ptr<ShardJournal> make_journal(const TypePlan& plan, ShardId shard);
  void claim(Shard& shard);
  bool run_journal();
  Shard* shard_of(const journal::LogShard& shard) const;
  void claimed(const journal::Claimed& outcome) override;
  void claim_refused(const journal::ClaimRefused& outcome) override;
  void counted(const journal::Counted& outcome) override;
  void failed(const journal::Failed& outcome) override;
  void read_chunk(const journal::ReadChunk& chunk) override;
  void read_end(const journal::ReadEnd& outcome) override;
  void shard_closed(journal::LogShard shard) override;
  void disk_full(const std::string& message) override;
  void disk_has_room() override;
  void store_opened(const journal::StoreOpened& outcome) override;
  void states_written(const journal::StatesWritten& outcome) override;
  void states_read(const journal::StatesRead& outcome) override;
  void states_walked(const journal::StatesWalked& outcome) override;
  void store_failed(const journal::StoreFailed& outcome) override;
  void store_stuck(const std::string& message) override;
  void store_goes_on() override;
  Shard* shard_in_store(const journal::StoreShard& of) const;
  bool store_is_full() const;
  void write_states();
  void give_chunks_back();
  void open(Shard& shard);
  void align(SourceReader& reader, LanePartition& partition);
  static bool is_replayed(const LanePartition& partition, Offset offset);
  void run_unopened(Shard& shard, const Envelope& message);
  void take_up_waiting(Shard& shard);
  void refuse_waiting();
  void commit_batch();
  void checkpoint();
  void want_checkpoint();
  void run_reminders();
  void show_reminders() const;
  void start_remembered();
  void start_remembered(Type& type);
  bool let_go();
  void renew(HeldOutputs::Part& part, std::int64_t now_ns);
  void finish(const HeldOutputs::Records& records);
  void drop_lost(HeldOutputs::Batch& batch);
  void reply_lost(const ReplyAddress& address);
  enum class After : std::uint8_t { nothing, claim };
  void lose(Shard& shard, After after);
  void make_again(Shard& shard);
  void forget(Shard& shard);
  void throw_away(Shard& shard);
  void show_closed(std::int64_t change);
  void close_logs();
  bool acknowledge_reports();
  void acknowledge(const kafka::DeliveryReport& report);
  void not_sent(std::uint64_t tag, std::string_view reason);
  bool run_messages();
  bool next_parcel();
  void run_parcel();
  void run_envelope(Envelope& envelope, const Heading& heading);
  void run_message(Envelope& message, const Heading& heading);
  void run_accepted(Shard& shard, Envelope& message);
  void run_reply(const Envelope& reply);
  void run_tell(Shard& shard, const Envelope& message, Entity* guess);
  void settle_tell(Shard& shard, const Envelope& message, const TurnResult& result);
  void acknowledge_later(Shard& shard);
  void acknowledge_tells();
  void run_acknowledgement(const Envelope& acknowledgement);
  void send_tells_again();
  void send_again(Shard& shard);
  static bool cannot_send(const Shard& shard, TellWindows::Window& window, const StoredTell& tell);
  // So many of them wait that nothing should be begun that sends more.
  bool tells_hold() const { return tells_holding_ > 0; }
  void answer(const Ask& ask, const shoal_reply& reply, bool from_host);
  bool run_ready();
  void run_kept(Shard& shard, const EntityRef& ready, const Kept& kept);
  bool refuse_late(const Envelope& message);
  void finish_kept_record(const Kept& kept, const TurnResult& result);
  void settle(const Envelope& message, const TurnResult& result);
  void settle_own(const Shard& shard, const TurnResult& result);
  void open_port(Type& opened, std::shared_ptr<BlockingPool> pool);
  bool run_blocking();
  bool exchange_turns();
  bool take_turns_back();
  bool send_turns(BlockingPort& port);
  void send_next(const EntityRef& ready);
  void send_kept(Shard& shard, const EntityRef& ready, Kept& kept);
  void complete(std::unique_ptr<BlockingTurn> done);
  void stop_blocking();
  bool blocking_idle() const;
  bool run_timers();
  void passivate_idle();
  std::vector<Shard*> sheddable_shards() const;
  void apply_limits();
  bool evict();
  void expire_ask(std::uint32_t slot, TimerId deadline);
  ReplyAddress open_ask(Ask ask, std::int64_t deadline_ns);
  void refuse(const Envelope& message, DeadLetterReason reason, std::string_view text);
  void drop(const Envelope& message, DeadLetterReason reason, std::string_view text);
  bool shows_dead_letters();
  void show_dead_letter(DeadLetterEntry entry) const;
  void show_dead_letter(const Envelope& message, DeadLetterReason reason, std::string_view text);
  void show_dead_letter(const LanePartition& partition, const shoal_record& record,
                        std::uint32_t message_index, DeadLetterReason reason);
  std::optional<DeadLetterEntry::Sender> sender_of(const Envelope& message);
  void reply_to(const ReplyAddress& address, shoal_status status, std::string_view text);
  void give_receipt(const ReplyAddress& sender);
  void bring(Mail& mail);
  void share_ask_room();
  void release_mail();
  bool run_tasks();
  void tick();
  void show_waiting();
  void sleep();
  void finish();
  void enter(LaneStep step) { step_.store(step, std::memory_order_release); }
  void turn_away();
  bool drained() const;
  const Origin& origin_of(std::uint64_t tag) const { return assignments_[assignment_of(tag)]; }

  Options options_;
  LaneCounters counters_;
  Inbox inbox_;
  AskTable asks_;
  Catalogue catalogue_;
  ShardSurroundings surroundings_;
  Outbox& outbox_ = surroundings_.outputs.records;
  Mail& mail_ = surroundings_.outputs.mail;
  std::optional<PostOffice> post_office_;
  std::unique_ptr<Parcel> parcel_;  // being run
  std::size_t parcel_at_ = 0;       // next envelope in it
  Turn turn_;
  std::vector<Type> types_;
  Shedding shedding_;
  bool has_blocking_ = false;  // one of them blocks
  std::vector<std::unique_ptr<SourceReader>> readers_;
  std::vector<Origin> assignments_;  // by number; 0: nobody
  std::size_t next_reader_ = 0;
  std::optional<Running> running_;
  std::vector<std::uint64_t> hashes_;
  bool held_by_producer_ = false;
  bool was_idle_ = false;
  // Of the durable shards.
  HeldOutputs held_;
  DurableTurn durable_turn_;
  std::unique_ptr<journal::ShardLog> log_;
  std::unique_ptr<journal::LaneStore> store_;  // may be null
  std::vector<journal::ReadChunk> chunks_;     // that go back when the store has room
  journal::RecordDecoder decoder_;
  std::unordered_map<journal::LogShard, Shard*> by_log_;
  LogReads log_reads_;
  std::unordered_map<Shard*, EnvelopeBuffer> unopened_;      // messages that wait for their shards
  std::deque<std::unique_ptr<Parcel>> opened_;               // that need not wait any more
  std::deque<Shard*> resending_;                             // outputs that nobody acknowledged
  std::size_t tells_holding_ = 0;                            // windows that are half full
  std::vector<Shard*> acknowledging_;                        // that got tells since the last commit
  std::deque<std::pair<std::int64_t, Shard*>> claim_again_;  // when
  LogBound dead_letter_lines_;
  std::size_t dead_letters_shown_ = 0;  // since the last tick
  Clock::time_point tick_due_{};
  std::int64_t wall_clock_ahead_ns_;  // of the steady one, as it was at the last tick
  Clock::time_point rotate_due_{};
  std::atomic<bool> draining_{false};
  std::atomic<LaneStep> step_{LaneStep::runs};
  std::thread thread_;
  clockid_t cpu_clock_{};  // of the thread
};

}  // namespace shoal::lanes
