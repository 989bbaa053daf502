#include "cluster/transport/counters.hpp"

namespace shoal::transport {

const char* name_of(Drop drop) {
  switch (drop) {
    case Drop::link_full:
      return "link_full";
    case Drop::too_long:
      return "too_long";
    case Drop::closed:
      return "closed";
    case Drop::stale:
      return "stale";
    case Drop::forgotten:
      return "forgotten";
    case Drop::inbox_full:
      return "inbox_full";
    case Drop::stranger:
      return "stranger";
    case Drop::malformed:
      return "malformed";
  }
  return "none";
}

Counters Tally::read() const {
  const auto value = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  const auto event = [&](Event which) { return value(events_[static_cast<std::size_t>(which)]); };
  Counters counters;
  for (std::size_t i = 0; i < channels; ++i) {
    counters.messages_out[i] = value(out_.messages[i]);
    counters.messages_in[i] = value(in_.messages[i]);
    counters.bytes_out[i] = value(out_.bytes[i]);
    counters.bytes_in[i] = value(in_.bytes[i]);
  }
  for (std::size_t i = 0; i < drops; ++i) counters.dropped[i] = value(dropped_[i]);
  counters.connections_made = event(Event::connection_made);
  counters.connections_lost = event(Event::connection_lost);
  counters.connections_failed = event(Event::connection_failed);
  counters.hellos_refused = event(Event::hello_refused);
  counters.keys_refused = event(Event::key_refused);
  counters.handshakes_failed = event(Event::handshake_failed);
  return counters;
}

}  // namespace shoal::transport
