// Goal: the list says who may come and whom to expect, changes keep the rest of the file, and a mistake is
// named by file and line. Method: texts and files in a folder of the test.
#include "cluster/transport/allow_list.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "cluster/transport/key_file.hpp"
#include "tests/unit/cluster/transport/key_of.hpp"

namespace shoal::transport {
namespace {

std::string hex_of(char letter) { return to_hex(key_of(letter)); }

std::string list_refusal(const std::string& text) {
  const auto list = AllowList::parse(text, "allowed");
  return list ? "" : list.error().message;
}

TEST(AllowListTest, SaysWhoMayComeAndWhomToExpect) {
  const auto parsed = AllowList::parse("# nodes\n\n" + hex_of('a') + " a h:1\r\n\t" + hex_of('b') + "  b\n" +
                                           hex_of('c') + " a h:1\n" + hex_of('d') + " a h:2",
                                       "allowed");
  ASSERT_TRUE(parsed) << parsed.error().message;
  const AllowList& list = parsed.value();
  EXPECT_EQ(list.nodes().size(), 4);
  ASSERT_NE(list.find(key_of('b')), nullptr);
  EXPECT_EQ(*list.find(key_of('b')), (AllowedNode{key_of('b'), "b", ""}));
  EXPECT_EQ(list.find(key_of('x')), nullptr);
  EXPECT_EQ(list.owner_of("h:1"), "a");
  EXPECT_EQ(list.owner_of("h:3"), "");
  EXPECT_EQ(list.owner_of(""), "") << "no address is nobody's";
  // The last line first; and the name counts only where the address is nobody's.
  EXPECT_EQ(list.keys_for("h:1", ""), (std::vector<PublicKey>{key_of('c'), key_of('a')}));
  EXPECT_EQ(list.keys_for("h:1", "b"), (std::vector<PublicKey>{key_of('c'), key_of('a')}));
  EXPECT_EQ(list.keys_for("h:9", "b"), std::vector<PublicKey>{key_of('b')});
  EXPECT_TRUE(list.keys_for("h:9", "").empty());
  EXPECT_TRUE(list.keys_for("h:9", "a").empty()) << "the list has it elsewhere";
}

TEST(AllowListTest, AMistakeIsNamedWithItsLine) {
  EXPECT_EQ(list_refusal("x"), "allowed:1: does not begin with a key of 64 hexadecimal digits");
  EXPECT_EQ(list_refusal("#\n" + hex_of('a')), "allowed:2: is not KEY NODE-NAME or KEY NODE-NAME HOST:PORT");
  EXPECT_EQ(list_refusal(hex_of('a') + " a h:1 more"),
            "allowed:1: is not KEY NODE-NAME or KEY NODE-NAME HOST:PORT");
  EXPECT_NE(list_refusal(hex_of('a') + " a\n" + hex_of('a') + " b")
                .find("allowed:2: the key is that of 'a' already"),
            std::string::npos);
  EXPECT_NE(list_refusal(hex_of('a') + " a h:1\n" + hex_of('b') + " b h:1")
                .find("allowed:2: h:1 is the address of 'a'"),
            std::string::npos);
}

TEST(AllowListTest, ChangesKeepTheRestOfTheFile) {
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("shoal-allowed-" + std::to_string(::getpid()));
  std::filesystem::remove(path);
  EXPECT_EQ(AllowList::read(path).error().code, ErrorCode::not_found);
  ASSERT_TRUE(allow(path, {key_of('a'), "a", ""}));
  std::ofstream(path, std::ios::app) << "# by hand\n" << hex_of('b') << " b h:2";
  ASSERT_TRUE(allow(path, {key_of('c'), "c", "h:3"}));
  ASSERT_TRUE(allow(path, {key_of('a'), "a", "h:1"}));
  EXPECT_EQ(read_file(path).value().text,
            "# by hand\n" + hex_of('b') + " b h:2\n" + hex_of('c') + " c h:3\n" + hex_of('a') + " a h:1\n");

  for (const AllowedNode& wrong :
       {AllowedNode{key_of('d'), "d", "h:1"}, AllowedNode{key_of('d'), "", ""},
        AllowedNode{key_of('d'), "d e", ""}, AllowedNode{key_of('d'), "d", "h:4\n"}}) {
    const auto refused = allow(path, wrong);
    ASSERT_FALSE(refused) << wrong.name;
    EXPECT_EQ(refused.error().code, ErrorCode::bad_config);
  }
  ASSERT_TRUE(revoke(path, key_of('b')));
  EXPECT_EQ(revoke(path, key_of('b')).error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(path).value().text,
            "# by hand\n" + hex_of('c') + " c h:3\n" + hex_of('a') + " a h:1\n");
  EXPECT_EQ(AllowList::read(path).value().nodes().size(), 2);

  std::ofstream(path, std::ios::app) << "nonsense\n";
  EXPECT_FALSE(allow(path, {key_of('e'), "e", ""})) << "a file that is wrong already is left";
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace shoal::transport
