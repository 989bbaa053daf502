// Goal: no client can take more than its bounds, and none can keep others out. Method: oversize, slow, broken
// and many connections over a loopback socket, with short time-outs where time is the bound.
#include <gmock/gmock.h>

#include <vector>

#include "host/management/server.hpp"
#include "server_fixture.hpp"

namespace shoal::management {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class ServerLimitsTest : public ServerTest {
 protected:
  void SetUp() override {}
};

TEST_F(ServerLimitsTest, AHeaderTooLarge) {
  start({});
  RawConnection connection = connect();
  connection.send(get_text("/livez", "X-Long: " + std::string(9'000, 'x') + "\r\n"));
  expect_problem(connection.read_response(), 431);
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerLimitsTest, AHeaderBelowTheBound) {
  start({});
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(get_text("/livez", "X-Long: " + std::string(7'900, 'x') + "\r\n")));
  EXPECT_THAT(connection.read_response(), EndsWith("ok"));
}

TEST_F(ServerLimitsTest, AHeaderWithoutEnd) {
  start({});
  RawConnection connection = connect();
  connection.send("GET /livez HTTP/1.1\r\n" + std::string(100'000, 'x'));
  expect_problem(connection.read_response(), 431);
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerLimitsTest, ABodyOfOneMebibyteIsTaken) {
  start({});
  const std::string head = R"({"message":"m","body":")";
  const std::string body = head + std::string(1024 * 1024 - head.size() - 2, 'x') + "\"}";
  ASSERT_EQ(body.size(), 1024U * 1024U);
  const auto reply = call("POST", ask_target, body);
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply.value().status, 200U);
}

TEST_F(ServerLimitsTest, ALongerBodyIsRefused) {
  start({});
  const auto reply = call("POST", ask_target, std::string(1024 * 1024 + 1, ' '));
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply.value().status, 413U);
  EXPECT_THAT(reply.value().body, HasSubstr("\"code\":\"body_too_large\""));
  const auto much_longer = call("POST", ask_target, std::string(6 * 1024 * 1024, ' '));
  ASSERT_TRUE(much_longer.has_value()) << much_longer.error().message;
  EXPECT_EQ(much_longer.value().status, 413U);
}

TEST_F(ServerLimitsTest, ALongerBodyIsRefusedBeforeItIsSent) {
  start({});
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send("POST " + ask_target + " HTTP/1.1\r\n" + host_header() +
                              "Content-Type: application/json\r\nExpect: 100-continue\r\n"
                              "Content-Length: 99999999999999\r\n\r\n"));
  expect_problem(connection.read_response(), 413);
}

TEST_F(ServerLimitsTest, ALongerChunkedBodyIsRefused) {
  start({});
  RawConnection connection = connect();
  connection.send("POST " + ask_target + " HTTP/1.1\r\n" + host_header() +
                  "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int chunk = 0; chunk < 20; ++chunk) {
    if (!connection.send("10000\r\n" + std::string(65'536, ' ') + "\r\n")) break;
  }
  expect_problem(connection.read_response(), 413);
}

TEST_F(ServerLimitsTest, BytesThatAreNoRequest) {
  start({});
  const std::vector<std::string> garbage = {
      "\x16\x03\x01\x02\x01\xfc\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nbad header\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
      "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      std::string("\0\0\0\0\r\n\r\n", 8),
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};
  for (const std::string& bytes : garbage) {
    RawConnection connection = connect();
    connection.send(bytes);
    expect_problem(connection.read_response(), 400);
    EXPECT_TRUE(connection.is_ended()) << bytes;
  }
}

TEST_F(ServerLimitsTest, AClientThatHangsUpMidwayIsForgotten) {
  start({});
  for (const char* part : {"", "GET /liv", "POST /v1/modules HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"}) {
    RawConnection connection = connect();
    connection.send(part);
    connection.close_sending();
    EXPECT_TRUE(connection.is_ended());
  }
  EXPECT_EQ(call("GET", "/livez").value().status, 200U);
}

TEST_F(ServerLimitsTest, ASilentClientLosesItsPlace) {
  ServerOptions options;
  options.request_timeout = std::chrono::milliseconds(50);
  start(options);
  EXPECT_TRUE(connect().is_ended());
}

TEST_F(ServerLimitsTest, ASlowHeaderLosesItsPlace) {
  ServerOptions options;
  options.request_timeout = std::chrono::milliseconds(50);
  start(options);
  RawConnection connection = connect();
  connection.send("GET /livez HTTP/1.1\r\nX: ");
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerLimitsTest, ASlowBodyLosesItsPlace) {
  ServerOptions options;
  options.request_timeout = std::chrono::milliseconds(50);
  start(options);
  RawConnection connection = connect();
  connection.send("POST " + ask_target + " HTTP/1.1\r\n" + host_header() +
                  "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{");
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerLimitsTest, AKeptConnectionEndsWhenItIsNotUsed) {
  ServerOptions options;
  options.idle_timeout = std::chrono::milliseconds(50);
  start(options);
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(get_text("/livez")));
  EXPECT_THAT(connection.read_response(), EndsWith("ok"));
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerLimitsTest, AHostThatNeverAnswersEndsAtTheAnswerTimeout) {
  ServerOptions options;
  options.request_timeout = std::chrono::milliseconds(50);
  start(options);
  host_.keeps_asks = true;
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m","timeout_ms":86400000})")));
  const auto callbacks = host_.wait_for_asks(1);
  ASSERT_EQ(callbacks.size(), 1U);
  // The client has gone: it does not keep its place for a day.
  connection.close_sending();
  expect_problem(connection.read_response(), 504);
}

TEST_F(ServerLimitsTest, IdleConnectionsGiveWayToNewOnes) {
  ServerOptions options;
  options.connections_max = 4;
  start(options);
  std::vector<RawConnection> idle;
  for (int client = 0; client < 4; ++client) {
    idle.push_back(connect());
    ASSERT_TRUE(idle.back().send(get_text("/livez")));
    EXPECT_THAT(idle.back().read_response(), EndsWith("ok"));
  }
  for (int client = 0; client < 8; ++client) {
    RawConnection connection = connect();
    ASSERT_TRUE(connection.send(get_text("/livez", "Connection: close\r\n")));
    EXPECT_THAT(connection.read_response(), EndsWith("ok")) << client;
  }
  EXPECT_TRUE(idle[0].is_ended()) << "the longest idle one went first";
}

TEST_F(ServerLimitsTest, BusyConnectionsLetNewOnesWait) {
  ServerOptions options;
  options.connections_max = 3;
  start(options);
  host_.keeps_asks = true;
  std::vector<RawConnection> busy;
  for (int client = 0; client < 3; ++client) {
    busy.push_back(connect());
    ASSERT_TRUE(busy.back().send(post_text(ask_target, R"({"message":"m"})", "Connection: close\r\n")));
  }
  const auto callbacks = host_.wait_for_asks(3);
  ASSERT_EQ(callbacks.size(), 3U);
  RawConnection waiting = connect();
  ASSERT_TRUE(waiting.send(get_text("/livez")));
  for (const auto& callback : callbacks) callback(Reply{});
  for (RawConnection& connection : busy) connection.read_response();
  busy.clear();
  EXPECT_THAT(waiting.read_response(), EndsWith("ok"));
}

TEST_F(ServerLimitsTest, ManyMoreClientsThanPlacesAreAllServed) {
  ServerOptions options;
  options.connections_max = 8;
  start(options);
  std::vector<RawConnection> connections;
  for (int client = 0; client < 100; ++client) {
    connections.push_back(connect());
    ASSERT_TRUE(connections.back().is_connected());
    ASSERT_TRUE(connections.back().send(get_text("/livez", "Connection: close\r\n")));
    EXPECT_THAT(connections.back().read_response(), EndsWith("ok")) << client;
  }
}

TEST_F(ServerLimitsTest, TooManyOpenCallsAreOverload) {
  start({});
  host_.keeps_asks = true;
  std::vector<Callback<Reply>> open;
  RawConnection connection = connect();
  for (int call = 0; call < 1'024; ++call) {
    ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m","timeout_ms":1})")));
    const std::string response = connection.read_response();
    ASSERT_EQ(status_line(response), "HTTP/1.1 504 Gateway Timeout") << call;
  }
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m","timeout_ms":1})")));
  expect_problem(connection.read_response(), 503);
  ASSERT_TRUE(connection.send(get_text("/livez")));
  EXPECT_THAT(connection.read_response(), EndsWith("ok"));
  for (const auto& callback : host_.wait_for_asks(1'024)) callback(Reply{});
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m","timeout_ms":1})")));
  expect_problem(connection.read_response(), 504);
}

}  // namespace
}  // namespace shoal::management
