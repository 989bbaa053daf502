// Goal: events reach a client while they happen, a stream ends with its client and with the server, and so
// many are served at once and no more. Method: a server on a socket with a fake cluster.
#include <gtest/gtest.h>

#include "server_fixture.hpp"

namespace shoal::management {
namespace {

class EventStreamTest : public ServerTest {
 protected:
  std::string stream_text() const { return get_text("/cluster/domain-events"); }
};

TEST_F(EventStreamTest, TheBodyEndsWithTheConnection) {
  host_.fake_cluster.is_followed = true;
  RawConnection client = connect();
  client.send(stream_text());
  const std::string all = client.read_all();
  EXPECT_EQ(status_line(all), "HTTP/1.1 200 OK");
  EXPECT_NE(all.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(all.find("event:MemberUp\n\n"), std::string::npos);
  EXPECT_NE(all.find("event:MemberRemoved\n\n"), std::string::npos);
  EXPECT_NE(all.find("event:LeaderChanged\n\n"), std::string::npos);
}

TEST_F(EventStreamTest, AStoppedServerEndsStreams) {
  host_.fake_cluster.is_quiet = true;
  RawConnection client = connect();
  client.send(stream_text());
  EXPECT_NE(client.read_until("event:MemberUp\n\n"), "");
  server_->stop();
  EXPECT_TRUE(client.is_ended());
}

TEST_F(EventStreamTest, AClientThatHangsUpGivesItsPlaceBack) {
  host_.fake_cluster.is_quiet = true;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  for (int followed = 0; followed < 100;) {
    RawConnection client = connect();
    client.send(stream_text());
    if (client.read_until("\r\n") == "HTTP/1.1 200 OK\r\n") ++followed;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << followed;
  }
}

TEST_F(EventStreamTest, MoreThanFitAreRefused) {
  host_.fake_cluster.is_quiet = true;
  std::vector<RawConnection> clients;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(connect());
    clients.back().send(stream_text());
    ASSERT_EQ(clients.back().read_until("\r\n"), "HTTP/1.1 200 OK\r\n");
  }
  RawConnection late = connect();
  late.send(stream_text());
  expect_problem(late.read_response(), 503);
}

}  // namespace
}  // namespace shoal::management
