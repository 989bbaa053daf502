#pragma once
// Who speaks to a transport without being one: a ZeroMQ socket that sends any frame, and a bare TCP
// connection.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <zmq.hpp>

#include "cluster/transport/hello.hpp"
#include "cluster/transport/keys.hpp"

namespace shoal::transport::test {

class RawPeer {
 public:
  // With a key pair, and what it takes for the key of the other side; or without keys.
  explicit RawPeer(const std::string& address, const KeyPair* own = nullptr, const PublicKey* other = nullptr)
      : socket_(context_, zmq::socket_type::dealer) {
    socket_.set(zmq::sockopt::linger, 0);
    if (own != nullptr) {
      socket_.set(zmq::sockopt::curve_publickey, zmq::buffer(own->public_key.bytes));
      socket_.set(zmq::sockopt::curve_secretkey, zmq::buffer(own->secret_key.bytes));
      socket_.set(zmq::sockopt::curve_serverkey, zmq::buffer(other->bytes));
    }
    socket_.connect("tcp://" + address);
  }

  void send(std::string_view frame, zmq::send_flags flags = zmq::send_flags::dontwait) {
    socket_.send(zmq::buffer(frame), flags);
  }
  void send_message(std::string_view text) {
    Batch batch(Channel::user);
    batch.add(text);
    send(batch.frame());
  }

  // What comes within the time.
  std::optional<std::string> receive(int timeout_ms) {
    socket_.set(zmq::sockopt::rcvtimeo, timeout_ms);
    zmq::message_t frame;
    if (!socket_.recv(frame)) return std::nullopt;
    return frame.to_string();
  }
  // Says hello; the reason of the refusal, "welcome", or "nothing" where nobody answers.
  std::string greet(const Hello& hello, int timeout_ms = 20'000) {
    send(encode(hello));
    const auto frame = receive(timeout_ms);
    if (!frame) return "nothing";
    const auto greeting = decode_greeting(*frame);
    if (!greeting) return greeting.error().message;
    if (const auto* refusal = std::get_if<Refusal>(&greeting.value())) return refusal->reason;
    return std::holds_alternative<Welcome>(greeting.value()) ? "welcome" : "hello";
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
};

class TcpConnection {
 public:
  explicit TcpConnection(const std::string& address) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    name.sin_port = ::htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  }
  ~TcpConnection() { ::close(fd_); }
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  // Whoever has closed the other end hears no more.
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  // Reads until the other side closes; false where it does not within the time.
  bool wait_for_close(int timeout_ms) const {
    char bytes[4096];
    pollfd readable{fd_, POLLIN, 0};
    while (::poll(&readable, 1, timeout_ms) > 0) {
      if (::recv(fd_, bytes, sizeof bytes, 0) <= 0) return true;
    }
    return false;
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace shoal::transport::test
