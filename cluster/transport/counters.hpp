#pragma once
// Counters: what a transport has carried and what not. Counted with relaxed atomics, read by anyone.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "cluster/transport/frame.hpp"
#include "cluster/transport/node.hpp"

namespace shoal::transport {

// Why messages went nowhere.
enum class Drop : std::uint8_t {
  link_full,  // refused by `send`: too much waits for the address
  too_long,   // refused by `send`
  closed,     // refused by `send`: stopped or forgotten
  stale,  // gone with a connection: membership's that waited when it failed, what it did not take after all
  forgotten,   // waited for an address that was forgotten, or when the transport stopped
  inbox_full,  // received, and not taken fast enough
  stranger,    // received without an accepted hello, or of a key or an incarnation that no longer counts
  malformed,   // received, and no frame of ours
};
inline constexpr std::size_t drops = 8;
const char* name_of(Drop drop);

struct Counters {
  std::array<std::uint64_t, channels> messages_out{}, messages_in{}, bytes_out{}, bytes_in{};
  std::array<std::uint64_t, drops> dropped{};  // messages; frames where they are no messages
  std::uint64_t connections_made = 0, connections_lost = 0, connections_failed = 0;
  std::uint64_t hellos_refused = 0;     // by us
  std::uint64_t keys_refused = 0;       // by us: not on the allow list
  std::uint64_t handshakes_failed = 0;  // noise, silence, other protocols
};

// The counters while they grow. [any-thread]
class Tally {
 public:
  enum class Event : std::uint8_t {
    connection_made,
    connection_lost,
    connection_failed,
    hello_refused,
    key_refused,
    handshake_failed,
  };

  void out(const Batch& batch) { count(out_, batch); }
  void in(const Batch& batch) { count(in_, batch); }
  void drop(Drop drop, std::uint64_t messages) { add(dropped_[static_cast<std::size_t>(drop)], messages); }
  void event(Event event) { add(events_[static_cast<std::size_t>(event)], 1); }

  Counters read() const;  // [any-thread]

 private:
  using Count = std::atomic<std::uint64_t>;
  struct Traffic {
    std::array<Count, channels> messages{}, bytes{};
  };

  static void add(Count& count, std::uint64_t more) { count.fetch_add(more, std::memory_order_relaxed); }
  static void count(Traffic& traffic, const Batch& batch) {
    const auto channel = static_cast<std::size_t>(batch.channel());
    add(traffic.messages[channel], batch.count());
    add(traffic.bytes[channel], batch.body().size());
  }

  Traffic out_, in_;
  std::array<Count, drops> dropped_{};
  std::array<Count, 6> events_{};
};

}  // namespace shoal::transport
