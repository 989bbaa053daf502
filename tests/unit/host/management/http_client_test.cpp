// Goal: a client command learns what happened: an answer, no host, no time, or nonsense. Method: calls
// against the server and against sockets that misbehave.
#include "host/management/http_client.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "server_fixture.hpp"

namespace shoal::management {
namespace {

using testing::HasSubstr;

// Listens on a free port; with an answer, gives it to the first client and ends the connection.
class OddServer {
 public:
  OddServer() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~OddServer() {
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }

  void listen() { EXPECT_EQ(::listen(socket_, 1), 0); }

  void answer(std::string text) {
    listen();
    thread_ = std::thread([this, text = std::move(text)] {
      const int client = ::accept(socket_, nullptr, nullptr);
      char request[1024];
      if (::recv(client, request, sizeof(request), 0) > 0)
        ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      ::close(client);
    });
  }

  ClientOptions options() const { return {"127.0.0.1", port_, std::chrono::seconds(20)}; }
  std::string place() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

using HttpClientTest = ServerTest;

TEST_F(HttpClientTest, GivesStatusAndBody) {
  const auto good = call("GET", "/livez");
  ASSERT_TRUE(good.has_value()) << good.error().message;
  EXPECT_EQ(good.value().status, 200U);
  EXPECT_EQ(good.value().body, "ok");
  EXPECT_EQ(call("GET", "/nothing").value().status, 404U);
  EXPECT_EQ(call("POST", ask_target, R"({"message":"m"})").value().body, "{\"flights\":3}");
  EXPECT_EQ(call("POST", ask_target).value().status, 400U);
  const auto told = call("POST", "/v1/entities/aircraft/N1/tell", R"({"message":"m"})");
  EXPECT_EQ(told.value().status, 202U);
  EXPECT_EQ(told.value().body, "");
  EXPECT_EQ(call("HEAD", "/livez").value().body, "");
}

TEST_F(HttpClientTest, GivesTheReceiptOfATell) {
  const std::string target = "/v1/entities/aircraft/N1/tell";
  for (const std::string level : {"accepted", "processed", "persisted"}) {
    const auto told = call("POST", target, R"({"message":"m","timeout_ms":70,"receipt":")" + level + "\"}");
    EXPECT_EQ(told.value().status, 200U);
    EXPECT_EQ(told.value().body, R"({"receipt":")" + level + "\"}");
  }
  EXPECT_EQ(call("POST", target, R"({"message":"m","receipt":"none"})").value().status, 202U);
  for (const std::string level : {R"("")", R"("done")", "1", "null"}) {
    EXPECT_EQ(call("POST", target, R"({"message":"m","receipt":)" + level + "}").value().status, 400U);
  }
  EXPECT_EQ(call("POST", ask_target, R"({"message":"m","receipt":"none"})").value().status, 400U);
  server_.reset();  // what the fake host kept may be read once its thread has ended
  ASSERT_EQ(host_.asked.size(), 3U);
  EXPECT_EQ(host_.asked[1].receipt, "processed");
  EXPECT_EQ(host_.asked[1].timeout_ms, 70U);
  ASSERT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(host_.told[0].receipt, "");
}

TEST_F(HttpClientTest, ResolvesNames) {
  const auto reply = http_call({"localhost", port(), std::chrono::seconds(20)}, "GET", "/livez");
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply.value().status, 200U);
}

TEST_F(HttpClientTest, RefusesTargetsThatWouldAddHeaders) {
  for (const char* target : {"", "/a b", "/a\r\nX: y", "/\xff", "/\n"}) {
    const auto reply = call("GET", target);
    ASSERT_FALSE(reply.has_value()) << target;
    EXPECT_EQ(reply.error().code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(call("GET /", "/livez").error().code, ErrorCode::invalid_argument);
}

TEST(HttpClient, NamesTheHostThatIsNotThere) {
  const OddServer closed;
  const auto reply = http_call(closed.options(), "GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::unreachable);
  EXPECT_THAT(reply.error().message, HasSubstr(closed.place()));
}

TEST(HttpClient, NamesAnIpv6HostInBrackets) {
  const auto reply = http_call({"::1", 1, std::chrono::seconds(20)}, "GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::unreachable);
  EXPECT_THAT(reply.error().message, HasSubstr("[::1]:1"));
}

TEST(HttpClient, NamesAHostThatHasNoAddress) {
  const auto reply = http_call({"no-such-host.invalid", 8558, std::chrono::seconds(5)}, "GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::unreachable);
  EXPECT_THAT(reply.error().message, HasSubstr("no-such-host.invalid:8558"));
}

TEST(HttpClient, ASilentHostIsADeadline) {
  OddServer silent;
  silent.listen();
  ClientOptions options = silent.options();
  options.timeout = std::chrono::milliseconds(50);
  const auto reply = http_call(options, "GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::deadline);
  EXPECT_THAT(reply.error().message, HasSubstr(silent.place()));
}

TEST(HttpClient, AConnectionThatEndsEarlyIsUnreachable) {
  for (const char* text :
       {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}) {
    OddServer server;
    server.answer(text);
    const auto reply = http_call(server.options(), "GET", "/livez");
    ASSERT_FALSE(reply.has_value()) << text;
    EXPECT_EQ(reply.error().code, ErrorCode::unreachable);
    EXPECT_THAT(reply.error().message, HasSubstr(server.place()));
  }
}

TEST(HttpClient, NonsenseIsNoAnswer) {
  OddServer server;
  server.answer("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  const auto reply = http_call(server.options(), "GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::unreachable);
}

TEST(HttpClient, AnAnswerWithoutBoundIsRefused) {
  OddServer server;
  server.answer("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
  const auto reply = http_call(server.options(), "GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::failed);
}

}  // namespace
}  // namespace shoal::management
