// Goal: a web page cannot reach the port, an operator can. Method: Host, Origin, Content-Type and traceparent
// by example.
#include "host/management/request_guard.hpp"

#include <gtest/gtest.h>

namespace shoal::management {
namespace {

TEST(RequestGuard, NamesOfThisPort) {
  for (const char* host :
       {"localhost:8558", "LocalHost:8558", "127.0.0.1:8558", "127.1.2.3:8558", "[::1]:8558"}) {
    EXPECT_TRUE(names_us(host, 8558)) << host;
  }
  EXPECT_TRUE(names_us("localhost", 80));
  EXPECT_TRUE(names_us("[::1]", 80));
}

TEST(RequestGuard, ForeignNames) {
  for (const char* host : {"",
                           ":",
                           ":8558",
                           "localhost",
                           "[::1]",
                           "localhost:8559",
                           "localhost:",
                           "localhost:8558x",
                           "localhost:08558",
                           "evil.example:8558",
                           "127.0.0.1.evil.example:8558",
                           "128.0.0.1:8558",
                           "127.0.0:8558",
                           "127.0.0.256:8558",
                           "127.0.0.1.1:8558",
                           "[::2]:8558",
                           "::1:8558",
                           "localhost.evil:8558",
                           "xlocalhost:8558",
                           "127.0.0.:8558",
                           "[::1]:8558:8558",
                           "user@localhost:8558",
                           "127.-1.0.1:8558",
                           "127.+1.0.1:8558"}) {
    EXPECT_FALSE(names_us(host, 8558)) << host;
  }
}

TEST(RequestGuard, MissingHostIsMalformedAndForeignHostIsMisdirected) {
  Request request;
  EXPECT_EQ(refuse_foreign_host(request, 8558)->status, 400U);
  request.host = "evil.example";
  EXPECT_EQ(refuse_foreign_host(request, 8558)->status, 421U);
  request.host = "127.0.0.1:8558";
  EXPECT_FALSE(refuse_foreign_host(request, 8558).has_value());
}

TEST(RequestGuard, PostsNeedJsonAndNoOrigin) {
  Request request;
  EXPECT_FALSE(refuse_unsafe(request).has_value());
  request.method = "POST";
  EXPECT_EQ(refuse_unsafe(request)->status, 415U);
  for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                           "application/json ;charset=\"UTF-8\""}) {
    request.content_type = type;
    EXPECT_FALSE(refuse_unsafe(request).has_value()) << type;
  }
  for (const char* type : {"", "text/plain", "application/jsonx", "application/json; charset=latin1",
                           "application/x-www-form-urlencoded", "multipart/form-data"}) {
    request.content_type = type;
    EXPECT_EQ(refuse_unsafe(request)->status, 415U) << type;
  }
  request.content_type = "application/json";
  for (const char* origin : {"", "null", "http://localhost:8558", "https://evil.example"}) {
    request.origin = origin;
    EXPECT_EQ(refuse_unsafe(request)->status, 403U) << origin;
  }
}

TEST(RequestGuard, PutsMayBeFormsAndDeletesNeedNoBody) {
  Request request;
  request.method = "PUT";
  EXPECT_EQ(refuse_unsafe(request)->status, 415U);
  request.content_type = "application/x-www-form-urlencoded; charset=UTF-8";
  EXPECT_FALSE(refuse_unsafe(request).has_value());
  EXPECT_TRUE(is_form(request));
  request.content_type = "application/json";
  EXPECT_FALSE(refuse_unsafe(request).has_value());
  EXPECT_FALSE(is_form(request));
  request.content_type = "multipart/form-data";
  EXPECT_EQ(refuse_unsafe(request)->status, 415U);
  request.method = "DELETE";
  EXPECT_FALSE(refuse_unsafe(request).has_value());
  request.origin = "null";
  EXPECT_EQ(refuse_unsafe(request)->status, 403U);
}

TEST(RequestGuard, MalformedTraceparentsAreIgnored) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  Request request;
  EXPECT_EQ(valid_traceparent(request), "");
  request.traceparent = good;
  EXPECT_EQ(valid_traceparent(request), good);
  for (const std::string& bad : {std::string(), good + "0", good.substr(1), std::string(good.size(), '0'),
                                 std::string("00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")}) {
    request.traceparent = bad;
    EXPECT_EQ(valid_traceparent(request), "") << bad;
  }
}

}  // namespace
}  // namespace shoal::management
