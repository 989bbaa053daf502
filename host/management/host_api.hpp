#pragma once
// What the management routes ask of the host: plain values and one abstract class. The routes know nothing
// else of the host, so that they run in a test against a fake.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/management/callback.hpp"
#include "host/management/cluster_api.hpp"
#include "shoal/abi/base.h"
#include "shoal/base/result.hpp"

namespace shoal::management {

// One partition of a source. A number the host does not know (yet) is empty and shown as null.
struct PartitionStatus {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::int64_t> committed;       // next offset in the group; empty before the first commit
  std::optional<std::int64_t> position;        // next offset to read
  std::optional<std::int64_t> high_watermark;  // offset one past the partition's last record
  std::optional<std::int64_t> lag;             // high watermark - next offset to commit
};

// in_total = done_total + dead_letters_total + in_flight, disjoint.
struct SourceStatus {
  std::string name;
  std::string type;
  std::vector<std::string> topics;
  std::optional<std::int64_t> lag;  // records; empty until every partition's lag is known
  std::uint64_t in_total = 0;
  std::uint64_t done_total = 0;
  std::uint64_t dead_letters_total = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t lost_total = 0;  // offsets skipped, since their records were gone before they were read
  std::string state;             // one word, e.g. running, waiting, held
  std::string reason;            // why it is not running; empty where it is
  std::vector<PartitionStatus> partitions;
};

// emitted_total = acknowledged_total + failed_total + in_flight, disjoint.
struct SinkStatus {
  std::string name;
  std::string topic;
  std::uint64_t emitted_total = 0;
  std::uint64_t acknowledged_total = 0;
  std::uint64_t failed_total = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t in_flight_bytes = 0;  // keys and values
};

// A turn that has run for longer than it should, and still does.
struct StuckTurn {
  std::string type;
  std::string id;              // its first 64 bytes
  std::uint64_t id_bytes = 0;  // all of them
  std::string module;          // id of the module that provides the type
  std::string version;         // of the module
  std::int64_t since_ms = 0;   // since the Unix epoch; up to a second after the turn's begin
  bool is_last = false;        // it is inside of the entity's on_stop
};

// The threads of a type whose turns may block.
struct BlockingStatus {
  std::uint32_t threads = 0;
  std::uint32_t running = 0;        // inside of a turn
  std::uint64_t turns_total = 0;    // that have ended
  std::uint64_t waiting = 0;        // records and messages that wait for their turn
  std::uint64_t waiting_bytes = 0;  // of those
  double turn_seconds = 0;          // of the longest turn that runs; 0 where all began less than a second ago
  std::vector<StuckTurn> stuck;     // those that take longer than the type's warning
};

struct TypeStatus {
  std::string name;
  std::string module;  // id of the module that provides it
  std::uint64_t generation = 0;
  std::uint32_t shards = 0;
  std::uint64_t entities = 0;                // active in memory
  std::uint64_t parked = 0;                  // entities whose messages are refused after failures
  std::uint64_t kept_bytes = 0;              // of records and messages that wait for their entity
  std::uint64_t shed_total = 0;              // entities that have left memory for want of it
  std::uint64_t stop_timeouts_total = 0;     // entities that did not stop in time after their stop message
  std::uint64_t remembered = 0;              // entities that run again after a restart
  std::uint64_t remembered_to_start = 0;     // of these, that are yet to be started
  std::uint64_t reminders = 0;               // that are yet to come
  std::uint64_t reminders_run_total = 0;     // their turns that have ended well
  std::uint32_t active_entities_max = 0;     // 0: any number
  std::optional<BlockingStatus> blocking{};  // of a type whose turns may block
};

// How many of all records since the start took at most so long.
struct LatencyBucket {
  double bound_seconds = 0;
  std::uint64_t count = 0;
};

// Of records: from the batch being taken to the turn's end. The quantiles are of the last seconds, the rest
// counts since the start.
struct LatencyStatus {
  double p50_us = 0;
  double p99_us = 0;
  std::vector<LatencyBucket> buckets;  // by ascending bound
  std::uint64_t count = 0;
  double sum_seconds = 0;
};

struct LaneStatus {
  std::uint32_t lane = 0;
  std::uint64_t records_total = 0;               // turns of records that have ended
  std::uint64_t messages_total = 0;              // tells and asks run
  std::uint64_t message_dead_letters_total = 0;  // tells and asks refused or failed
  std::uint64_t inbox_bytes = 0;                 // of the messages and replies that wait for the lane
  std::uint64_t outbox_bytes = 0;                // of the records that wait for room in the producer
  std::uint64_t mail_bytes = 0;  // of the messages and replies that have not left it, or are for itself
  std::uint64_t asks = 0;        // that wait for their reply
  std::uint64_t timers = 0;      // that wait for their time, those of asks among them
  std::uint64_t tells = 0;       // between durable entities, that wait for their acknowledgement
  std::uint64_t tells_resent_total = 0;
  std::uint64_t tells_repeated_total = 0;       // that came again, or before their turn, and did not run
  std::uint64_t journal_bytes = 0;              // of the lane's files in journal.directory
  std::uint64_t journal_freed_bytes_total = 0;  // of its log that nobody needs any more
  double turn_seconds = 0;  // how long one turn has run now; 0 for one that began less than a second ago
  std::optional<StuckTurn> stuck{};
};

// How many were dropped, and why.
struct ReasonCount {
  std::string reason;
  std::uint64_t count = 0;
};

// The host's process as the kernel sees it.
struct ProcessStatus {
  double cpu_seconds_total = 0;  // user and system
  std::uint64_t resident_memory_bytes = 0;
  std::uint64_t virtual_memory_bytes = 0;
  double start_time_seconds = 0;  // since the Unix epoch
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
  std::uint64_t threads = 0;
};

// The memory that decides on entities leaving it.
struct MemoryStatus {
  std::uint64_t limit_bytes = 0;     // 0: nobody looks
  std::uint64_t used_bytes = 0;      // at the last look: resident less reusable
  std::uint64_t reusable_bytes = 0;  // what ended entities left for new ones, where it was looked at
  bool is_shedding = false;          // entities leave it now
  std::uint64_t shed_total = 0;      // entities that have left it so
};

// States of durable entities that are not active, on the host's disk.
struct StateStoreStatus {
  std::uint64_t entities = 0;        // about
  std::uint64_t disk_bytes = 0;      // of its files
  std::uint64_t backlog_bytes = 0;   // of states that wait to be written
  std::uint64_t rebuilds_total = 0;  // shards made again from their logs, since the store was not believed
};

// What came of the last SIGHUP.
struct ReloadStatus {
  std::int64_t time_ms = 0;  // Unix time
  bool applied = false;
  std::string reason;  // why it was refused; empty where it was applied
  std::vector<std::string> changed;
  std::vector<std::string> needs_restart;
};

struct Status {
  bool ready = false;
  std::string node;
  std::string version;
  std::uint64_t entities = 0;  // active in memory
  std::vector<SourceStatus> sources;
  std::vector<SinkStatus> sinks;
  std::vector<TypeStatus> types;
  LatencyStatus record_latency;
  std::vector<std::string> reasons;  // why it is not ready; empty where it is
  std::vector<LaneStatus> lanes;
  std::vector<ReasonCount> message_dead_letters;  // every reason, over all lanes
  std::vector<ReasonCount> record_dead_letters;   // the same of sources' records
  ProcessStatus process;
  MemoryStatus memory;
  std::optional<StateStoreStatus> state_store;  // empty: there is none
  std::optional<ClusterStatus> cluster;         // empty: the host runs alone
  std::optional<ReloadStatus> last_reload;      // empty: the configuration is the one of the start
};

// One readiness check. The reason says what is wrong and the operator's next step; empty where it is ok.
struct Check {
  std::string name;
  bool ok = false;
  std::string reason;
};

// An entity whose messages are refused after failures, until it is taken out.
struct ParkedEntity {
  std::string id;
  std::int64_t since_ms = 0;   // since the Unix epoch
  std::uint64_t failures = 0;  // within the type's window, when it was parked
  std::string reason;          // of the last failure
};

// Which part of an entity's history is asked for.
struct HistoryQuery {
  std::uint64_t from = 1;  // a sequence of its shard's log
  std::size_t limit = 100;
};

// What the log says of an entity, from a sequence on.
struct EntityHistory {
  // Each a JSON object of one line. To be called once, by whoever writes the answer: a lane has better to do.
  std::function<std::vector<std::string>()> records;
  std::optional<std::uint64_t> next;  // where to go on; none: that is all
};

// A record or message that was refused; what nobody knows is empty.
struct DeadLetter {
  struct Sender {
    std::string type;
    std::string id;
  };
  struct Position {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };
  std::uint64_t number = 0;  // ascending
  std::int64_t time_ms = 0;  // since the Unix epoch
  std::string kind;          // record, tell, ask, reply, turn
  std::string reason;
  std::string detail;
  std::string type;
  std::string id;
  std::string message;
  std::uint64_t body_bytes = 0;
  std::optional<Sender> sender{};      // the entity that asked
  std::optional<Position> position{};  // of a record
};

struct DeadLetterPage {
  std::vector<DeadLetter> dead_letters;  // ascending
  std::uint64_t last = 0;                // to go on after
  std::uint64_t missed = 0;              // refused since then, and no longer kept
};

// What of a type can change while it runs.
struct TypeChange {
  std::uint32_t active_entities_max = 0;  // 0: any number
};

struct ModuleInfo {
  std::string id;
  std::string version;
  std::string built_with;
  std::string sha256;
  std::string path;
  std::uint64_t generation = 0;
  std::vector<std::string> types;
};

// An ask or a tell as it came in. `body` is JSON text as the caller wrote it, checked, empty where none was
// given: hand it to `transcode` (body_codec.hpp) with the codec of the message, whatever that is.
struct EntityMessage {
  std::string type;
  std::string id;  // 1..1024 arbitrary bytes, already decoded
  std::string message;
  std::string body;
  shoal_codec codec = SHOAL_CODEC_JSON;
  std::uint32_t timeout_ms = 0;  // asks and receipts: 1..86,400,000; other tells: 0
  std::string receipt;           // of a tell: accepted, processed or persisted; empty: none
  std::string traceparent;       // W3C trace context; empty where none came
};

// What the entity answered. A `status` other than OK is the entity's own "no" and comes with `error`; a turn
// that failed is ErrorCode::failed of the call instead. How both map to HTTP is in README.md.
struct Reply {
  shoal_status status = SHOAL_STATUS_OK;
  shoal_codec codec = SHOAL_CODEC_JSON;
  std::string body;
  std::string error;
};

// The host as the routes see it. Every function is called on the management thread [management] and returns
// without waiting for a lane. A callback is called exactly once, from any thread, also before the function
// returns; it never blocks and never throws. A callback that comes after the caller's deadline, or after the
// server has stopped, does nothing. Whoever implements this outlives the server. Bounds: the implementation
// refuses with ErrorCode::overloaded what it has no room for.
class HostApi {
 public:
  virtual ~HostApi() = default;

