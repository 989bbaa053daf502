// Goal: scripts for Akka's management port find its documents and operations here, and our own pages say the
// rest; a host that runs alone says so. Method: the routes against a fake cluster, without a socket.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_host.hpp"
#include "host/management/routes.hpp"

namespace shoal::management {
namespace {

using Json = nlohmann::json;

class ClusterRoutesTest : public testing::Test {
 protected:
  Response call(const std::string& method, const std::string& target, const std::string& body = {},
                const std::string& content_type = "application/json") {
    Request request;
    request.method = method;
    request.target = target;
    request.host = "127.0.0.1:8558";
    if (!content_type.empty()) request.content_type = content_type;
    request.body = body;
    return call(request);
  }
  Response call(const Request& request) {
    std::optional<Response> delivered;
    const Handling handling =
        routes_.handle(request, [&](std::function<Response()> make) { delivered = make(); });
    EXPECT_NE(handling.response.has_value(), delivered.has_value());
    return handling.response ? *handling.response : delivered.value_or(Response{});
  }
  Json get(const std::string& target) {
    const Response response = call("GET", target);
    EXPECT_EQ(response.status, 200U) << response.body;
    return Json::parse(response.body);
  }
  void expect_problem(const Response& response, unsigned status, const std::string& words) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_NE(Json::parse(response.body).value("detail", "").find(words), std::string::npos) << response.body;
  }

