#pragma once
// A plain TCP connection for tests that send what no HTTP client would. Every wait is bounded; what did not
// come in time is missing from the text that is returned.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::management {

class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  RawConnection(RawConnection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        is_connected_(other.is_connected_),
        text_(std::move(other.text_)) {}
  RawConnection& operator=(RawConnection&&) = delete;
  ~RawConnection() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool is_connected() const { return is_connected_; }

  // False where the other side does not take it any more.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  void close_sending() { ::shutdown(socket_, SHUT_WR); }

  // One response with its body, as its Content-Length says; less where the other side ended before.
  std::string read_response() {
    for (;;) {
      const std::size_t header_end = text_.find("\r\n\r\n");
      if (header_end != std::string::npos) {
        const std::size_t size =
            header_end + 4 + content_length(std::string_view(text_).substr(0, header_end));
        if (text_.size() >= size) {
          std::string response = text_.substr(0, size);
          text_.erase(0, size);
          return response;
        }
      }
      if (!read_some()) return std::exchange(text_, {});
    }
  }

  // Up to and with the text; empty where it did not come.
  std::string read_until(std::string_view end) {
    while (text_.find(end) == std::string::npos) {
      if (!read_some()) return {};
    }
    const std::size_t size = text_.find(end) + end.size();
    std::string read = text_.substr(0, size);
    text_.erase(0, size);
    return read;
  }

  // Everything until the other side ends the connection.
  std::string read_all() {
    while (read_some()) {
    }
    return std::exchange(text_, {});
  }

  // True once the other side has ended the connection; false where it did not in time.
  bool is_ended() {
    read_all();
    return has_ended_;
  }

 private:
  static std::size_t content_length(std::string_view header) {
    constexpr std::string_view name = "Content-Length: ";
    const std::size_t found = header.find(name);
    return found == std::string_view::npos ? 0
                                           : std::stoul(std::string(header.substr(found + name.size(), 10)));
  }

  bool read_some() {
    pollfd waiting{socket_, POLLIN, 0};
    const auto timeout = std::chrono::milliseconds(std::chrono::seconds(20));
    if (::poll(&waiting, 1, static_cast<int>(timeout.count())) <= 0) return false;
    char bytes[4096];
    const auto size = ::recv(socket_, bytes, sizeof(bytes), 0);
    has_ended_ = size <= 0;
    if (has_ended_) return false;
    text_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool has_ended_ = false;
  std::string text_;
};

}  // namespace shoal::management
