#pragma once
// ShardLog: the logs of a lane's shards, as the lane sees them. One per lane; the file log and the Kafka log
// are two of them. The lane never waits: what it asks for goes to the log's own thread, what came of it is
// taken out with `poll`.
//
//   claim ─► Claimed ─► read ─► ReadChunk… ─► ReadEnd ─► append… commit ─► Counted…   ─► close ─► Closed
//        └─► ClaimRefused   └─► Failed                              └─► Failed (the epoch is over)
//
// A shard may be read again at any time until it is closed, while appends go on.
//
// An append counts when it is on the disk and its owner has then seen that no newer claim stands. Only what
// counts may be answered, emitted, cached or committed. Counted is in order and without gaps: it says
// `through`.
//
// Failed ends the epoch: whatever was appended and has not counted is not answered. The shard throws its
// entities away and, if this is still its home, claims again. Records that did not count may yet be found
// there by the next read (they were written, and no newer owner had sealed the log before them).
//
// Deletion needs no call: when a checkpoint_end counts, what stands before its begin is no longer read, and
// goes, once the reads that were asked for before are done.
//
// Full: `has_room` is false while `append_bytes_max` bytes wait to be written, or the disk is full
// (`DiskFull` is said once, `DiskHasRoom` when it goes on). The lane then holds its sources; what it has
// begun it may append, since a batch and a turn have their own bounds.
//
// All calls: [lane].

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "journal/chain.hpp"
#include "journal/claim.hpp"
#include "journal/ids.hpp"
#include "journal/record.hpp"
#include "shoal/base/result.hpp"

namespace shoal::journal {

inline constexpr std::size_t record_bytes_max_default = 1024 * 1024;

struct Claimed {
  LogShard shard;
  Epoch epoch;
  Decision decision;
  Sequence next;  // of the first record to be appended; all before are what is to be read
  // So long earlier owners may still answer on their leases; 0: nobody does.
  std::uint32_t earlier_lease_ms = 0;
  std::vector<OwnedEpoch> epochs;  // that hold, as far back as the log goes; the last is this one
};

enum class ClaimRefusal : std::uint8_t {
  newer_claim,     // somebody else claimed meanwhile
  stale_decision,  // a claim with a newer decision stands
  damaged,         // what is there cannot be believed; the message says which file
  storage,         // reading or writing failed
};

struct ClaimRefused {
  std::string type;
  ShardId shard;
  ClaimRefusal reason = ClaimRefusal::newer_claim;
  std::string message;
};

// Everything of this shard up to and with `through` counts.
struct Counted {
  LogShard shard;
  Epoch epoch;
  Sequence through;
};

enum class LogFailure : std::uint8_t {
  newer_claim,  // the shard has another owner
  storage,      // nothing more is written by this log: every epoch of the lane is over
  damaged,      // what was to be read cannot be believed
};

struct Failed {
  LogShard shard;
  Epoch epoch;
  LogFailure reason = LogFailure::newer_claim;
  std::string message;
};

// Records of one shard, in order, their checksums seen to. `bytes` lives until the chunk is given back;
// iterate with take_record (journal/record_codec.hpp).
struct ReadChunk {
  LogShard shard;
  std::string_view bytes;
  std::size_t records = 0;
  std::uint32_t id = 0;  // for give_back
};

// All that is to be read has been handed over.
struct ReadEnd {
  LogShard shard;
  std::uint64_t records = 0;
};

// What came of it. Called by `poll`, in the order in which it happened; may call the log.
class LogListener {
 public:
  virtual void claimed(const Claimed& outcome) = 0;
  virtual void claim_refused(const ClaimRefused& outcome) = 0;
  virtual void counted(const Counted& outcome) = 0;
  virtual void failed(const Failed& outcome) = 0;
  virtual void read_chunk(const ReadChunk& chunk) = 0;
  virtual void read_end(const ReadEnd& outcome) = 0;
  // The `closed` record counts: the shard may be claimed elsewhere, nothing more comes of it here.
  virtual void shard_closed(LogShard shard) = 0;
  // `message` names the directory and says what to do.
  virtual void disk_full(const std::string& message) = 0;
  virtual void disk_has_room() = 0;

 protected:
  ~LogListener() = default;
};

// Of files that this log has made.
struct LogSpace {
  std::uint64_t bytes = 0;        // files that are read or written, or kept to be used again
  std::uint64_t freed_bytes = 0;  // of log that nobody needs any more, since it was opened
};

class ShardLog {
 public:
  virtual ~ShardLog() = default;

  // Claimed or ClaimRefused comes of it. Requires: the shard is not claimed here.
  virtual void claim(ClaimRequest request) = 0;

  // Hands over the shard's records through the last one whose commit was handed over before this call: those
  // from `from` on, or those from the begin of the last checkpoint on, whichever is later. So it waits for
  // such commits to count; what is appended later is not in it. At most four chunks of a log are out at a
  // time; ReadEnd or Failed comes last (or Closed, where the shard is closed meanwhile). Reads of one shard
  // are done one after the other. Requires: claimed, neither failed nor closing.
  virtual void read(LogShard shard, Sequence from) = 0;
  virtual void give_back(const ReadChunk& chunk) = 0;

  // Puts a record into what the next commit takes, and says its sequence. Allocates nothing once warm.
  // Requires: claimed, neither failed nor closed; encoded_bytes(body) <= record_bytes_max().
  virtual Sequence append(LogShard shard, const RecordBody& body) = 0;
  // Hands over what was appended since as one group commit; Counted or Failed comes of each shard in it. The
  // records of one commit reach the disk together; after a crash a part of them may be there, of each shard a
  // beginning.
  virtual void commit() = 0;
  virtual bool has_room() const = 0;
  virtual std::size_t record_bytes_max() const = 0;
  // So many bytes of the log, whichever shards they are of, stay for the sake of this one: those from the
  // begin of its last checkpoint that counts on, or from its claim. 0 where each shard has a log of its own.
  // Requires: claimed, neither failed nor closed.
  virtual std::uint64_t kept_bytes(LogShard shard) const = 0;
  // What the log takes of the host's disk; nothing where it is not there.
  virtual LogSpace space() const { return {}; }

  // Appends `closed` and commits; shard_closed or failed comes of it. Requires: claimed, not failed.
  virtual void close(LogShard shard) = 0;

  // Calls the listener for all that came of anything so far; false where there was nothing. The wake function
  // that the log was made with is called whenever there is something after there was nothing. [any-thread:
  // log]
  virtual bool poll(LogListener& listener) = 0;
};

}  // namespace shoal::journal
