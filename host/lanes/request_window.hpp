#pragma once
// RequestWindow: the requests of one type on one lane that were seen a short while ago, with their replies,
// so that a repeated request gets the first one's reply instead of a second run.
//
// Pure: no clock; times are steady milliseconds. Owned by one lane and used only there. A request is the hash
// of its entity's id and the id its sender gave it. It is remembered for `window_ms` from its first coming,
// answered or not. Bounds: `entries_max` and `bytes_max`, replies included; for want of room the oldest is
// forgotten and counted, and when it comes again it runs again. A reply that would not fit even alone is not
// kept: its request is remembered and answered with TOO_LARGE.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/abi/base.h"

namespace shoal::lanes {

inline constexpr std::size_t request_id_bytes_max = 64;

enum class RequestState : std::uint8_t {
  fresh,     // not seen in the window: run it, then `finish` or `forget`
  running,   // seen, and its reply is not there yet
  answered,  // seen: `reply` has what was answered
};

// Names one remembered request; never reused for another.
struct RequestKey {
  std::uint64_t sequence = 0;
  std::uint32_t slot = 0;
};

struct KeptReply {
  shoal_status status = SHOAL_STATUS_OK;
  shoal_codec codec = SHOAL_CODEC_BYTES;
  std::string_view body;
};

class RequestWindow {
 public:
  struct Options {
    std::int64_t window_ms;
    std::uint32_t entries_max;
    std::uint64_t bytes_max;  // at least one entry's: entry_bytes
  };
  struct Seen {
    RequestState state;
    RequestKey key;
  };

  // What an entry without a reply counts against `bytes_max`, look-up cells included.
  static const std::uint64_t entry_bytes;

  // Requires: each option is greater than 0, `bytes_max` >= entry_bytes.
  explicit RequestWindow(const Options& options);

  // Looks the request up; a fresh one is remembered as running. `entity_hash` is hash_of(entity id).
  // Requires: 1..64 bytes of `request_id`.
  Seen begin(std::uint64_t entity_hash, std::string_view request_id, std::int64_t now_ms);

  // Whether it is remembered and has no reply yet.
  bool is_running(RequestKey key) const {
    return holds(key) && entries_[key.slot].state == RequestState::running;
  }

  // Keeps the reply, which is copied. False where the request was forgotten meanwhile.
  // Requires: the request is running.
  bool finish(RequestKey key, const KeptReply& reply);

  // The request's turn failed: when it comes again it is fresh. False where it was forgotten meanwhile.
  bool forget(RequestKey key);

  // The reply of an answered request; the body is valid until the window changes.
  // Requires: `begin` has just said `answered`.
  KeptReply reply(RequestKey key) const;

  // Frees up to `entries_max` requests older than the window. `begin` frees more than it adds, so this is
  // only for a type that falls silent.
  void expire(std::int64_t now_ms, std::uint32_t entries_max);

  std::uint32_t size() const { return size_; }
  std::uint64_t bytes() const { return bytes_; }
  // Requests forgotten for want of room before their window was over.
  std::uint64_t forgotten_early() const { return forgotten_early_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Entry {
    std::uint64_t sequence;  // 0: free
    std::uint64_t entity_hash;
    std::uint64_t hash;
    std::int64_t begun_ms;
    std::uint32_t older;  // of a free entry: the next free one
    std::uint32_t younger;
    RequestState state;
    std::uint8_t id_size;
    bool is_kept;  // the reply; false: it was too large
    char id[request_id_bytes_max];
    shoal_status status;
    shoal_codec codec;
    std::string body;
  };

  bool expired(const Entry& entry, std::int64_t now_ms) const {
    return now_ms - entry.begun_ms >= options_.window_ms;
  }
  bool holds(RequestKey key) const {
    return key.sequence != 0 && key.slot < entries_.size() && entries_[key.slot].sequence == key.sequence &&
           !expired(entries_[key.slot], now_ms_);
  }
  std::uint32_t find(std::uint64_t hash, std::uint64_t entity_hash, std::string_view request_id) const;
  std::uint32_t insert(std::uint64_t hash, std::int64_t now_ms);
  void put_cell(std::uint32_t slot);
  void erase_cell(std::uint32_t slot);
  void grow_cells();
  void remove(std::uint32_t slot);
  void remove_for_room(std::uint32_t slot);

  Options options_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> cells_;  // open addressing, linear probing: slots, at most half full
  std::uint64_t mask_;
  std::uint32_t oldest_ = kNone;
  std::uint32_t youngest_ = kNone;
  std::uint32_t free_ = kNone;
  std::uint32_t size_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::int64_t now_ms_ = INT64_MIN;  // the latest seen
  std::uint64_t forgotten_early_ = 0;
};

}  // namespace shoal::lanes
