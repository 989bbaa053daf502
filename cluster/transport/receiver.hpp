#pragma once
// Receiver: the transport thread's part for what others send: the listener, who may connect to it, who may
// speak, and what waits to be taken.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cluster/transport/admission.hpp"
#include "cluster/transport/allow_list.hpp"
#include "cluster/transport/counters.hpp"
#include "cluster/transport/heard.hpp"
#include "cluster/transport/inbox.hpp"
#include "cluster/transport/options.hpp"
#include "cluster/transport/poller.hpp"
#include "cluster/transport/warnings.hpp"
#include "cluster/transport/zeromq.hpp"

namespace shoal::transport {

class Receiver {
 public:
  static constexpr std::size_t frames_at_once = 256;

  // Binds, and completes `options.self.address`. All arguments outlive it; `allow_list` is used with keys
  // only.
  static Result<std::unique_ptr<Receiver>> bind(Options& options, const SocketBounds& bounds, ZeroMq& zeromq,
                                                const AllowList& allow_list, Tally& tally,
                                                Warnings& warnings);

  void add_to(Poller& poller, std::uint64_t token);
  // Takes what has come. True: there is more. [transport]
  bool serve(std::int64_t now_ms);
  void forget(std::string_view address) { admission_.forget(address); }
  void allow_list_changed() { admission_.allow(&allow_list_); }

  // Listens no more; what was received can still be taken.
  void close();

  Inbox& inbox(Channel channel) { return *inboxes_[static_cast<std::size_t>(channel)]; }
  // Who has sent something that it may. [any-thread]
  Heard& heard() { return heard_; }
  // Channels that something was put into since this was asked. [transport]
  std::array<bool, channels> take_arrived() { return std::exchange(arrived_, {}); }
  const std::string& bound_address() const { return bound_address_; }

 private:
  Receiver(const Options& options, Socket listener, Socket monitor, std::optional<Socket> authenticator,
           std::string bound_address, const AllowList& allow_list, Tally& tally, Warnings& warnings);

  void answer_questions(std::int64_t now_ms);
  void take_frame(std::int64_t now_ms);
  void take_greeting(std::string_view frame, std::int64_t now_ms);
  void take_messages(std::string frame, std::int64_t now_ms);
  void reply(const Greeting& greeting);

  const Node self_;
  Socket listener_;
  Socket monitor_;
  std::optional<Socket> authenticator_;
  const std::string bound_address_;
  const AllowList& allow_list_;
  Tally& tally_;
  Warnings& warnings_;
  Admission admission_;
  Heard heard_;
  std::array<std::unique_ptr<Inbox>, channels> inboxes_;
  std::array<bool, channels> arrived_{};
  Parts parts_;    // reused
  Caller caller_;  // reused: who sent `parts_`
};

}  // namespace shoal::transport
