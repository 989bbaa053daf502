// Goal: the server speaks HTTP/1.1 as clients do. Method: raw bytes and the project's client over a loopback
// socket.
#include "host/management/server.hpp"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

#include "server_fixture.hpp"

namespace shoal::management {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  RawConnection connection = connect();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(connection.send(get_text("/livez")));
    const std::string response = connection.read_response();
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
    EXPECT_THAT(response, EndsWith("\r\n\r\nok"));
    EXPECT_THAT(response, HasSubstr("Cache-Control: no-store\r\n"));
  }
}

TEST_F(ServerTest, ClosesWhereTheClientWantsIt) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(get_text("/livez", "Connection: close\r\n")));
  EXPECT_THAT(connection.read_response(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerTest, AnswersHttp10AndCloses) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send("GET /livez HTTP/1.0\r\n" + host_header() + "\r\n"));
  EXPECT_THAT(connection.read_response(), EndsWith("ok"));
  EXPECT_TRUE(connection.is_ended());
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(get_text("/livez") + post_text(ask_target, R"({"message":"summary"})") +
                              get_text("/nothing") + get_text("/readyz?verbose")));
  EXPECT_THAT(connection.read_response(), EndsWith("\r\n\r\nok"));
  EXPECT_THAT(connection.read_response(), EndsWith("{\"flights\":3}"));
  expect_problem(connection.read_response(), 404);
  EXPECT_THAT(connection.read_response(), EndsWith("readyz check passed\n"));
}

TEST_F(ServerTest, HeadHasTheLengthAndNoBody) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send("HEAD /livez HTTP/1.1\r\n" + host_header() + "\r\n" +
                              "GET /livez HTTP/1.1\r\n" + host_header() + "Connection: close\r\n\r\n"));
  const std::string all = connection.read_all();
  const std::size_t header_end = all.find("\r\n\r\n");
  ASSERT_NE(header_end, std::string::npos);
  EXPECT_THAT(all.substr(0, header_end), HasSubstr("Content-Length: 2"));
  EXPECT_THAT(all.substr(header_end + 4), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, ContinuesAClientThatWaits) {
  const std::string body = R"({"message":"summary"})";
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send("POST " + ask_target + " HTTP/1.1\r\n" + host_header() +
                              "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n"));
  EXPECT_EQ(connection.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(connection.send(body));
  EXPECT_THAT(connection.read_response(), EndsWith("{\"flights\":3}"));
}

TEST_F(ServerTest, TakesChunkedBodies) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send("POST " + ask_target + " HTTP/1.1\r\n" + host_header() +
                              "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "10\r\n{\"message\":\"summ\r\n5\r\nary\"}\r\n0\r\n\r\n"));
  EXPECT_THAT(connection.read_response(), EndsWith("{\"flights\":3}"));
  EXPECT_EQ(host_.asked.at(0).message, "summary");
}

TEST_F(ServerTest, TakesARequestByteByByte) {
  RawConnection connection = connect();
  for (const char byte : get_text("/livez")) ASSERT_TRUE(connection.send({&byte, 1}));
  EXPECT_THAT(connection.read_response(), EndsWith("ok"));
}

TEST_F(ServerTest, AnswersAClientThatClosedItsOwnDirection) {
  host_.keeps_asks = true;
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"summary"})")));
  connection.close_sending();
  const auto callbacks = host_.wait_for_asks(1);
  ASSERT_EQ(callbacks.size(), 1U);
  std::thread([&] { callbacks[0](Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "7", ""}); }).join();
  EXPECT_THAT(connection.read_response(), EndsWith("\r\n\r\n7"));
}

TEST_F(ServerTest, RefusesForeignHostsAndOrigins) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send("GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
  expect_problem(connection.read_response(), 421);
  ASSERT_TRUE(connection.send("GET /livez HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n"));
  expect_problem(connection.read_response(), 421);
  ASSERT_TRUE(connection.send("GET /livez HTTP/1.1\r\n\r\n"));
  expect_problem(connection.read_response(), 400);
  ASSERT_TRUE(connection.send("GET /livez HTTP/1.1\r\n" + host_header() + "Host: evil.example\r\n\r\n"));
  expect_problem(connection.read_response(), 400);
  ASSERT_TRUE(connection.send(post_text(ask_target, "{}", "Origin: http://127.0.0.1\r\n")));
  expect_problem(connection.read_response(), 403);
  ASSERT_TRUE(connection.send("POST " + ask_target + " HTTP/1.1\r\n" + host_header() +
                              "Content-Length: 2\r\n\r\n{}"));
  expect_problem(connection.read_response(), 415);
  ASSERT_TRUE(connection.send(post_text("/livez", "{}")));
  const std::string refused = connection.read_response();
  expect_problem(refused, 405);
  EXPECT_THAT(refused, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_TRUE(host_.asked.empty());
}

TEST_F(ServerTest, TellsWithoutABody) {
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(post_text("/v1/entities/aircraft/N1/tell", R"({"message":"m"})")));
  const std::string response = connection.read_response();
  EXPECT_THAT(response, StartsWith("HTTP/1.1 202 Accepted\r\n"));
  EXPECT_THAT(response, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(response, Not(HasSubstr("\r\nContent-Type")));
}

TEST_F(ServerTest, CarriesTheTraceparent) {
  const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m"})", "TraceParent: " + trace + "\r\n")));
  connection.read_response();
  EXPECT_EQ(host_.asked.at(0).traceparent, trace);
}

