// Goal: a connection speaks for one node and for itself only, whatever it says, and whoever may not is told
// why. Method: hellos of named connections with and without an allow list; real connections are in
// security_test.cpp.
#include "cluster/transport/admission.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/cluster/transport/key_of.hpp"

namespace shoal::transport {
namespace {

const Node self{"self", "h:0", cluster::Uid{100}};

Hello hello_of(const std::string& name, const std::string& address, std::uint64_t uid) {
  return {"test", {name, address, cluster::Uid{uid}}};
}

std::string refusal_of(Admission& admission, const Caller& caller, const Hello& hello) {
  const auto admitted = admission.hello(caller, hello);
  return admitted ? "" : admitted.error().message;
}

Caller caller_with(const std::string& connection, char key) { return {connection, to_hex(key_of(key))}; }

AllowList list_of(const std::vector<AllowedNode>& nodes) {
  AllowList list;
  for (const AllowedNode& node : nodes) EXPECT_TRUE(list.add(node));
  return list;
}

TEST(AdmissionTest, SpeaksFromItsHelloOn) {
  Admission admission(self, "test", nullptr, 10);
  const Caller caller{"1", ""};
  EXPECT_EQ(admission.speaker(caller), nullptr);
  EXPECT_EQ(refusal_of(admission, caller, hello_of("a", "h:1", 1)), "");
  ASSERT_NE(admission.speaker(caller), nullptr);
  EXPECT_EQ(*admission.speaker(caller)->node, hello_of("a", "h:1", 1).from);
  EXPECT_EQ(refusal_of(admission, caller, hello_of("a", "h:1", 1)), "") << "the same hello again";
  EXPECT_NE(refusal_of(admission, caller, hello_of("b", "h:2", 2)).find("speaks for 'a' already"),
            std::string::npos);
  EXPECT_EQ(admission.speaker(caller)->node->name, "a");
}

TEST(AdmissionTest, OnlyTheLastConnectionOfANodeCounts) {
  Admission admission(self, "test", nullptr, 10);
  ASSERT_EQ(refusal_of(admission, {"1", ""}, hello_of("a", "h:1", 1)), "");
  ASSERT_EQ(refusal_of(admission, {"2", ""}, hello_of("a", "h:1", 1)), "") << "it connects anew";
  EXPECT_EQ(admission.speaker({"1", ""}), nullptr);
  ASSERT_EQ(refusal_of(admission, {"3", ""}, hello_of("a", "h:1", 2)), "") << "it was restarted";
  EXPECT_EQ(admission.speaker({"2", ""}), nullptr);
  EXPECT_NE(refusal_of(admission, {"4", ""}, hello_of("a", "h:1", 1)).find("a later incarnation"),
            std::string::npos);
  EXPECT_EQ(admission.speaker({"3", ""})->node->uid, cluster::Uid{2});
  admission.forget("h:1");
  EXPECT_EQ(admission.speaker({"3", ""}), nullptr);
  EXPECT_EQ(refusal_of(admission, {"4", ""}, hello_of("a", "h:1", 1)), "");
}

TEST(AdmissionTest, AsManyReplacedIncarnationsAsItSaysAreKept) {
  Admission admission(self, "test", nullptr, 10);
  const std::uint64_t last = Admission::replaced_max + 2;
  for (std::uint64_t uid = 1; uid <= last; ++uid) {
    ASSERT_EQ(refusal_of(admission, {std::to_string(uid), ""}, hello_of("a", "h:1", uid)), "");
  }
  EXPECT_NE(refusal_of(admission, {"x", ""}, hello_of("a", "h:1", 2)), "");
  EXPECT_EQ(refusal_of(admission, {"x", ""}, hello_of("a", "h:1", 1)), "");
}

TEST(AdmissionTest, NodesAreBounded) {
  Admission admission(self, "test", nullptr, 2);
  EXPECT_EQ(refusal_of(admission, {"1", ""}, hello_of("a", "h:1", 1)), "");
  EXPECT_EQ(refusal_of(admission, {"2", ""}, hello_of("b", "h:2", 2)), "");
  EXPECT_NE(refusal_of(admission, {"3", ""}, hello_of("c", "h:3", 3)).find("2 nodes"), std::string::npos);
  EXPECT_EQ(refusal_of(admission, {"4", ""}, hello_of("a", "h:1", 1)), "") << "of those it knows any";
}

TEST(AdmissionTest, RefusesWhatCannotBe) {
  Admission admission(self, "test", nullptr, 10);
  Hello other = hello_of("a", "h:1", 1);
  other.cluster_name = "production";
  EXPECT_NE(refusal_of(admission, {"1", ""}, other).find("cluster 'production', this one of 'test'"),
            std::string::npos);
  EXPECT_NE(refusal_of(admission, {"1", ""}, hello_of("self", "h:9", 100)).find("this node itself"),
            std::string::npos);
  EXPECT_NE(refusal_of(admission, {"1", ""}, hello_of("a", "h:0", 1)).find("this node's address"),
            std::string::npos);
  EXPECT_EQ(admission.speaker({"1", ""}), nullptr);
}

TEST(AdmissionTest, AKeyFixesNameAndAddress) {
  const AllowList list = list_of({{key_of('a'), "a", "h:1"}, {key_of('b'), "b", ""}, {key_of('c'), "c", ""}});
  Admission admission(self, "test", &list, 10);
  EXPECT_NE(refusal_of(admission, {"1", ""}, hello_of("a", "h:1", 1)), "") << "no key";
  EXPECT_NE(
      refusal_of(admission, caller_with("1", 'x'), hello_of("a", "h:1", 1)).find("not on the allow list"),
      std::string::npos);
  EXPECT_NE(refusal_of(admission, caller_with("1", 'b'), hello_of("a", "h:1", 1)).find("that of 'b'"),
            std::string::npos);
  EXPECT_NE(refusal_of(admission, caller_with("1", 'a'), hello_of("a", "h:7", 1)).find("at h:1"),
            std::string::npos);
  EXPECT_NE(refusal_of(admission, caller_with("1", 'b'), hello_of("b", "h:1", 1)).find("the address of 'a'"),
            std::string::npos);
  EXPECT_EQ(refusal_of(admission, caller_with("1", 'a'), hello_of("a", "h:1", 1)), "");
  EXPECT_EQ(refusal_of(admission, caller_with("2", 'b'), hello_of("b", "h:2", 2)), "");
  EXPECT_NE(refusal_of(admission, caller_with("3", 'c'), hello_of("c", "h:2", 3)).find("the address of 'b'"),
            std::string::npos);
  EXPECT_EQ(refusal_of(admission, caller_with("4", 'b'), hello_of("b", "h:3", 2)), "") << "it has moved";
  EXPECT_EQ(refusal_of(admission, caller_with("3", 'c'), hello_of("c", "h:2", 3)), "")
      << "and left the address";
}

TEST(AdmissionTest, AFrameIsOfTheKeyThatSaidHello) {
  const AllowList list = list_of({{key_of('a'), "a", ""}, {key_of('b'), "b", ""}});
  Admission admission(self, "test", &list, 10);
  ASSERT_EQ(refusal_of(admission, caller_with("1", 'a'), hello_of("a", "h:1", 1)), "");
  EXPECT_NE(admission.speaker(caller_with("1", 'a')), nullptr);
  EXPECT_EQ(admission.speaker(caller_with("1", 'b')), nullptr) << "another connection under the same name";
  EXPECT_NE(refusal_of(admission, caller_with("1", 'b'), hello_of("b", "h:2", 2)), "");
}

TEST(AdmissionTest, AnotherListEndsWhoIsNotOnIt) {
  const AllowList before = list_of({{key_of('a'), "a", ""}, {key_of('b'), "b", ""}, {key_of('c'), "c", ""}});
  Admission admission(self, "test", &before, 10);
  for (const char node : {'a', 'b', 'c'}) {
    const std::string name(1, node);
    ASSERT_EQ(refusal_of(admission, caller_with(name, node),
                         hello_of(name, "h:" + name, static_cast<std::uint64_t>(node - 'a' + 1))),
              "");
  }
  const AllowList after = list_of({{key_of('a'), "a", ""}, {key_of('c'), "other", ""}});
  admission.allow(&after);
  EXPECT_NE(admission.speaker(caller_with("a", 'a')), nullptr);
  EXPECT_EQ(admission.speaker(caller_with("b", 'b')), nullptr) << "revoked";
  EXPECT_EQ(admission.speaker(caller_with("c", 'c')), nullptr) << "given to another name";
}

}  // namespace
}  // namespace shoal::transport
