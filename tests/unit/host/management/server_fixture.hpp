#pragma once
// A running server on a free port with a fake host, for the tests that need a socket.

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "fake_host.hpp"
#include "host/management/http_client.hpp"
#include "host/management/server.hpp"
#include "raw_connection.hpp"

namespace shoal::management {

inline const std::string ask_target = "/v1/entities/aircraft/N1/ask";

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }

  void start(ServerOptions options) {
    options.port = 0;
    auto started = Server::start(std::move(options), host_);
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_.emplace(std::move(started).value());
  }

  std::uint16_t port() const { return server_->port(); }
  std::string host_header() const { return "Host: 127.0.0.1:" + std::to_string(port()) + "\r\n"; }
  RawConnection connect() const { return RawConnection(port()); }

  std::string get_text(const std::string& target, const std::string& headers = {}) const {
    return "GET " + target + " HTTP/1.1\r\n" + host_header() + headers + "\r\n";
  }

  std::string post_text(const std::string& target, const std::string& body,
                        const std::string& headers = {}) const {
    return "POST " + target + " HTTP/1.1\r\n" + host_header() +
           "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
  }

  Result<HttpReply> call(const std::string& method, const std::string& target,
                         const std::string& body = {}) const {
    return http_call({"127.0.0.1", port(), std::chrono::seconds(20)}, method, target, body);
  }

  static std::string status_line(const std::string& response) {
    return response.substr(0, response.find("\r\n"));
  }

  // A problem document with the status of its response.
  static void expect_problem(const std::string& response, unsigned status) {
    EXPECT_EQ(response.substr(0, 13), "HTTP/1.1 " + std::to_string(status) + " ") << response;
    EXPECT_NE(response.find("Content-Type: application/problem+json\r\n"), std::string::npos) << response;
    const std::size_t body = response.find("\r\n\r\n");
    ASSERT_NE(body, std::string::npos) << response;
    const auto document = nlohmann::json::parse(response.substr(body + 4), nullptr, false);
    ASSERT_TRUE(document.is_object()) << response;
    EXPECT_EQ(document.value("status", 0U), status);
  }

  FakeHost host_;
  std::optional<Server> server_;
};

}  // namespace shoal::management
