#pragma once
// Link: the way to one address, for any thread. `Transport::link` gives it; it lives as long as someone holds
// it, also beyond the transport, and then refuses.
//
// What is sent waits, bounded in bytes for each channel, until the connection takes it. A full channel
// refuses and says so; nothing blocks and nothing takes a lock.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "cluster/transport/frame.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

class SendQueue;
class Tally;

// Of all links of a transport.
struct LinkBounds {
  std::array<std::size_t, channels> waiting_bytes_max{};
  std::size_t frame_bytes_max = 0;
};

class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(std::string address, LinkBounds bounds, std::shared_ptr<SendQueue> queue,
       std::shared_ptr<Tally> tally);

  // Hands the batch over and leaves an empty one; it is sent at most once, in the order of the calls of one
  // thread. overloaded: so much waits for this address already; invalid_argument: the batch is longer than a
  // frame may be; unavailable: the transport has stopped or the address is forgotten. A refusal has no text
  // and leaves the batch. Requires: it has a message. [any-thread]
  Result<void> send(Batch& batch);

  const std::string& address() const { return address_; }
  std::size_t waiting_bytes(Channel channel) const;  // [any-thread]
  bool is_connected() const { return is_connected_.load(std::memory_order_relaxed); }

  // The transport thread's side: a batch has left or was dropped; how the connection is; nothing more is
  // taken.
  void release(const Batch& batch);
  void set_connected(bool connected) { is_connected_.store(connected, std::memory_order_relaxed); }
  void close() { is_closed_.store(true, std::memory_order_relaxed); }
  bool is_closed() const { return is_closed_.load(std::memory_order_relaxed); }

 private:
  const std::string address_;
  const LinkBounds bounds_;
  const std::shared_ptr<SendQueue> queue_;
  const std::shared_ptr<Tally> tally_;
  std::array<std::atomic<std::size_t>, channels> waiting_{};
  std::atomic<bool> is_connected_{false};
  std::atomic<bool> is_closed_{false};
};

}  // namespace shoal::transport