  // Every check, in a fixed order. The host is ready when all are ok.
  virtual std::vector<Check> readiness() = 0;
  // Null where the host runs alone. It lives as long as the host.
  virtual ClusterApi* cluster() = 0;
  virtual Status status() = 0;
  virtual std::vector<ModuleInfo> modules() = 0;
  // The first `limit` dead letters after a number; without one the last `limit`.
  virtual DeadLetterPage dead_letters(std::optional<std::uint64_t> after, std::size_t limit) = 0;

  // `path` is as the caller wrote it: the implementation refuses (ErrorCode::refused) what lies outside the
  // directories the configuration names.
  virtual void load_module(std::string path, Callback<ModuleInfo> done) = 0;

  // ErrorCode::not_found: no such type or message. ErrorCode::invalid_argument: the body does not fit the
  // message. A tell with a receipt comes here as well, and the receipt is its reply: OK when its level is
  // reached, UNSUPPORTED where the host cannot reach it.
  virtual void ask(EntityMessage message, Callback<Reply> done) = 0;
  // Done when the message has its place in the entity's shard, not when its turn has run.
  virtual void tell(EntityMessage message, Callback<void> done) = 0;

  // Ids of at most `limit` active entities, in no particular order. ErrorCode::not_found: no such type.
  virtual void list_entities(std::string type, std::size_t limit,
                             Callback<std::vector<std::string>> done) = 0;
  // The entity's state as one JSON value. ErrorCode::not_found: no such type, or the entity is not active.
  virtual void describe_entity(std::string type, std::string id, Callback<std::string> done) = 0;

  // What the entity's log says of it, whether it is active or not; what does not count yet is waited for.
  // ErrorCode::not_found: no such type, or the log says nothing of the entity, asked from 0 or 1 on.
  // ErrorCode::refused: the type is not durable. ErrorCode::unavailable: the shard's log is not here.
  virtual void entity_history(std::string type, std::string id, HistoryQuery query,
                              Callback<EntityHistory> done) = 0;

  // At most `limit` parked entities, in the order of their ids. ErrorCode::not_found: no such type.
  virtual void list_parked(std::string type, std::size_t limit, Callback<std::vector<ParkedEntity>> done) = 0;
  // Takes an entity out of the parked ones. ErrorCode::not_found: no such type, or it is not parked.
  virtual void unpark_entity(std::string type, std::string id, Callback<void> done) = 0;

  // Changes a type until the host starts again, in all its shards, and gives what counts now.
  // ErrorCode::not_found: no such type.
  virtual void change_type(std::string type, TypeChange change, Callback<TypeChange> done) = 0;
};

}  // namespace shoal::management
