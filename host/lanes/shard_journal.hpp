#pragma once
// ShardJournal: a durable shard's side of its log: what its turns put there, what waits until that counts,
// and how long the shard may answer without writing.
//
// Owned by the shard and used only on its lane. What turns of the shard send goes to the lane's held outputs;
// it leaves when what they appended counts. Turns that changed nothing leave within the lease, which runs
// from the moment the shard's last counted append was handed over.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/lanes/durable_turn.hpp"
#include "host/lanes/held_outputs.hpp"
#include "host/lanes/offset_ledger.hpp"
#include "host/lanes/output_tag.hpp"
#include "host/lanes/remembered.hpp"
#include "host/lanes/reminders.hpp"
#include "host/lanes/shard_tells.hpp"
#include "host/lanes/source_positions.hpp"
#include "host/lanes/turn.hpp"
#include "journal/shard_log.hpp"

namespace shoal::lanes {

// Of a shard's log make a checkpoint.
inline constexpr std::size_t checkpoint_bytes_default = 4 * 1024 * 1024;
// Of reminders, or of who is remembered, in one step of a checkpoint.
inline constexpr std::size_t checkpoint_part_bytes = 256 * 1024;

// What a durable entity has beside its slot.
struct DurableState {
  std::uint64_t revision = 0;    // of what stands in the log
  std::uint64_t saved_hash = 0;  // of the state there, of durability `state`
  std::uint64_t staged = 0;      // 1 + its place among the states of the batch; below `staged_from`: none
  bool is_remembered = false;    // it is known to be, where its type remembers
};

// Of a state as `save` wrote it: tells whether a turn has changed it.
std::uint64_t state_hash(std::string_view state);

class ShardJournal {
 public:
  // given_up: another host has taken the log, or it cannot be read; nobody here asks for it again.
  enum class Phase : std::uint8_t { lost, given_up, claiming, recovering, open, closing, closed };

  struct Options {
    std::shared_ptr<const modules::EntityType> type;
    ShardId shard;
    bool takes_events = false;  // else its durability is `state`
    bool remembers = false;     // its entities run again after a restart
    journal::ShardLog* log = nullptr;
    HeldOutputs* held = nullptr;
    DurableTurn* turn = nullptr;
    const SinkNames* sinks = nullptr;
    std::int64_t lease_ns = 0;
    std::size_t checkpoint_bytes = checkpoint_bytes_default;  // at least twice what the last one took
    TypeIndex type_index{};
    TellTimes tell_times;
    std::size_t* tells_holding = nullptr;  // windows of the lane's shards that hold it
  };

  explicit ShardJournal(Options options);

  Phase phase() const { return phase_; }
  bool is_open() const { return phase_ == Phase::open; }
  bool is_recovering() const { return phase_ == Phase::recovering; }
  bool is_given_up() const { return phase_ == Phase::given_up; }
  // The last record that counts, and the last that was appended.
  std::uint64_t counted() const { return counted_; }
  std::uint64_t appended() const { return next_ - 1; }
  journal::LogShard log_shard() const { return log_shard_; }
  // Counts the times the shard has lost its log: what was of an earlier one is void.
  std::uint64_t ownership() const { return ownership_; }

  // Asks for the log. Requires: lost.
  void claim();
  // The log is this shard's.
  void claimed(const journal::Claimed& outcome, std::int64_t now_ns);
  // Asks for what it holds.
  void read() const { options_.log->read(log_shard_, journal::Sequence{1}); }
  // All that it holds has come.
  void recovered();
  void counted(journal::Sequence through);
  // Somebody else has the log, or it failed: nothing more leaves. What is replayed and known is forgotten.
  void lose();
  // Requires: lost.
  void give_up();
  // Says in the log that nobody answers any more. Who still waits for an earlier owner's lease does not: then
  // the next one has to wait as well.
  void close(std::int64_t now_ns);
  void closed() { phase_ = Phase::closed; }
  // Gives the log away, to claim it anew when it is closed: as `lose`, but that the log still is this
  // shard's. Requires: open or recovering.
  void leave();
  bool is_leaving() const { return is_leaving_ && phase_ == Phase::closing; }

