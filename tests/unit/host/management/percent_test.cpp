// Goal: any id of 1..1024 bytes survives a URL. Method: every byte there and back, and malformed escapes.
#include "host/management/percent.hpp"

#include <gtest/gtest.h>

namespace shoal::management {
namespace {

TEST(Percent, EveryByteComesBack) {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  const std::string text = percent_encode(bytes);
  for (const char symbol : text) EXPECT_TRUE(symbol > 0x20 && symbol < 0x7f);
  EXPECT_EQ(percent_decode(text), bytes);
}

TEST(Percent, EncodesWhatWouldEndOrChangeASegment) {
  EXPECT_EQ(percent_encode("N14228"), "N14228");
  EXPECT_EQ(percent_encode("user@example.com:1"), "user@example.com:1");
  EXPECT_EQ(percent_encode("a/b?c#d%e f"), "a%2Fb%3Fc%23d%25e%20f");
  EXPECT_EQ(percent_encode(std::string_view("\0\xc3\xbc", 3)), "%00%C3%BC");
}

TEST(Percent, DecodesBothCasesAndLeavesPlus) { EXPECT_EQ(percent_decode("%2f%2F+"), "//+"); }

TEST(Percent, RefusesBrokenEscapes) {
  for (const char* text : {"%", "%2", "a%", "%zz", "%2z", "%%20"}) {
    EXPECT_FALSE(percent_decode(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace shoal::management
