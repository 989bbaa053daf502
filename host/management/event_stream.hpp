#pragma once
// EventStream: a response whose body comes piece by piece, for as long as the client stays. [management]
//
//   looking ──a text──► writing ─► looking ──nothing for a while──► a line that says nothing ─► looking
//
// It looks for what is new every `look_interval`; a client that does not take a piece within the time for a
// response, or hangs up, ends it. Included by the server only, which owns the connection.

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/tcp_stream.hpp>

namespace shoal::management {

class EventStream {
 public:
  using Next = std::function<std::optional<std::string>()>;

  struct Options {
    Next next;
    std::chrono::milliseconds write_timeout{10'000};
    std::chrono::milliseconds look_interval{100};
    std::chrono::milliseconds silence_max{10'000};
  };

  // `ended` is called once, and not after the owner has closed `stream`.
  EventStream(boost::beast::tcp_stream& stream, Options options, std::function<void()> ended)
      : stream_(stream),
        timer_(stream.get_executor()),
        options_(std::move(options)),
        ended_(std::move(ended)) {}

  // `owner` owns this object: what is under way keeps it alive.
  // The body ends with the connection.
  void start(const std::string& content_type, const std::shared_ptr<void>& owner) {
    owner_ = owner;
    watch_client();
    write("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Type: " + content_type +
          "\r\nX-Content-Type-Options: nosniff\r\n\r\n");
  }

  // No more calls of `ended`.
  void close() {
    ended_ = nullptr;
    timer_.cancel();
  }

 private:
  using ErrorCode = boost::system::error_code;

  void write(std::string text) {
    text_ = std::move(text);
    silence_ = std::chrono::milliseconds{0};
    stream_.expires_after(options_.write_timeout);
    boost::asio::async_write(stream_, boost::asio::buffer(text_),
                             [this, owner = owner_.lock()](ErrorCode failure, std::size_t) {
                               if (failure) return end();
                               look();
                             });
  }

  void look() {
    if (!ended_) return;
    std::optional<std::string> text = options_.next();
    if (!text) return end();
    if (!text->empty()) return write(std::move(*text));
    if (silence_ >= options_.silence_max) return write(":\n\n");
    silence_ += options_.look_interval;
    timer_.expires_after(options_.look_interval);
    timer_.async_wait([this, owner = owner_.lock()](ErrorCode cancelled) {
      if (!cancelled) look();
    });
  }

  // What a client says here is not read; that it has gone is seen at once.
  void watch_client() {
    stream_.socket().async_wait(
        boost::asio::ip::tcp::socket::wait_read, [this, owner = owner_.lock()](ErrorCode failure) {
          if (failure || !ended_) return;
          std::array<char, 256> thrown_away{};
          const ssize_t size =
              ::recv(stream_.socket().native_handle(), thrown_away.data(), thrown_away.size(), MSG_DONTWAIT);
          if (size == 0 || (size < 0 && errno != EAGAIN)) return end();
          watch_client();
        });
  }

  void end() {
    if (const auto ended = std::exchange(ended_, nullptr)) ended();
  }

  boost::beast::tcp_stream& stream_;
  boost::asio::steady_timer timer_;
  Options options_;
  std::function<void()> ended_;
  std::weak_ptr<void> owner_;
  std::string text_;
  std::chrono::milliseconds silence_{0};
};

}  // namespace shoal::management