  // A turn of the shard begins: where it sends, and the tag of what it emits.
  std::uint64_t begin(Turn& turn);
  // The entity whose turn it is: `slot` holds its object.
  void enter(void* slot) const { options_.turn->enter(slot, options_.takes_events); }
  // The turn has ended well: appends or stages what it did. TOO_LARGE where no record of the log can hold it,
  // and FAILED where an event could not be applied or the state not be written: then the turn has failed.
  shoal_status turn_ended(Turn& turn, std::string_view id, const void* slot, DurableState& state);
  // The batch is over: appends what is staged, and says what the shard's part in it waits for.
  void batch_ended(HeldOutputs::Part& part);
  // The log's commit has been called; `now_ns` is no later than the call.
  void handed_over(std::int64_t now_ns);
  // Whether it counts, and may be answered.
  bool may_leave(const HeldOutputs::Part& part, std::int64_t now_ns) const;
  // Only the lease keeps the part from leaving: appends a sign of life that it waits for now.
  bool renew(HeldOutputs::Part& part, std::int64_t now_ns);

  // The last state of the entity that a turn of this batch has staged, for one whose turn failed; none where
  // the batch has none. Valid until the next turn.
  std::optional<shoal_bytes> staged_state(const DurableState& state) const;

  // --- checkpoints: everything of the shard said once more, so that what is before goes
  // So much was written since the last one, or before this host had the log, that it is time for the next.
  bool wants_checkpoint() const {
    return is_open() && !checkpoint_begin_ && bytes_since_ >= checkpoint_bytes_;
  }
  // It is time for the next one however little was written, unless one is under way, or the last does not
  // count yet.
  void want_checkpoint();
  // Bytes of the last one, or of so much of it as has been said, whichever is more.
  std::size_t checkpoint_took() const { return std::max(checkpoint_took_, checkpoint_said_); }
  void begin_checkpoint();
  bool in_checkpoint() const { return checkpoint_begin_.has_value(); }
  std::optional<journal::Sequence> checkpoint_begin() const { return checkpoint_begin_; }
  void append_snapshot(std::string_view id, std::uint64_t revision, std::uint32_t version,
                       std::string_view state);
  // All entities have been said. False where it goes on: with who is remembered and with reminders, or until
  // outputs from before its begin are acknowledged.
  bool end_checkpoint();

  // Emits that are not acknowledged are told apart by tickets of their own.
  void set_assignment(std::uint64_t assignment) { assignment_ = assignment; }
  std::uint64_t assignment() const { return assignment_; }
  void emit_acknowledged(std::uint64_t ticket_low);
  std::uint64_t emits_unacknowledged() const { return emits_.unfinished(); }

  // All up to it counts.
  std::uint64_t counted_through() const { return counted_; }
  ShardTells& tells() { return tells_; }
  // The tell has finished: the log will say so, if no turn's record does already.
  void end_tell(const TellMark& tell);
  // Tells the shards that sent tells how many count, once this batch does.
  void acknowledge_tells();

  SourcePositions& positions() { return positions_; }
  // Those that have begun and not stopped, where the type remembers.
  Remembered& remembered() { return remembered_; }
  // The entity whose last turn has ended stopped itself: the log will say so. Requires: open.
  void entity_stopped(const Turn& turn, std::string_view id);
  // As the turns that have ended well have left them.
  Reminders& reminders() { return reminders_; }
  // The reminder whose turn begins is none any more, or due again later, if the turn ends well.
  void reminder_fires(const Reminders::Due& due, std::int64_t now_ms) const;

  // --- while it recovers
  // A record of so many bytes has been read.
  void replayed(const journal::Record& record, std::size_t bytes) {
    bytes_since_ += bytes;
    if (options_.remembers) replay_remembered(record.body);
  }
  // What a record besides the entities' own says.
  void replay(const journal::RecordHeader& header, const journal::Effects& effects);
  void replay(const journal::CheckpointPart& part);
  void replay_emits_done(const std::optional<journal::EmitId>& done);
  // Puts emits that nobody has acknowledged into `outputs`, as many as fit; false where some are left.
  bool resend(Outputs& outputs);

 private:
  struct StagedState {
    std::string id;
    std::uint64_t revision = 0;
    std::size_t at = 0;
    std::size_t size = 0;
  };
  struct StagedReminder {
    std::string entity;
    std::string name;
    std::int64_t due_ms;
    std::string content;
  };
  struct StagedEmits {
    Outbox::Mark from;
    std::size_t count;
  };
  // A copy, since what it was read from goes.
  struct PendingEmit {
    journal::EmitId id;
    std::string sink;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers;
    std::int64_t timestamp_ms;
  };
  struct HandedOver {
    std::uint64_t sequence;
    std::int64_t at_ns;
  };