TEST_F(ServerTest, AnAskThatIsNeverAnsweredEndsAtItsDeadline) {
  host_.keeps_asks = true;
  const auto reply = call("POST", ask_target, R"({"message":"m","timeout_ms":30})");
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply.value().status, 504U);
  EXPECT_THAT(reply.value().body, HasSubstr("\"code\":\"deadline\""));
}

TEST_F(ServerTest, ACallbackAfterTheDeadlineIsHarmless) {
  host_.keeps_asks = true;
  RawConnection connection = connect();
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m","timeout_ms":1})")));
  expect_problem(connection.read_response(), 504);
  // A late answer must not become the answer to the next request of the connection.
  auto late = host_.wait_for_asks(1);
  ASSERT_EQ(late.size(), 1U);
  ASSERT_TRUE(connection.send(post_text(ask_target, R"({"message":"m"})")));
  auto next = host_.wait_for_asks(1);
  ASSERT_EQ(next.size(), 1U);
  std::thread([&] {
    late[0](Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "\"late\"", ""});
    next[0](Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "\"next\"", ""});
  }).join();
  EXPECT_THAT(connection.read_response(), EndsWith("\"next\""));
}

TEST_F(ServerTest, ADroppedCallbackIsAnsweredAtOnce) {
  host_.drops_asks = true;
  const auto reply = call("POST", ask_target, R"({"message":"m","timeout_ms":80000})");
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply.value().status, 500U);
}

TEST_F(ServerTest, ManyClientsAtOnceGetTheirOwnAnswers) {
  constexpr int clients_count = 32;
  host_.keeps_asks = true;
  std::vector<RawConnection> connections;
  for (int client = 0; client < clients_count; ++client) {
    connections.push_back(connect());
    const std::string message = "{\"message\":\"m" + std::to_string(client) + "\"}";
    ASSERT_TRUE(connections.back().send(post_text(ask_target, message)));
  }
  const auto callbacks = host_.wait_for_asks(clients_count);
  ASSERT_EQ(callbacks.size(), std::size_t{clients_count});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t index = static_cast<std::size_t>(thread); index < callbacks.size(); index += 4) {
        callbacks[index](
            Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "\"" + host_.asked[index].message + "\"", ""});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int client = 0; client < clients_count; ++client) {
    EXPECT_THAT(connections[static_cast<std::size_t>(client)].read_response(),
                EndsWith("\"m" + std::to_string(client) + "\""));
  }
}

TEST_F(ServerTest, ALargeResponseArrivesWhole) {
  host_.list_result = std::vector<std::string>(2'000, std::string(1'024, '\xff'));
  const auto reply = call("GET", "/v1/entities/aircraft?limit=10000");
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  const auto document = nlohmann::json::parse(reply.value().body, nullptr, false);
  ASSERT_TRUE(document.is_object());
  EXPECT_EQ(document["ids"].size(), 2'000U);
}

TEST(ServerStart, OnlyLoopbackAddressesAreBound) {
  FakeHost host;
  for (const char* address : {"0.0.0.0", "::", "192.168.1.1", "8.8.8.8", "localhost", "", "example.org",
                              "::ffff:10.0.0.1", "169.254.0.1"}) {
    ServerOptions options;
    options.address = address;
    options.port = 0;
    const auto started = Server::start(options, host);
    ASSERT_FALSE(started.has_value()) << address;
    EXPECT_EQ(started.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(started.error().message, HasSubstr(address));
  }
}

TEST(ServerStart, ATakenPortIsNamed) {
  FakeHost host;
  ServerOptions options;
  options.port = 0;
  const auto first = Server::start(options, host);
  ASSERT_TRUE(first.has_value());
  options.port = first.value().port();
  const auto second = Server::start(options, host);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::already_exists);
  EXPECT_THAT(second.error().message, HasSubstr("127.0.0.1:" + std::to_string(options.port)));
}

TEST(ServerStart, ListensOnIpv6) {
  FakeHost host;
  ServerOptions options;
  options.address = "::1";
  options.port = 0;
  const auto started = Server::start(options, host);
  if (!started.has_value()) GTEST_SKIP() << "no IPv6 loopback here: " << started.error().message;
  for (const char* name : {"::1", "[::1]"}) {
    const auto reply = http_call({name, started.value().port(), std::chrono::seconds(20)}, "GET", "/livez");
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    EXPECT_EQ(reply.value().status, 200U);
  }
}

}  // namespace
}  // namespace shoal::management
