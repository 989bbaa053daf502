#include "host/lanes/tell_arrivals.hpp"

#include <algorithm>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

bool TellArrivals::is_held(const TellMark& tell) const {
  const auto* position = positions_.find(tell.source, partition_of(tell.peer_shard));
  return position != nullptr && position->holds(Offset{static_cast<std::int64_t>(tell.number)});
}

Offset TellArrivals::low_of(const TellMark& tell) const {
  const auto* position = positions_.find(tell.source, partition_of(tell.peer_shard));
  return position == nullptr ? Offset{0} : position->low;
}

TellArrival TellArrivals::look(const TellMark& tell) {
  Sender& sender = sender_of(tell);
  sender.type = tell.peer_type;
  sender.is_to_be_told = true;
  // What the sender knows to be acknowledged counted here, whatever this log has of it.
  const Offset acknowledged{static_cast<std::int64_t>(tell.first_pending)};
  if (acknowledged > low_of(tell))
    positions_.finished_below(tell.source, partition_of(tell.peer_shard), acknowledged, {});
  sender.next = std::max(sender.next, static_cast<std::uint64_t>(low_of(tell).value));
  const auto* position = positions_.find(tell.source, partition_of(tell.peer_shard));
  while (position != nullptr && position->holds(Offset{static_cast<std::int64_t>(sender.next)}))
    ++sender.next;
  if (tell.number < sender.next) return TellArrival::repeated;
  return tell.number == sender.next ? TellArrival::next : TellArrival::out_of_turn;
}

void TellArrivals::taken(const TellMark& tell) {
  Sender& sender = sender_of(tell);
  SHOAL_ASSERT(sender.next == tell.number);
  ++sender.next;
  sender.was_refused = false;
}

void TellArrivals::refused(const TellMark& tell) { sender_of(tell).was_refused = true; }

bool TellArrivals::want_refused() {
  bool any = false;
  for (auto& [key, sender] : senders_) {
    if (!sender.was_refused) continue;
    sender.was_refused = false;
    sender.wants_again = sender.is_to_be_told = any = true;
  }
  return any;
}

}  // namespace shoal::lanes