  shoal_status stage(Turn& turn, std::string_view id, const void* slot, DurableState& state);
  shoal_status append_turn(Turn& turn, std::string_view id, DurableState& state);
  bool has_staged() const {
    return !staged_.empty() || !staged_emits_.empty() || !staged_reminders_.empty() ||
           !staged_positions_.empty() || tells_.staged() > 0;
  }
  void append_states();
  void append(const journal::RecordBody& body);
  journal::Effects effects();
  void clear_effects();
  void add_emit(const OutboxRecord& record);
  void add_position(Turn& turn);
  void stage(const journal::SourcePosition& position);
  void hold_staged();
  void hold(const journal::SourcePosition& position);  // the log has it
  bool takes_tell(Turn& turn);
  journal::SourcePosition position_of(const TellMark& tell);
  void hold_tell(const TellMark& tell);
  void append_tell_parts();
  void stage_reminders(std::string_view id);
  void keep_reminders(std::string_view id);
  void replay(std::span<const journal::Reminder> reminders);
  bool say_reminders();
  void remember(std::string_view id, bool is_in_record);
  void append_remembered();
  template <class Body>
  void append_ids(const std::set<std::string, std::less<>>& ids);
  bool say_remembered();
  void replay_remembered(const journal::RecordBody& body);
  bool add_again(const PendingEmit& pending, std::uint64_t tag, Outputs& outputs);
  std::optional<journal::EmitId> emits_done() const;
  std::deque<PendingEmit>::iterator end_of_record(std::deque<PendingEmit>::iterator first);
  void keep_pending(const journal::EmitId& id, const journal::Emit& emit);

  Options options_;
  journal::LogShard log_shard_;
  Phase phase_ = Phase::lost;
  bool is_leaving_ = false;
  std::uint64_t ownership_ = 0;
  std::uint64_t next_ = 1;        // sequence of the next record
  std::uint64_t counted_ = 0;     // all up to it counts
  std::uint64_t batch_from_ = 1;  // the first sequence of the batch
  std::int64_t answers_from_ns_ = 0;
  std::int64_t lease_until_ns_ = 0;
  std::deque<HandedOver> handed_over_;
  SourcePositions positions_;
  ShardTells tells_;
  OffsetLedger emits_{Offset{1}};
  Reminders reminders_;
  Remembered remembered_;
  // Of the batch, what its records do not say: who has begun, and who has stopped and not begun again.
  std::set<std::string, std::less<>> started_;
  std::set<std::string, std::less<>> stopped_;
  std::uint64_t assignment_ = 0;
  std::deque<PendingEmit> pending_;  // to be sent again
  Ticket next_resent_;               // of the first of them
  std::optional<journal::Sequence> checkpoint_begin_;
  std::size_t bytes_since_ = 0;      // of records since the begin of the last checkpoint, beside its own
  std::size_t checkpoint_said_ = 0;  // of its own
  std::size_t checkpoint_took_ = 0;  // of the last one that has its end
  std::uint64_t checkpoint_end_ = 0;
  std::size_t checkpoint_bytes_;  // since then, that make the next one
  // Since the last append: states and what goes with them of durability `state`, one turn's otherwise.
  std::uint64_t staged_from_ = 0;  // places below it are of earlier batches
  std::vector<StagedState> staged_;
  std::vector<std::uint8_t> staged_bytes_;
  std::vector<StagedEmits> staged_emits_;
  std::uint32_t staged_emit_count_ = 0;
  std::vector<journal::SourcePosition> staged_positions_;
  std::vector<StagedReminder> staged_reminders_;
  std::int64_t staged_now_ms_ = 0;
  std::size_t staged_size_ = 0;
  // Reused for each record.
  std::vector<journal::Event> events_;
  std::vector<journal::Emit> emit_views_;
  std::vector<journal::Header> header_views_;
  std::vector<journal::Reminder> reminder_views_;
  std::vector<std::string_view> id_views_;
  std::vector<std::uint8_t> saved_;
  std::vector<journal::StoredState> state_views_;
};

}  // namespace shoal::lanes
