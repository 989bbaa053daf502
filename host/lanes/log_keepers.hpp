#pragma once
// LogKeepers: pure: which of a lane's shards is to make a checkpoint so that the lane's log can go, whether
// it has written anything or not.
//
// The shards of a lane share the files of its log, and a file goes when no shard needs anything in it. So a
// shard that writes little keeps what the others write, and its own bytes never say that it is time. What a
// log may keep is a multiple of what checkpoints of all its shards take, each with a least share:
//
//   kept_bytes_max = 4 × sum over the shards of max(bytes of its last checkpoint, checkpoint_bytes / 4)
//
// While that much is written, each shard makes one checkpoint for this reason at most: they are a quarter of
// what is written at most, themselves included, however large a shard is that does nothing.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace shoal::lanes {

inline constexpr std::uint64_t log_parts_a_checkpoint = 4;

class LogKeepers {
 public:
  // `checkpoint_bytes`: of its own records, after which a shard makes a checkpoint in any case.
  explicit LogKeepers(std::size_t checkpoint_bytes)
      : share_bytes_min_(checkpoint_bytes / log_parts_a_checkpoint) {}

  // One more shard: so many bytes of the log stay for its sake, and its last checkpoint took so many. True
  // where none before it keeps as much: of all that are added it is the last such one that is next.
  bool add(std::uint64_t kept_bytes, std::uint64_t took_bytes) {
    kept_bytes_max_ += log_parts_a_checkpoint * std::max(took_bytes, share_bytes_min_);
    if (kept_bytes <= kept_bytes_) return false;
    kept_bytes_ = kept_bytes;
    return true;
  }

  std::uint64_t kept_bytes() const { return kept_bytes_; }
  std::uint64_t kept_bytes_max() const { return kept_bytes_max_; }
  // The log keeps too much: the shard that is next makes a checkpoint. It stays the next one until that
  // counts, so that they come one after the other.
  bool wants_checkpoint() const { return kept_bytes_ > kept_bytes_max_; }

 private:
  std::uint64_t share_bytes_min_;
  std::uint64_t kept_bytes_ = 0;
  std::uint64_t kept_bytes_max_ = 0;
};

}  // namespace shoal::lanes
