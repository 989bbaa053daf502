#include "cluster/transport/receiver.hpp"

#include <utility>

namespace shoal::transport {

namespace {

constexpr std::size_t kListenerParts = 2;  // who, and a frame

// HOST:PORT of an endpoint that was bound, an IPv4 address in its own form.
std::string address_of(const std::string& endpoint) {
  constexpr std::string_view tcp = "tcp://";
  if (!endpoint.starts_with(tcp)) return endpoint;
  std::string address = endpoint.substr(tcp.size());
  constexpr std::string_view mapped = "[::ffff:";
  if (address.starts_with(mapped) && address.find('.') != std::string::npos) {
    address.erase(address.find(']'), 1);
    address.erase(0, mapped.size());
  }
  return address;
}

}  // namespace

Result<std::unique_ptr<Receiver>> Receiver::bind(Options& options, const SocketBounds& bounds, ZeroMq& zeromq,
                                                 const AllowList& allow_list, Tally& tally,
                                                 Warnings& warnings) {
  std::optional<Socket> authenticator;
  if (options.security) authenticator.emplace(zeromq.authenticator());
  Socket listener = zeromq.listener(bounds, options.security ? &options.security->own : nullptr);
  SHOAL_TRY(monitor, listener.monitor());
  SHOAL_TRY(endpoint, listener.bind(options.bind));
  std::string address = address_of(endpoint);
  if (options.self.address.empty()) options.self.address = address;
  return std::unique_ptr<Receiver>(new Receiver(options, std::move(listener), std::move(monitor),
                                                std::move(authenticator), std::move(address), allow_list,
                                                tally, warnings));
}

Receiver::Receiver(const Options& options, Socket listener, Socket monitor,
                   std::optional<Socket> authenticator, std::string bound_address,
                   const AllowList& allow_list, Tally& tally, Warnings& warnings)
    : self_(options.self),
      listener_(std::move(listener)),
      monitor_(std::move(monitor)),
      authenticator_(std::move(authenticator)),
      bound_address_(std::move(bound_address)),
      allow_list_(allow_list),
      tally_(tally),
      warnings_(warnings),
      admission_(options.self, options.cluster_name, options.security ? &allow_list : nullptr,
                 options.limits.links_max) {
  for (std::size_t i = 0; i < channels; ++i) {
    inboxes_[i] = std::make_unique<Inbox>(options.limits.receive_bytes_max[i]);
  }
}

void Receiver::add_to(Poller& poller, std::uint64_t token) {
  poller.add(listener_.fd(), token);
  poller.add(monitor_.fd(), token);
  if (authenticator_) poller.add(authenticator_->fd(), token);
}

void Receiver::close() {
  listener_.close();
  monitor_.close();
  if (authenticator_) authenticator_->close();
}

bool Receiver::serve(std::int64_t now_ms) {
  if (authenticator_) answer_questions(now_ms);
  while (monitor_.receive(parts_, kListenerParts)) {
    if (connection_event(parts_) == ConnectionEvent::handshake_failed) {
      tally_.event(Tally::Event::handshake_failed);
    }
  }
  for (std::size_t i = 0; i < frames_at_once; ++i) {
    if (!listener_.receive(parts_, kListenerParts)) return false;
    take_frame(now_ms);
  }
  return true;
}

void Receiver::answer_questions(std::int64_t now_ms) {
  KeyQuestion question;
  while (authenticator_->ready().in) {
    if (!receive_question(*authenticator_, question)) continue;
    if (allow_list_.find(question.key) != nullptr) {
      answer(*authenticator_, question, to_hex(question.key));
      continue;
    }
    answer(*authenticator_, question, "");
    tally_.event(Tally::Event::key_refused);
    warnings_.tell("a node from " + question.from +
                       " with a key that is not on the allow list is refused; to "
                       "let it in: shoal key allow " +
                       to_hex(question.key) + " NAME",
                   now_ms);
  }
}

void Receiver::take_frame(std::int64_t now_ms) {
  if (parts_.parts.size() != kListenerParts) {
    tally_.drop(Drop::malformed, 1);
    return;
  }
  caller_.connection.swap(parts_.parts[0]);
  caller_.key.swap(parts_.user);
  if (is_greeting(parts_.parts[1])) {
    take_greeting(parts_.parts[1], now_ms);
  } else {
    take_messages(std::move(parts_.parts[1]), now_ms);
  }
}

void Receiver::take_greeting(std::string_view frame, std::int64_t now_ms) {
  const auto greeting = decode_greeting(frame);
  const Hello* hello = greeting ? std::get_if<Hello>(&greeting.value()) : nullptr;
  Result<void> admitted = success();
  if (hello != nullptr) {
    admitted = admission_.hello(caller_, *hello);
  } else if (!greeting) {
    tally_.drop(Drop::malformed, 1);
    admitted = greeting.error();
  } else {
    admitted = error(ErrorCode::refused, "who connects begins with a hello");
  }
  if (admitted) {
    reply(Welcome{self_});
    return;
  }
  tally_.event(Tally::Event::hello_refused);
  const std::string who =
      hello != nullptr ? "'" + hello->from.name + "' at " + hello->from.address : "a node";
  warnings_.tell(who + " is refused: " + admitted.error().message, now_ms);
  reply(Refusal{admitted.error().message});
}

void Receiver::take_messages(std::string frame, std::int64_t now_ms) {
  Speaker* speaker = admission_.speaker(caller_);
  auto batch = Batch::decode(std::move(frame));
  if (!batch) {
    tally_.drop(Drop::malformed, 1);
    warnings_.tell(
        (speaker != nullptr ? "'" + speaker->node->name + "' at " + speaker->node->address : "a stranger") +
            " sent " + batch.error().message,
        now_ms);
    return;
  }
  const std::uint64_t messages = batch.value().count();
  if (speaker == nullptr) {
    tally_.drop(Drop::stranger, messages);
    reply(Refusal{"this connection does not count here any more: connect anew"});
    return;
  }
  if (now_ms - speaker->noted_ms >= Heard::interval_ms) {
    speaker->noted_ms = now_ms;
    heard_.note(speaker->node->uid, now_ms);
  }
  const Channel channel = batch.value().channel();
  // What is dropped for want of room has been received, too.
  tally_.in(batch.value());
  if (!inbox(channel).put({speaker->node, std::move(batch).value()})) {
    tally_.drop(Drop::inbox_full, messages);
    return;
  }
  arrived_[static_cast<std::size_t>(channel)] = true;
}

void Receiver::reply(const Greeting& greeting) {
  const std::array<std::string_view, 1> who{caller_.connection};
  if (!listener_.send(who, Socket::More::yes)) return;
  const std::string frame = encode(greeting);
  const std::array<std::string_view, 1> pieces{frame};
  listener_.send(pieces);
}

}  // namespace shoal::transport
