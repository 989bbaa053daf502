// Goal: every route calls the host with what the request said and answers what README.md promises; every bad
// request is a problem document. Method: the routes against a fake host, without a socket.
#include "host/management/routes.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fake_host.hpp"

namespace shoal::management {
namespace {

using Json = nlohmann::json;

class RoutesTest : public testing::Test {
 protected:
  Response call(Request request) {
    std::optional<Response> delivered;
    const Handling handling =
        routes_.handle(request, [&](std::function<Response()> make) { delivered = make(); });
    EXPECT_NE(handling.response.has_value(), delivered.has_value())
        << request.method << " " << request.target;
    timeout_ = handling.timeout;
    return handling.response ? *handling.response : delivered.value_or(Response{});
  }

  static Request request(std::string method, std::string target, std::string body = {}) {
    Request made;
    made.method = std::move(method);
    made.target = std::move(target);
    made.host = "127.0.0.1:8558";
    if (made.method == "POST") made.content_type = "application/json";
    made.body = std::move(body);
    return made;
  }

  Response get(std::string target) { return call(request("GET", std::move(target))); }
  Response post(std::string target, std::string body) {
    return call(request("POST", std::move(target), std::move(body)));
  }

  static void expect_problem(const Response& response, unsigned status, std::string_view code) {
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.content_type, "application/problem+json");
    const Json document = Json::parse(response.body, nullptr, false);
    ASSERT_TRUE(document.is_object()) << response.body;
    EXPECT_EQ(document.value("type", ""), "about:blank");
    EXPECT_FALSE(document.value("title", "").empty());
    EXPECT_EQ(document.value("status", 0U), status);
    EXPECT_FALSE(document.value("detail", "").empty());
    EXPECT_FALSE(document.value("instance", "").empty());
    EXPECT_EQ(document.value("code", ""), code);
  }

