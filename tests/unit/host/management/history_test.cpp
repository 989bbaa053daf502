// Goal: the route of an entity's history asks the host for what the request said, and shows it. Method: the
// routes against a fake host, without a socket.
#include "host/management/history.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_host.hpp"
#include "host/management/routes.hpp"

namespace shoal::management {
namespace {

class HistoryTest : public testing::Test {
 protected:
  Response get(const std::string& target) {
    Request request;
    request.method = "GET";
    request.target = "/v1/entities/" + target;
    request.host = "127.0.0.1:8558";
    std::optional<Response> delivered;
    const Handling handling =
        routes_.handle(request, [&](std::function<Response()> make) { delivered = make(); });
    return handling.response ? *handling.response : delivered.value_or(Response{});
  }

  FakeHost host_;
  Routes routes_{host_, {8558, std::chrono::milliseconds(1'234)}};
};

TEST_F(HistoryTest, ShowsAPageAndWhereItGoesOn) {
  host_.history_result = std::vector<std::string>{R"({"sequence":8})", R"({"sequence":9})"};
  host_.history_next = 12;
  const Response response = get("aircraft/a%2Fb/history?limit=2&from=8");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body,
            "{\"type\":\"aircraft\",\"id\":\"a%2Fb\",\"records\":[{\"sequence\":8},{\"sequence\":9}],"
            "\"next\":12}\n");
  EXPECT_EQ(host_.history_type, "aircraft");
  EXPECT_EQ(host_.history_id, "a/b");
  EXPECT_EQ(host_.history_queries.back().from, 8U);
  EXPECT_EQ(host_.history_queries.back().limit, 2U);
}

TEST_F(HistoryTest, BeginsWithTheFirstWhereNothingIsSaid) {
  EXPECT_EQ(nlohmann::json::parse(get("aircraft/N1/history").body),
            nlohmann::json::parse(R"({"type": "aircraft", "id": "N1", "records": [], "next": null})"));
  EXPECT_EQ(host_.history_queries.back().from, 1U);
  EXPECT_EQ(host_.history_queries.back().limit, 100U);
}

TEST_F(HistoryTest, RefusesWhatIsNoQuery) {
  for (const char* query : {"limit=0", "limit=10001", "from=x", "after=1", "from=1&from=2"}) {
    EXPECT_EQ(get(std::string("aircraft/N1/history?") + query).status, 400U) << query;
  }
  EXPECT_TRUE(host_.history_queries.empty());
}

TEST_F(HistoryTest, SaysWhatTheHostSays) {
  host_.history_result = error(ErrorCode::refused, "its durability is none");
  const Response response = get("aircraft/N1/history");
  EXPECT_EQ(response.status, 422U);
  EXPECT_EQ(nlohmann::json::parse(response.body)["detail"], "its durability is none");
}

}  // namespace
}  // namespace shoal::management
