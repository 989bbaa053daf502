// Goal: what a host says of its cluster becomes lines for people, whatever is missing in it, and what is
// wrong is named first. Method: documents as a host sends them.
#include "host/command/cluster_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Json cluster() {
  return Json::parse(R"({
    "name": "test", "self": {"address": "a:1", "status": "Up"}, "converged": true, "leader": "a:1",
    "oldest": "b:1", "members": [
      {"address": "a:1", "name": "first", "status": "Up", "roles": ["x", "y"], "reachable": true,
       "accusers": [], "load": {"cpu_percent": 12.5, "lanes_percent": 40.0,
       "resident_memory_bytes": 37000000, "shards": 64, "lag": 7}},
      {"address": "b:1", "name": "second", "status": "Up", "roles": [], "reachable": true,
       "accusers": ["a:1"], "load": null}]})");
}

TEST(ClusterText, MembersAreATableWithNotes) {
  EXPECT_EQ(members_text(cluster()),
            "ADDRESS  NAME    STATUS  ROLES  CPU%  LANES%  MEMORY  SHARDS  LAG  NOTES\n"
            "a:1      first   Up      x,y    12.5  40.0    35 MiB  64      7    this host, leader\n"
            "b:1      second  Up      -      -     -       -       -       -    oldest, suspected by a:1\n"
            "all members agree\n");
}

TEST(ClusterText, WhatIsWrongIsNamed) {
  EXPECT_EQ(cluster_trouble(cluster()), "");
  Json wrong = cluster();
  wrong["converged"] = false;
  EXPECT_EQ(cluster_trouble(wrong), "the members do not agree yet");
  wrong["members"][1]["reachable"] = false;
  EXPECT_EQ(cluster_trouble(wrong), "second (b:1) is unreachable");
  EXPECT_THAT(members_text(wrong), HasSubstr("oldest, UNREACHABLE for a:1\nsecond (b:1) is unreachable\n"));
  wrong["self"]["status"] = "Leaving";
  EXPECT_EQ(cluster_trouble(wrong), "this host is Leaving, not Up");
}

TEST(ClusterText, AnEventIsALine) {
  EXPECT_EQ(event_text(Json::parse(R"({"time_ms": 1384000000250, "type": "UnreachableMember",
              "member": {"address": "b:1", "name": "second", "accusers": ["a:1", "c:1"]}})")),
            "2013-11-09T12:26:40Z UnreachableMember second (b:1), accused by a:1,c:1");
  EXPECT_EQ(
      event_text(Json::parse(R"({"time_ms": 0, "type": "LeaderChanged", "member": null, "leader": "a:1"})")),
      "1970-01-01T00:00:00Z LeaderChanged a:1");
}

TEST(ClusterText, AnExplanationSaysWhatADecisionWasMadeFrom) {
  const std::string text = explanation_text(Json::parse(R"({
    "node": "b:1", "watched": true, "phi": 1.5, "quarantined": true, "refutations": 2,
    "member": {"address": "b:1", "name": "second", "uid": "7", "status": "Up", "reachable": false,
               "accusers": ["a:1"]},
    "events": [{"time_ms": 0, "type": "MemberUp", "member": {"address": "b:1", "name": "second"}}],
    "decisions": [{"time_ms": 0, "strategy": "keep-majority", "unstable": true, "verdict": "down-all",
      "downed": ["a:1", "b:1"], "indirectly_connected": ["b:1"],
      "members": [{"address": "b:1", "status": "Up", "reachable": false, "accusers": ["a:1"]}]}]})"));
  EXPECT_EQ(text,
            "second (b:1), incarnation 7, is Up and unreachable for good: down it and start it again\n"
            "accused by: a:1; it has answered 2 accusations\n"
            "this host probes it; phi of its silence: 1.5\n"
            "events:\n"
            "  1970-01-01T00:00:00Z MemberUp second (b:1)\n"
            "decisions on splits:\n"
            "  1970-01-01T00:00:00Z keep-majority: down-all, down: a:1,b:1; the split did not stand still; "
            "reached by "
            "detours only: b:1\n"
            "    b:1 Up, unreachable for a:1\n");
}

TEST(ClusterText, WhatIsMissingIsADash) {
  for (const char* text :
       {"{}", "[]", "5", R"({"self": 1, "members": [1, {"load": {"resident_memory_bytes": "x"}}]})",
        R"({"members": [{"load": 1}]})", R"({"self": 1, "members": [1], "events": 2, "decisions": [{}]})"}) {
    const Json document = Json::parse(text);
    EXPECT_THAT(members_text(document), HasSubstr("this host is -, not Up\n")) << text;
    EXPECT_THAT(explanation_text(document), HasSubstr("- is no member any more\n")) << text;
    EXPECT_THAT(event_text(document), HasSubstr("- - -")) << text;
  }
}

}  // namespace
}  // namespace shoal::command