  FakeHost host_;
  Routes routes_{host_, {8558, std::chrono::milliseconds(1'234)}};
  std::chrono::milliseconds timeout_{0};
};

TEST_F(RoutesTest, Liveness) {
  EXPECT_EQ(get("/livez").status, 200U);
  EXPECT_EQ(get("/livez").body, "ok");
  EXPECT_EQ(get("/livez?verbose").body, "[+]management ok\nlivez check passed\n");
}

TEST_F(RoutesTest, Readiness) {
  EXPECT_EQ(get("/readyz").body, "ok");
  host_.checks = {{"broker", true, ""},
                  {"dead-letters", false, "the topic x.dead-letters cannot be created"}};
  const Response response = get("/readyz");
  expect_problem(response, 503, "unavailable");
  EXPECT_EQ(Json::parse(response.body)["detail"], "dead-letters: the topic x.dead-letters cannot be created");
}

TEST_F(RoutesTest, ReadinessVerbose) {
  host_.checks = {{"broker", true, ""}, {"sources", false, "no partition"}};
  Response response = get("/readyz?verbose");
  EXPECT_EQ(response.status, 503U);
  EXPECT_EQ(response.body, "[+]broker ok\n[-]sources failed: no partition\nreadyz check failed\n");
  host_.checks[1].ok = true;
  response = get("/readyz?verbose");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "[+]broker ok\n[+]sources ok\nreadyz check passed\n");
}

TEST_F(RoutesTest, MetricsHaveTheirContentType) {
  host_.status_value.version = "0.1.0";
  const Response response = get("/metrics");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(response.body.find("\nshoal_build_info{version=\"0.1.0\",abi="), std::string::npos);
}

TEST_F(RoutesTest, StatusAndModules) {
  host_.status_value.node = "host-1";
  host_.module_list.push_back({"aircraft", "1", "g++", "ab", "/m.so", 1, {"aircraft"}});
  EXPECT_EQ(Json::parse(get("/v1/status").body)["node"], "host-1");
  EXPECT_EQ(Json::parse(get("/v1/modules").body)["modules"][0]["id"], "aircraft");
}

TEST_F(RoutesTest, LoadsAModule) {
  host_.load_result = ModuleInfo{"aircraft", "1", "g++", "ab", "/m/a.so", 2, {"aircraft"}};
  const Response response = post("/v1/modules", "{\"path\":\"/m/\\u0061.so\"}");
  EXPECT_EQ(response.status, 201U);
  EXPECT_EQ(Json::parse(response.body)["generation"], 2);
  EXPECT_EQ(host_.loaded_path, "/m/a.so");
  EXPECT_EQ(timeout_, std::chrono::milliseconds(1'234));
}

TEST_F(RoutesTest, LoadRefusesBadBodies) {
  for (const char* body :
       {"", "{}", "[]", "{\"path\":1}", "{\"path\":\"\"}", "{\"path\":\"a\",\"x\":1}", "{\"path\":null}",
        "{\"path\":\"a\\u0000b\"}", "{\"path\":\"a\",\"path\":\"b\"}"}) {
    expect_problem(post("/v1/modules", body), 400, "invalid_argument");
  }
  EXPECT_EQ(host_.loaded_path, "");
}

TEST_F(RoutesTest, ErrorsOfTheHostHaveTheirStatus) {
  const std::vector<std::tuple<ErrorCode, unsigned, std::string>> expected = {
      {ErrorCode::failed, 500, "failed"},
      {ErrorCode::invalid_argument, 400, "invalid_argument"},
      {ErrorCode::bad_config, 422, "bad_config"},
      {ErrorCode::not_found, 404, "not_found"},
      {ErrorCode::already_exists, 409, "already_exists"},
      {ErrorCode::unavailable, 503, "unavailable"},
      {ErrorCode::overloaded, 503, "overloaded"},
      {ErrorCode::deadline, 504, "deadline"},
      {ErrorCode::refused, 422, "refused"},
      {ErrorCode::unreachable, 503, "unreachable"}};
  for (const auto& [code, status, name] : expected) {
    const Error cause = error(code, "because \xff");
    host_.load_result = cause;
    host_.ask_result = cause;
    host_.tell_result = cause;
    host_.list_result = cause;
    host_.describe_result = cause;
    host_.parked_result = cause;
    host_.unpark_result = cause;
    host_.change_result = cause;
    expect_problem(post("/v1/modules", "{\"path\":\"a\"}"), status, name);
    expect_problem(post("/v1/entities/aircraft/N1/ask", "{\"message\":\"m\"}"), status, name);
    expect_problem(post("/v1/entities/aircraft/N1/tell", "{\"message\":\"m\"}"), status, name);
    expect_problem(get("/v1/entities/aircraft"), status, name);
    expect_problem(get("/v1/entities/aircraft/N1"), status, name);
    expect_problem(get("/v1/parked/aircraft"), status, name);
    expect_problem(post("/v1/entities/aircraft/N1/unpark", "{}"), status, name);
    expect_problem(post("/v1/types/aircraft", "{\"active_entities_max\":null}"), status, name);
  }
  host_.list_result = error(ErrorCode::failed, "");
  expect_problem(get("/v1/entities/aircraft"), 500, "failed");
}

TEST_F(RoutesTest, ListsEntities) {
  host_.list_result = std::vector<std::string>{"N14228", std::string("a\0/%", 4), "\xff"};
  const Response response = get("/v1/entities/aircraft");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(Json::parse(response.body),
            Json({{"type", "aircraft"}, {"ids", {"N14228", "a%00%2F%25", "%FF"}}, {"truncated", false}}));
  EXPECT_EQ(host_.listed_type, "aircraft");
  EXPECT_EQ(host_.listed_limit, 101U);
}

TEST_F(RoutesTest, ListSaysWhenThereIsMore) {
  host_.list_result = std::vector<std::string>{"a", "b", "c"};
  EXPECT_EQ(Json::parse(get("/v1/entities/aircraft?limit=2").body),
            Json({{"type", "aircraft"}, {"ids", {"a", "b"}}, {"truncated", true}}));
  EXPECT_EQ(host_.listed_limit, 3U);
  EXPECT_EQ(get("/v1/entities/aircraft?limit=10000").status, 200U);
}

TEST_F(RoutesTest, ListRefusesBadLimits) {
  for (const char* query :
       {"limit=0", "limit=10001", "limit=-1", "limit=", "limit", "limit=1x", "limit=1&limit=2",
        "limit=99999999999999999999999", "limt=5", "limit=+1", "limit=%31"}) {
    expect_problem(get(std::string("/v1/entities/aircraft?") + query), 400, "invalid_argument");
  }
}

TEST_F(RoutesTest, DescribesAnEntity) {
  host_.describe_result = std::string("{\"flights\": 1.0}");
  const Response response = get("/v1/entities/aircraft/a%2Fb%00");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.body, "{\"type\":\"aircraft\",\"id\":\"a%2Fb%00\",\"state\":{\"flights\": 1.0}}\n");
  EXPECT_EQ(host_.described_id, std::string("a/b\0", 4));
  host_.describe_result = std::string("{broken");
  expect_problem(get("/v1/entities/aircraft/N1"), 500, "failed");
}

TEST_F(RoutesTest, ListsParkedEntities) {
  host_.parked_result = std::vector<ParkedEntity>{
      {"a/b", 1'384'000'000'250, 3, "told so"}, {"b", 7, 1, "\xff"}, {"c", 8, 1, ""}};
  EXPECT_EQ(Json::parse(get("/v1/parked/aircraft?limit=2").body), Json::parse(R"({"type": "aircraft",
    "parked": [{"id": "a%2Fb", "since_ms": 1384000000250, "failures": 3, "reason": "told so"},
               {"id": "b", "since_ms": 7, "failures": 1, "reason": "\ufffd"}], "truncated": true})"));
  EXPECT_EQ(host_.listed_type, "aircraft");
  EXPECT_EQ(host_.listed_limit, 3U);
  EXPECT_EQ(Json::parse(get("/v1/parked/aircraft").body)["truncated"], false);
  EXPECT_EQ(host_.listed_limit, 101U);
  expect_problem(get("/v1/parked/aircraft?limit=0"), 400, "invalid_argument");
  expect_problem(get("/v1/parked/No-Type"), 404, "not_found");
  expect_problem(get("/v1/parked"), 404, "not_found");
  expect_problem(get("/v1/parked/aircraft/N1"), 404, "not_found");
}

TEST_F(RoutesTest, UnparksAnEntity) {
  const Response response = post("/v1/entities/aircraft/a%2Fb/unpark", "{}");
  EXPECT_EQ(response.status, 204U);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.content_type, "");
  EXPECT_EQ(host_.unparked_type, "aircraft");
  EXPECT_EQ(host_.unparked_id, "a/b");
  for (const char* body : {"", "{\"id\":1}", "[]", "5"}) {
    expect_problem(post("/v1/entities/aircraft/a/unpark", body), 400, "invalid_argument");
  }
  expect_problem(get("/v1/entities/aircraft/a/unpark"), 405, "method_not_allowed");
}

TEST_F(RoutesTest, ListsDeadLetters) {
  DeadLetter ask{9,     1'384'000'000'250, "ask", "parked", "told \xff", "aircraft",
                 "a b", "summary",         12,    {},       {}};
  ask.sender = {"aircraft", "N1/2"};
  DeadLetter record{12, 5, "record", "key_missing", "", "aircraft", "", "flight", 3, {}, {}};
  record.position = {"flights", 3, 4'000'000'000};
  host_.dead_letter_page = {{ask, record}, 12, 2};
  const Response response = get("/v1/dead-letters?limit=7&after=8");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(host_.dead_letters_after, 8U);
  EXPECT_EQ(host_.dead_letters_limit, 7U);
  EXPECT_EQ(Json::parse(response.body), Json::parse(R"({"last": 12, "missed": 2, "dead_letters": [
    {"number": 9, "time_ms": 1384000000250, "kind": "ask", "reason": "parked", "detail": "told \ufffd",
     "type": "aircraft", "id": "a%20b", "message": "summary", "body_bytes": 12,
     "sender": {"type": "aircraft", "id": "N1%2F2"}, "position": null},
    {"number": 12, "time_ms": 5, "kind": "record", "reason": "key_missing", "detail": "", "type": "aircraft",
     "id": null, "message": "flight", "body_bytes": 3, "sender": null,
     "position": {"topic": "flights", "partition": 3, "offset": 4000000000}}]})"));
  EXPECT_EQ(get("/v1/dead-letters").status, 200U);
  EXPECT_EQ(host_.dead_letters_after, std::nullopt);
  EXPECT_EQ(host_.dead_letters_limit, 100U);
  for (const char* query : {"limit=0", "limit=10001", "limit", "after=", "after=-1", "after=x", "a=1",
                            "limit=1&limit=2", "after=1&after=2", "&", "after=18446744073709551616"}) {
    expect_problem(get(std::string("/v1/dead-letters?") + query), 400, "invalid_argument");
  }
  expect_problem(post("/v1/dead-letters", "{}"), 405, "method_not_allowed");
}

TEST_F(RoutesTest, ChangesTheLimitOfAType) {
  const Response response = post("/v1/types/aircraft", "{\"active_entities_max\":4294967295}");
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(Json::parse(response.body), Json({{"type", "aircraft"}, {"active_entities_max", 4'294'967'295}}));
  EXPECT_EQ(host_.changed_type, "aircraft");
  EXPECT_EQ(Json::parse(post("/v1/types/aircraft", "{\"active_entities_max\":null}").body),
            Json({{"type", "aircraft"}, {"active_entities_max", nullptr}}));
  for (const char* number : {"0", "-1", "1.5", "4294967296", "\"5\"", "[]"}) {
    const std::string body = std::string("{\"active_entities_max\":") + number + "}";
    expect_problem(post("/v1/types/aircraft", body), 400, "invalid_argument");
  }
  for (const char* body : {"", "{}", "{\"shards\":1}", "5"}) {
    expect_problem(post("/v1/types/aircraft", body), 400, "invalid_argument");
  }
  expect_problem(get("/v1/types/aircraft"), 405, "method_not_allowed");
  expect_problem(post("/v1/types/No-Type", "{\"active_entities_max\":1}"), 404, "not_found");
}

TEST_F(RoutesTest, Asks) {
  Request asking = request("POST", "/v1/entities/aircraft/N14228/ask",
                           "{\"message\":\"summary\",\"body\": {\"a\": 1.00} ,\"timeout_ms\":250}");
  asking.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const Response response = call(asking);
  EXPECT_EQ(response.status, 200U);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, "{\"flights\":3}");
  EXPECT_EQ(timeout_, std::chrono::milliseconds(250));
  ASSERT_EQ(host_.asked.size(), 1U);
  EXPECT_EQ(host_.asked[0].type, "aircraft");
  EXPECT_EQ(host_.asked[0].id, "N14228");
  EXPECT_EQ(host_.asked[0].message, "summary");
  EXPECT_EQ(host_.asked[0].body, "{\"a\": 1.00}");
  EXPECT_EQ(host_.asked[0].codec, shoal_codec{SHOAL_CODEC_JSON});
  EXPECT_EQ(host_.asked[0].timeout_ms, 250U);
  EXPECT_EQ(host_.asked[0].traceparent, *asking.traceparent);
}

TEST_F(RoutesTest, AsksWithDefaults) {
  EXPECT_EQ(post("/v1/entities/aircraft/N14228/ask", "{\"message\":\"summary\"}").status, 200U);
  EXPECT_EQ(host_.asked[0].body, "");
  EXPECT_EQ(host_.asked[0].timeout_ms, 5'000U);
  EXPECT_EQ(timeout_, std::chrono::milliseconds(5'000));
  EXPECT_EQ(post("/v1/entities/aircraft/N14228/ask", "{\"message\":\"summary\",\"body\":null}").status, 200U);
  EXPECT_EQ(host_.asked[1].body, "null");
}

TEST_F(RoutesTest, Tells) {
  const Response response =
      post("/v1/entities/aircraft/N14228/tell", "{\"message\":\"flight\",\"body\":[1]}");
  EXPECT_EQ(response.status, 202U);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.content_type, "");
  ASSERT_EQ(host_.told.size(), 1U);
  EXPECT_EQ(host_.told[0].body, "[1]");
  EXPECT_EQ(host_.told[0].timeout_ms, 0U);
  EXPECT_EQ(timeout_, std::chrono::milliseconds(5'000));
}

TEST_F(RoutesTest, MessagesRefuseBadBodies) {
  const std::string deep = "{\"message\":\"m\",\"body\":" + std::string(32, '[') + std::string(32, ']') + "}";
  const std::vector<std::string> bodies = {"",
                                           "{",
                                           "[]",
                                           "{}",
                                           "null",
                                           "{\"message\":\"\"}",
                                           "{\"message\":1}",
                                           "{\"message\":\"m\",\"timeout\":1}",
                                           "{\"message\":\"m\",\"timeout_ms\":0}",
                                           "{\"message\":\"m\",\"timeout_ms\":86400001}",
                                           "{\"message\":\"m\",\"timeout_ms\":-1}",
                                           "{\"message\":\"m\",\"timeout_ms\":1.5}",
                                           "{\"message\":\"m\",\"timeout_ms\":\"5s\"}",
                                           "{\"message\":\"m\",\"timeout_ms\":18446744073709551616}",
                                           "{\"message\":\"m\",\"message\":\"n\"}",
                                           "{\"message\":\"m\xff\"}",
                                           deep};
  for (const std::string& body : bodies) {
    expect_problem(post("/v1/entities/aircraft/N1/ask", body), 400, "invalid_argument");
    expect_problem(post("/v1/entities/aircraft/N1/tell", body), 400, "invalid_argument");
  }
  EXPECT_TRUE(host_.asked.empty());
  EXPECT_TRUE(host_.told.empty());
}

TEST_F(RoutesTest, RepliesHaveTheirStatus) {
  const std::vector<std::tuple<shoal_status, unsigned, std::string>> expected = {
      {SHOAL_STATUS_FAILED, 422, "refused"},
      {SHOAL_STATUS_UNSUPPORTED, 501, "unsupported"},
      {SHOAL_STATUS_INVALID_ARGUMENT, 400, "invalid_argument"},
      {SHOAL_STATUS_WRONG_PHASE, 500, "wrong_phase"},
      {SHOAL_STATUS_TOO_LARGE, 413, "too_large"},
      {SHOAL_STATUS_NOT_FOUND, 404, "not_found"},
      {SHOAL_STATUS_UNDECODABLE, 400, "undecodable"},
      {SHOAL_STATUS_DEAD_LETTER, 422, "dead_letter"},
      {SHOAL_STATUS_OVERLOADED, 503, "overloaded"},
      {SHOAL_STATUS_DEADLINE, 504, "deadline"},
      {SHOAL_STATUS_NOT_ACTIVE, 404, "not_active"},
      {SHOAL_STATUS_OUT_OF_MEMORY, 503, "out_of_memory"},
      {shoal_status{4711}, 422, "refused"}};
  for (const auto& [status, http_status, code] : expected) {
    host_.ask_result = Reply{status, SHOAL_CODEC_JSON, "", "no fuel"};
    expect_problem(post("/v1/entities/aircraft/N1/ask", "{\"message\":\"m\"}"), http_status, code);
  }
}

TEST_F(RoutesTest, RepliesOfEveryCodecBecomeJson) {
  const auto body_of = [this](shoal_codec codec, std::string body) {
    host_.ask_result = Reply{SHOAL_STATUS_OK, codec, std::move(body), ""};
    return post("/v1/entities/aircraft/N1/ask", "{\"message\":\"m\"}").body;
  };
  EXPECT_EQ(body_of(SHOAL_CODEC_MSGPACK, "\x81\xa1x\x01"), "{\"x\":1}");
  EXPECT_EQ(body_of(SHOAL_CODEC_BYTES, "\xff"), "{\"base64\":\"/w==\"}");
  EXPECT_EQ(body_of(SHOAL_CODEC_JSON, ""), "null");
  host_.ask_result = Reply{SHOAL_STATUS_OK, SHOAL_CODEC_JSON, "{", ""};
  expect_problem(post("/v1/entities/aircraft/N1/ask", "{\"message\":\"m\"}"), 500, "failed");
}

TEST_F(RoutesTest, IdsAreArbitraryBytes) {
  const std::string message = "{\"message\":\"m\"}";
  const auto id_of = [&](const std::string& encoded) {
    host_.asked.clear();
    EXPECT_EQ(post("/v1/entities/aircraft/" + encoded + "/ask", message).status, 200U) << encoded;
    return host_.asked.empty() ? std::string() : host_.asked[0].id;
  };
  EXPECT_EQ(id_of("%00"), std::string(1, '\0'));
  EXPECT_EQ(id_of("a%2Fb"), "a/b");
  EXPECT_EQ(id_of("%FF%fe"), "\xff\xfe");
  EXPECT_EQ(id_of("a+b"), "a+b");
  EXPECT_EQ(id_of(".."), "..");
  EXPECT_EQ(id_of("ask"), "ask");
  EXPECT_EQ(id_of(std::string(1024, 'x')), std::string(1024, 'x'));
  EXPECT_EQ(id_of("a%3Fb"), "a?b");
}

TEST_F(RoutesTest, RefusesBadIdsAndTypes) {
  const std::string message = "{\"message\":\"m\"}";
  for (const std::string& id :
       {std::string(), std::string("%"), std::string("%2"), std::string("%zz"), std::string(1025, 'x')}) {
    expect_problem(post("/v1/entities/aircraft/" + id + "/ask", message), 400, "invalid_argument");
    expect_problem(get("/v1/entities/aircraft/" + id), 400, "invalid_argument");
  }
  for (const std::string& type : {std::string(), std::string("Aircraft"), std::string("1a"),
                                  std::string("a%00"), std::string("a.b"), std::string(65, 'a')}) {
    expect_problem(get("/v1/entities/" + type), 404, "not_found");
    expect_problem(post("/v1/entities/" + type + "/N1/ask", message), 404, "not_found");
  }
  expect_problem(get("/v1/entities/%zz"), 400, "invalid_argument");
  EXPECT_EQ(get("/v1/entities/" + std::string(64, 'a')).status, 200U);
  EXPECT_EQ(get("/v1/entities/%61ircraft").status, 200U);
}

TEST_F(RoutesTest, UnknownPaths) {
  for (const char* target : {"/", "//", "/nothing", "/livez/", "/v1", "/v1/", "/v1/entities", "/v1/status/",
                             "/v1/entities/aircraft/N1/asks", "/v1/entities/aircraft/N1/ask/", "/v2/status",
                             "/LIVEZ", "/v1/%73tatus", "/metrics/"}) {
    expect_problem(get(target), 404, "not_found");
  }
}

TEST_F(RoutesTest, OtherMethodsNameTheAllowedOnes) {
  const std::vector<std::tuple<std::string, std::string, std::string>> wrong = {
      {"POST", "/livez", "GET, HEAD"},
      {"PUT", "/v1/status", "GET, HEAD"},
      {"DELETE", "/v1/modules", "GET, HEAD, POST"},
      {"POST", "/v1/entities/aircraft", "GET, HEAD"},
      {"OPTIONS", "/v1/entities/aircraft/N1", "GET, HEAD"},
      {"GET", "/v1/entities/aircraft/N1/ask", "POST"},
      {"HEAD", "/v1/entities/aircraft/N1/tell", "POST"},
      {"get", "/livez", "GET, HEAD"},
      {"", "/livez", "GET, HEAD"}};
  for (const auto& [method, target, allow] : wrong) {
    const Response response = call(request(method, target, "{}"));
    expect_problem(response, 405, "method_not_allowed");
    EXPECT_EQ(response.allow, allow) << method << " " << target;
  }
}

TEST_F(RoutesTest, HeadIsGet) { EXPECT_EQ(call(request("HEAD", "/livez")).status, 200U); }

TEST_F(RoutesTest, RoutesWithoutParametersRefuseThem) {
  for (const char* target : {"/livez?x", "/readyz?verbos", "/readyz?verbose&exclude=x", "/metrics?x",
                             "/v1/status?format=json", "/v1/modules?x=1", "/v1/entities/aircraft/N1?x"}) {
    expect_problem(get(target), 400, "invalid_argument");
  }
  expect_problem(post("/v1/entities/aircraft/N1/ask?timeout=1", "{\"message\":\"m\"}"), 400,
                 "invalid_argument");
}

TEST_F(RoutesTest, TargetsThatAreNoPaths) {
  for (const char* target : {"", "*", "livez", "/livez#x", "ftp://127.0.0.1:8558/livez"}) {
    const Response response = get(target);
    EXPECT_EQ(response.status, 400U) << target;
    EXPECT_EQ(response.content_type, "application/problem+json");
  }
}

TEST_F(RoutesTest, AbsoluteFormNamesItsHost) {
  Request absolute = request("GET", "http://localhost:8558/livez");
  absolute.host = "evil.example";
  EXPECT_EQ(call(absolute).status, 200U);
  absolute.target = "http://evil.example/livez";
  absolute.host = "localhost:8558";
  expect_problem(call(absolute), 421, "foreign_host");
  absolute.target = "http://localhost:8558";
  expect_problem(call(absolute), 404, "not_found");
}

TEST_F(RoutesTest, ForeignHostsAreRefusedEverywhere) {
  for (const char* target : {"/livez", "/v1/status", "/v1/entities/aircraft", "/nothing"}) {
    Request foreign = request("GET", target);
    foreign.host = "evil.example:8558";
    expect_problem(call(foreign), 421, "foreign_host");
    foreign.host.reset();
    expect_problem(call(foreign), 400, "invalid_argument");
  }
}

TEST_F(RoutesTest, WebPagesCannotPost) {
  for (const char* target :
       {"/v1/modules", "/v1/entities/aircraft/N1/ask", "/v1/entities/aircraft/N1/tell"}) {
    Request web = request("POST", target, "{\"message\":\"m\"}");
    web.origin = "http://127.0.0.1:8558";
    expect_problem(call(web), 403, "origin_refused");
    web.origin.reset();
    web.content_type = "text/plain";
    expect_problem(call(web), 415, "unsupported_media_type");
    web.content_type.reset();
    expect_problem(call(web), 415, "unsupported_media_type");
  }
  EXPECT_TRUE(host_.asked.empty());
  EXPECT_TRUE(host_.told.empty());
  EXPECT_EQ(host_.loaded_path, "");
}

TEST_F(RoutesTest, WithoutRoomOnlyWhatNeedsACallIsRefused) {
  const auto status_of = [this](const Request& made) { return routes_.handle(made, {}).response->status; };
  EXPECT_EQ(status_of(request("GET", "/livez")), 200U);
  EXPECT_EQ(status_of(request("GET", "/readyz")), 200U);
  EXPECT_EQ(status_of(request("GET", "/v1/status")), 200U);
  EXPECT_EQ(status_of(request("GET", "/v1/modules")), 200U);
  EXPECT_EQ(status_of(request("GET", "/v1/entities/aircraft")), 503U);
  EXPECT_EQ(status_of(request("GET", "/v1/entities/aircraft/N1")), 503U);
  EXPECT_EQ(status_of(request("POST", "/v1/modules", "{\"path\":\"a\"}")), 503U);
  EXPECT_EQ(status_of(request("POST", "/v1/entities/aircraft/N1/ask", "{\"message\":\"m\"}")), 503U);
  EXPECT_EQ(status_of(request("POST", "/v1/entities/aircraft/N1/tell", "{\"message\":\"m\"}")), 503U);
}

TEST_F(RoutesTest, TheDeadlineIsAProblem) { expect_problem(deadline_response("/v1/x"), 504, "deadline"); }

}  // namespace
}  // namespace shoal::management
