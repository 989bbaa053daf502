// Goal: the server ends in its time whatever is open, and answers that come later hurt nobody. Method: stop
// in each state of a connection.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "host/management/server.hpp"
#include "server_fixture.hpp"

namespace shoal::management {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class ServerStopTest : public ServerTest {};

TEST_F(ServerStopTest, WithoutConnections) {
  server_->stop();
  server_->stop();
  const auto reply = call("GET", "/livez");
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, ErrorCode::unreachable);
}

TEST_F(ServerStopTest, FreesThePort) {
  ServerOptions options;
  options.port = port();
  server_->stop();
  server_.reset();
  const auto again = Server::start(options, host_);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again.value().port(), options.port);
}

TEST_F(ServerStopTest, ClosesIdleConnectionsAtOnce) {
  RawConnection kept = connect();
  ASSERT_TRUE(kept.send(get_text("/livez")));
  EXPECT_THAT(kept.read_response(), EndsWith("ok"));
  RawConnection fresh = connect();
  server_->stop();
  EXPECT_TRUE(kept.is_ended());
  EXPECT_TRUE(fresh.is_ended());
}

TEST_F(ServerStopTest, AnOpenRequestIsAnsweredWithinTheGrace) {
  ServerOptions options;
  options.stop_grace = std::chrono::seconds(20);
  start(options);
  host_.keeps_asks = true;
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m"})")));
  const auto callbacks = host_.wait_for_asks(1);
  ASSERT_EQ(callbacks.size(), 1U);
  std::thread stopping([this] { server_->stop(); });
  // The listener closes first: from then on the stop is under way.
  while (connect().is_connected()) std::this_thread::yield();
  callbacks[0](Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "5", ""});
  const std::string response = connection.read_response();
  EXPECT_THAT(response, EndsWith("\r\n\r\n5"));
  EXPECT_THAT(response, HasSubstr("Connection: close\r\n"));
  { const RawConnection closing = std::move(connection); }
  stopping.join();
}

TEST_F(ServerStopTest, ARequestThatIsNeverAnsweredIsCutOff) {
  ServerOptions options;
  options.stop_grace = std::chrono::milliseconds(20);
  start(options);
  host_.keeps_asks = true;
  RawConnection waiting = connect();
  ASSERT_TRUE(waiting.send(post_text(ask_target, R"({"message":"m","timeout_ms":86400000})")));
  RawConnection half = connect();
  ASSERT_TRUE(half.send("GET /livez HTTP/1.1\r\n"));
  const auto callbacks = host_.wait_for_asks(1);
  ASSERT_EQ(callbacks.size(), 1U);
  server_->stop();
  EXPECT_TRUE(half.is_ended());
  EXPECT_TRUE(waiting.is_ended());
  server_.reset();
  // The host answers a server that is gone.
  std::thread([&] { callbacks[0](Reply{}); }).join();
}

TEST_F(ServerStopTest, CallbacksDuringTheStopAreHarmless) {
  ServerOptions options;
  options.stop_grace = std::chrono::milliseconds(5);
  for (int round = 0; round < 10; ++round) {
    start(options);
    host_.keeps_asks = true;
    std::vector<RawConnection> connections;
    for (int client = 0; client < 8; ++client) {
      connections.push_back(connect());
      ASSERT_TRUE(connections.back().send(post_text(ask_target, R"({"message":"m"})")));
    }
    auto callbacks = host_.wait_for_asks(8);
    ASSERT_EQ(callbacks.size(), 8U);
    std::thread answering([callbacks = std::move(callbacks)]() mutable {
      for (auto& callback : callbacks) {
        callback(Reply{});
        callback = nullptr;
      }
    });
    server_->stop();
    server_.reset();
    answering.join();
  }
}

TEST_F(ServerStopTest, StopOfSeveralThreadsAtOnce) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) threads.emplace_back([this] { server_->stop(); });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(ServerStopTest, AMovedServerGoesOn) {
  const std::uint16_t bound = port();
  Server moved = std::move(*server_);
  server_->stop();
  server_.reset();
  EXPECT_EQ(moved.port(), bound);
  EXPECT_EQ(http_call({"127.0.0.1", bound, std::chrono::seconds(20)}, "GET", "/livez").value().status, 200U);
}

}  // namespace
}  // namespace shoal::management
