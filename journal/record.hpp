#pragma once
// Record: what stands in the log of a shard, as views. The same structs are encoded and decoded; FORMAT.md
// has the bytes. Pure.
//
// Texts and lists are borrowed: from the caller when a record is encoded, from the bytes and the decoder when
// it was decoded (RecordDecoder says how long).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "journal/ids.hpp"

namespace shoal::journal {

// The numbers stand in files: none is given a second meaning.
enum class RecordKind : std::uint8_t {
  turn = 1,      // what one turn of one entity did (durability `events`)
  state = 2,     // the last states that a batch left, and all that it did besides (durability `state`)
  snapshot = 3,  // an entity's state
  checkpoint_begin = 4,  // from here on everything of the shard is said once more
  checkpoint_part = 5,   // positions, pending emits and reminders, as they are now
  checkpoint_end = 6,    // said: nothing before the begin is needed to recover
  renew = 7,             // the owner still owns
  closed = 8,            // the owner has stopped; the last record of its epoch
  entity_started = 9,    // remembered from now on
  entity_stopped = 10,   // no longer
};

struct Event {
  std::uint32_t number = 0;   // shoal::event_number of its name
  std::uint32_t version = 0;  // of how it is written
  std::string_view bytes;
  friend bool operator==(const Event&, const Event&) = default;
};

// The record of a source that a turn took in.
struct SourcePosition {
  std::uint32_t source = 0;  // type_number(topic), or of whom else the shard has something: FORMAT.md
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t finished_below = 0;  // every offset below it has finished, whether or not the log names it
  std::int64_t timestamp_ms = 0;    // of the record there, as its crc: a topic made anew does not have it
  std::uint32_t crc = 0;
  std::uint32_t before = 0;  // so many offsets right before it are of the same record of the log
  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

// A run of finished offsets, [first, end).
struct OffsetRange {
  std::int64_t first = 0;
  std::int64_t end = 0;
  friend bool operator==(const OffsetRange&, const OffsetRange&) = default;
};

// How far a shard has taken in a partition: all below `last.finished_below` and the runs above it; `last` is
// the record with the highest offset that it has taken in.
struct SourceProgress {
  SourcePosition last;
  std::span<const OffsetRange> finished_above;  // ascending
};

struct Header {
  std::string_view name;
  std::optional<std::string_view> value;
  friend bool operator==(const Header&, const Header&) = default;
};

// Something that leaves the shard once its record counts. Its id is (shard, sequence of the record, index in
// it).
struct Emit {
  std::string_view sink;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::span<const Header> headers;
  std::int64_t timestamp_ms = -1;  // -1: the time it is sent
};

// Of the record with this sequence the emit with this index.
struct EmitId {
  Sequence sequence;
  std::uint32_t index = 0;
  friend constexpr auto operator<=>(const EmitId&, const EmitId&) = default;
};

struct PendingEmit {
  EmitId id;
  Emit emit;
};

inline constexpr std::int64_t reminder_cancelled = -1;

struct Reminder {
  std::string_view entity;
  std::string_view name;
  std::int64_t due_ms = 0;  // since 1970; or reminder_cancelled
  std::string_view payload;
  friend bool operator==(const Reminder&, const Reminder&) = default;
};

struct StoredState {
  std::string_view entity;
  std::uint64_t revision =
      0;  // counts the entity's events (durability `state`: its stored states); the first is 1
  std::uint32_t version = 0;  // of how the state is written
  std::string_view bytes;
  friend bool operator==(const StoredState&, const StoredState&) = default;
};

// What turns do besides changing state.
struct Effects {
  std::int64_t now_ms = 0;          // the turn's time, since 1970
  std::string_view module_version;  // of the module whose code it was
  std::span<const SourcePosition> sources;
  std::span<const Emit> emits;
  std::span<const Reminder> reminders;
  std::optional<EmitId> emits_done;  // this one and all before it, beside tells, need not be sent again
};

struct Turn {
  std::string_view entity;
  std::uint64_t revision = 0;  // after the last of the events
  std::uint32_t state_version = 0;
  std::span<const Event> events;
  Effects effects;
};
struct States {
  std::span<const StoredState> entities;
  Effects effects;
};
struct Snapshot {
  StoredState state;
  std::string_view module_version;
};
struct CheckpointBegin {};
// As many as it takes, each shorter than the record limit, one after the other right before the end. Turns
// between the begin and the first part have changed positions, emits and reminders; the parts say all of
// these anew. `entity_started` between the begin and the parts says all remembered entities anew.
struct CheckpointPart {
  std::span<const SourceProgress> sources;
  std::span<const PendingEmit> emits;
  std::span<const Reminder> reminders;
};
struct CheckpointEnd {
  Sequence begin;  // of its checkpoint_begin
};
struct Renew {
  std::optional<EmitId> emits_done;
};
struct Closed {};
struct EntitiesStarted {
  std::span<const std::string_view> entities;
};
struct EntitiesStopped {
  std::span<const std::string_view> entities;
};

// The order of the alternatives is that of RecordKind.
using RecordBody = std::variant<Turn, States, Snapshot, CheckpointBegin, CheckpointPart, CheckpointEnd, Renew,
                                Closed, EntitiesStarted, EntitiesStopped>;

inline RecordKind kind_of(const RecordBody& body) { return static_cast<RecordKind>(body.index() + 1); }

struct RecordHeader {
  LogShard shard;
  Epoch epoch;
  Sequence sequence;
  RecordKind kind = RecordKind::turn;
  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

struct Record {
  RecordHeader header;
  RecordBody body;
};

}  // namespace shoal::journal
