#pragma once
// TellArrivals: which of the reliable tells that come to a durable shard run, so that each has its effect
// once and those of one sender run in the order of their numbers.
//
// Pure. Owned by one shard and used only on its lane. What the shard's log holds stands in its
// SourcePositions, with the sender as a source; here is what has been taken in since the log was read: it has
// run, or waits for its entity. Bounded by the shards that send.

#include <cstdint>
#include <map>
#include <vector>

#include "host/lanes/envelope.hpp"
#include "host/lanes/source_positions.hpp"

namespace shoal::lanes {

enum class TellArrival : std::uint8_t {
  next,         // it runs
  repeated,     // it has run, or has been taken in
  out_of_turn,  // one before it has not come: it comes again after that one
};

class TellArrivals {
 public:
  explicit TellArrivals(SourcePositions& positions) : positions_(positions) {}

  // What becomes of it. It is to be acknowledged in any case.
  TellArrival look(const TellMark& tell);
  // It runs or waits: the one after it is next. Requires: it is next.
  void taken(const TellMark& tell);
  // It has no room now: all from it on are wanted again when there is some. Requires: it is next.
  void refused(const TellMark& tell);

  // Whether the log holds it, or will with what is staged.
  bool is_held(const TellMark& tell) const;
  // All below it have finished. Where the log does not know the sender: 0.
  Offset low_of(const TellMark& tell) const;

  // The sender is to be told how far its tells count.
  void acknowledge_later(const TellMark& tell) { sender_of(tell).is_to_be_told = true; }
  // There may be room again: those that were refused are wanted. True where there are any.
  bool want_refused();
  // Calls `tell(ShardId, TypeIndex, const TellMark&)` for each acknowledgement that is due, with the shard it
  // goes to; from then on none is.
  template <class Tell>
  void take_acknowledgements(Tell&& tell);

  void clear() { senders_.clear(); }

 private:
  struct Key {
    std::uint32_t source;
    ShardId shard;
    friend constexpr auto operator<=>(const Key&, const Key&) = default;
  };
  struct Sender {
    TypeIndex type{};
    std::uint64_t next = 0;
    bool is_to_be_told = false;
    bool was_refused = false;
    bool wants_again = false;
  };

  Sender& sender_of(const TellMark& tell) { return senders_[{tell.source, tell.peer_shard}]; }
  static Partition partition_of(ShardId shard) { return Partition{static_cast<std::int32_t>(shard.value)}; }

  SourcePositions& positions_;
  std::map<Key, Sender> senders_;
};

template <class Tell>
void TellArrivals::take_acknowledgements(Tell&& tell) {
  for (auto& [key, sender] : senders_) {
    if (!sender.is_to_be_told) continue;
    sender.is_to_be_told = false;
    TellMark mark;
    mark.source = key.source;
    mark.peer_shard = key.shard;
    mark.number = static_cast<std::uint64_t>(low_of(mark).value);
    mark.again = sender.wants_again;
    sender.wants_again = false;
    tell(key.shard, sender.type, mark);
  }
}

}  // namespace shoal::lanes