  FakeHost host_;
  FakeCluster& cluster_ = host_.fake_cluster;
  Routes routes_{host_, {8558, std::chrono::milliseconds(1'234)}};
};

TEST_F(ClusterRoutesTest, MembersAreAkkas) {
  const Json expected = Json::parse(R"({
    "selfNode": "shoal://test@10.0.0.1:25520",
    "members": [
      {"node": "shoal://test@10.0.0.1:25520", "nodeUid": "11", "status": "Up", "roles": ["backend"]},
      {"node": "shoal://test@10.0.0.2:25520", "nodeUid": "18446744073709551615", "status": "Leaving",
       "roles": []}],
    "unreachable": [{"node": "shoal://test@10.0.0.2:25520", "observedBy": ["shoal://test@10.0.0.1:25520"]}],
    "leader": "shoal://test@10.0.0.1:25520", "oldest": "shoal://test@10.0.0.1:25520",
    "oldestPerRole": {"backend": "shoal://test@10.0.0.1:25520"}})");
  EXPECT_EQ(get("/cluster/members"), expected);
  EXPECT_EQ(get("/cluster/members/"), expected);
  cluster_.shown.leader = cluster_.shown.oldest = "";
  EXPECT_FALSE(get("/cluster/members").contains("leader"));
  EXPECT_FALSE(get("/cluster/members").contains("oldest"));
}

TEST_F(ClusterRoutesTest, AMemberIsFoundAsAkkaFindsIt) {
  for (const char* node : {"10.0.0.2:25520", "shoal://test@10.0.0.2:25520", "test@10.0.0.2:25520",
                           "shoal%3A%2F%2Ftest%4010.0.0.2%3A25520", "second"}) {
    EXPECT_EQ(get(std::string("/cluster/members/") + node)["status"], "Leaving") << node;
  }
  expect_problem(call("GET", "/cluster/members/10.0.0.3:1"), 404, "Member [10.0.0.3:1] not found");
  expect_problem(call("GET", "/cluster/members/%zz"), 400, "two hex digits");
}

TEST_F(ClusterRoutesTest, OperationsAreAkkasAndOurs) {
  const std::string form = "application/x-www-form-urlencoded";
  Response response = call("PUT", "/cluster/members/10.0.0.2:25520", "operation=Leave", form);
  EXPECT_EQ(Json::parse(response.body)["message"], "Leaving shoal://test@10.0.0.2:25520");
  EXPECT_EQ(cluster_.changed_node, "10.0.0.2:25520");
  EXPECT_EQ(cluster_.changed_to, MemberOperation::leave);
  response = call("PUT", "/cluster/members/second", R"({"operation": "down"})");
  EXPECT_EQ(Json::parse(response.body)["message"], "Downing shoal://test@10.0.0.2:25520");
  EXPECT_EQ(cluster_.changed_to, MemberOperation::down);
  response = call("DELETE", "/cluster/members/second", "", "");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(cluster_.changed_to, MemberOperation::leave);
  response = call("POST", "/cluster/members", R"({"address": "10.0.0.9:1"})");
  EXPECT_EQ(Json::parse(response.body)["message"], "Joining 10.0.0.9:1");
  EXPECT_EQ(cluster_.joined, "10.0.0.9:1");
  for (const char* body : {"operation=", "operation=join", "x", "operation=down&a=b"}) {
    expect_problem(call("PUT", "/cluster/members/second", body, form), 400, "leave or down");
  }
  expect_problem(call("PUT", "/cluster/members/second", "{}"), 400, "say leave or down");
  cluster_.result = error(ErrorCode::not_found, "no such member");
  expect_problem(call("PUT", "/cluster/members/x", R"({"operation": "down"})"), 404, "no such member");
}

TEST_F(ClusterRoutesTest, NoPageOfTheWebChangesAMember) {
  for (const char* method : {"PUT", "DELETE", "POST"}) {
    Request request;
    request.method = method;
    request.target = request.method == "POST" ? "/cluster/members" : "/cluster/members/second";
    request.host = "127.0.0.1:8558";
    request.content_type = "application/json";
    request.origin = "http://127.0.0.1";
    EXPECT_EQ(call(request).status, 403U) << method;
  }
  EXPECT_EQ(call("PUT", "/cluster/members/second", "operation=down", "text/plain").status, 415U);
  EXPECT_EQ(call("POST", "/cluster/members", "address=a:1", "application/x-www-form-urlencoded").status,
            415U);
  EXPECT_EQ(cluster_.changed_node, "");
  EXPECT_EQ(call("PATCH", "/cluster/members/second").allow, "GET, HEAD, PUT, DELETE");
}

TEST_F(ClusterRoutesTest, OurPagesSayTheRest) {
  const Json cluster = get("/v1/cluster");
  EXPECT_EQ(cluster["name"], "test");
  EXPECT_EQ(cluster["members"][1]["name"], "second");
  EXPECT_EQ(cluster["members"][1]["uid"], "18446744073709551615");
  EXPECT_EQ(cluster["members"][1]["accusers"], Json::array({"10.0.0.1:25520"}));
  EXPECT_TRUE(cluster["members"][0]["load"].is_null());
  EXPECT_EQ(cluster["members"][1]["load"], Json::parse(R"({"cpu_percent": 12.5, "lanes_percent": 40.0,
      "resident_memory_bytes": 1048576, "shards": 64, "lag": 7})"));
  EXPECT_FALSE(cluster["self"].contains("load"));
  const Json events = get("/v1/cluster/events?after=2&limit=3");
  EXPECT_EQ(cluster_.events_after, 2U);
  EXPECT_EQ(cluster_.events_limit, 3U);
  EXPECT_EQ(events["last"], 5);
  EXPECT_EQ(events["missed"], 2);
  EXPECT_EQ(events["events"][1]["previous_status"], "Exiting");
  EXPECT_TRUE(events["events"][2]["member"].is_null());
  const Json explained = get("/v1/cluster/explain/shoal://test@10.0.0.2:25520");
  EXPECT_EQ(cluster_.explained, "shoal://test@10.0.0.2:25520");
  EXPECT_EQ(explained["phi"], 12.5);
  EXPECT_EQ(explained["decisions"][0]["verdict"], "down-unreachable");
  EXPECT_EQ(explained["decisions"][0]["members"].size(), 2U);
  EXPECT_EQ(explained["events"][0]["type"], "MemberRemoved");
}

TEST_F(ClusterRoutesTest, EventsBeginWithTheStateAndEndWhereTheClientIsTooSlow) {
  cluster_.is_followed = true;
  const Response response = call("GET", "/cluster/domain-events");
  EXPECT_EQ(response.content_type, "text/event-stream");
  ASSERT_TRUE(response.next);
  EXPECT_EQ(
      *response.next(),
      "data:{\"member\":{\"uniqueAddress\":{\"address\":\"shoal://test@10.0.0.1:25520\",\"longUid\":11},"
      "\"status\":\"Up\",\"roles\":[\"backend\"],\"dataCenter\":\"default\"},\"type\":\"MemberUp\"}\n"
      "event:MemberUp\n\n");
  EXPECT_NE(response.next()->find("\"previousStatus\":\"Exiting\",\"type\":\"MemberRemoved\""),
            std::string::npos);
  EXPECT_EQ(*response.next(), "data:{\"type\":\"LeaderChanged\"}\nevent:LeaderChanged\n\n");
  EXPECT_FALSE(response.next().has_value());
}

TEST_F(ClusterRoutesTest, EventsAreChosenByType) {
  cluster_.is_followed = true;
  const Response some = call("GET", "/cluster/domain-events?type=ReachabilityEvent&type=MemberRemoved");
  EXPECT_EQ(*some.next(), "");
  EXPECT_NE(*some.next(), "");
  EXPECT_EQ(*some.next(), "");
  const Response all = call("GET", "/cluster/domain-events?type=ClusterDomainEvent");
  EXPECT_NE(*all.next(), "");
  for (const char* query : {"?type=", "?type=Member", "?x=1", "?type=MemberUp&"}) {
    const unsigned status = std::string(query).back() == '&' ? 200U : 400U;
    EXPECT_EQ(call("GET", std::string("/cluster/domain-events") + query).status, status) << query;
  }
}

TEST_F(ClusterRoutesTest, AHostAloneSaysSo) {
  host_.is_alone = true;
  for (const char* target : {"/v1/cluster", "/v1/cluster/events", "/v1/cluster/explain/a", "/cluster/members",
                             "/cluster/members/a", "/cluster/domain-events"}) {
    expect_problem(call("GET", target), 404, "this host runs alone");
  }
  expect_problem(call("POST", "/cluster/members", R"({"address": "a:1"})"), 404, "this host runs alone");
  expect_problem(call("DELETE", "/cluster/members/a"), 404, "this host runs alone");
}

}  // namespace
}  // namespace shoal::management
