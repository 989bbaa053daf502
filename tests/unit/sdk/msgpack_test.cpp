// Goal: MessagePack goes into structs and back, within its bounds whatever the bytes. Method: round trips of
// every shape; bytes written by hand: every prefix, every changed byte, sizes that are not there, nesting
// beyond the bound.
#include "shoal/msgpack.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"

namespace {

using namespace std::string_literals;

struct Leg {
  std::string dest;
  std::optional<std::int32_t> delay;
  SHOAL_FIELDS(Leg, dest, delay)
  friend bool operator==(const Leg&, const Leg&) = default;
};

struct Trip {
  bool booked = false;
  std::int64_t small = 0;
  std::uint64_t large = 0;
  double miles = 0;
  float share = 0;
  std::string name;
  std::vector<Leg> legs;
  std::map<std::string, std::vector<int>> seats;
  SHOAL_FIELDS(Trip, booked, small, large, miles, share, name, legs, seats)
  friend bool operator==(const Trip&, const Trip&) = default;
};

struct Node {
  std::vector<Node> children;
  SHOAL_FIELDS(Node, children)
  SHOAL_DEFAULTED(Node, children)
};

template <class T>
T from(const std::string& bytes) {
  return shoal::decode<T>(shoal::msgpack, bytes);
}

template <class T>
std::string error_of(const std::string& bytes) {
  try {
    from<T>(bytes);
  } catch (const shoal::DecodeError& error) {
    return error.what();
  }
  return "no error";
}

Trip sample() {
  return {true,
          INT64_MIN,
          UINT64_MAX,
          -0.0,
          0.1F,
          "any bytes \xFF\0 in text"s,
          {{"IAH", 5}, {"MIA", {}}},
          {{"a", {1, -200, 70000}}, {"", {}}}};
}

TEST(Msgpack, RoundTripsEveryShape) {
  EXPECT_EQ(from<Trip>(shoal::encode(shoal::msgpack, sample())), sample());
  EXPECT_EQ(from<Trip>(shoal::encode(shoal::msgpack, Trip{})), Trip{});
}

TEST(Msgpack, RoundTripsNumbersOfEveryWidth) {
  for (const std::int64_t number : {0L, 1L, -1L, -32L, -33L, 127L, 128L, 255L, 256L, 65535L, 65536L, -129L,
                                    -32769L, 4294967295L, 4294967296L, -2147483649L}) {
    EXPECT_EQ(from<std::int64_t>(shoal::encode(shoal::msgpack, number)), number);
  }
  for (const double number : {0.1, -0.0, 1e300, std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(from<double>(shoal::encode(shoal::msgpack, number)), number);
  }
  EXPECT_TRUE(std::isnan(from<double>(shoal::encode(shoal::msgpack, std::nan("")))));
}

TEST(Msgpack, WritesWhatOthersRead) {
  EXPECT_EQ(shoal::encode(shoal::msgpack, Leg{"IAH", 5}),
            "\x82\xA4"
            "dest\xA3"
            "IAH\xA5"
            "delay\x05");
  EXPECT_EQ(shoal::encode(shoal::msgpack, Leg{"", {}}),
            "\x82\xA4"
            "dest\xA0\xA5"
            "delay\xC0");
}

TEST(Msgpack, TakesWholeNumbersInAnyEncoding) {
  EXPECT_EQ(from<int>("\xCB\x40\x95\xE0\0\0\0\0\0"s), 1400) << "the double 1400.0";
  EXPECT_EQ(from<int>("\xD3\0\0\0\0\0\0\0\x07"s), 7) << "a wide positive number";
  EXPECT_EQ(from<unsigned>("\xD1\0\x07"s), 7U) << "a signed encoding of a positive number";
  EXPECT_EQ(from<double>("\x07"s), 7.0);
  EXPECT_NE(error_of<unsigned>("\xFF"s), "no error");
  EXPECT_NE(error_of<std::int8_t>("\xCC\x80"s), "no error");
  EXPECT_NE(error_of<int>("\xCB\x3F\xE0\0\0\0\0\0\0"s), "no error") << "the double 0.5";
}

TEST(Msgpack, TakesBinForAString) { EXPECT_EQ(from<std::string>("\xC4\x02\xFF\0"s), "\xFF\0"s); }

TEST(Msgpack, SkipsUnknownFieldsWhateverTheyHold) {
  const auto leg = from<Leg>(
      "\x84\xA1x\x92\x81\xA1y\xC0\xC3\xA4"
      "dest\xA3"
      "IAH\xA1"
      "e\xD4\x01\x02\xA1z\xC4\x01z"s);
  EXPECT_EQ(leg, (Leg{"IAH", {}}));
}

TEST(Msgpack, NamesFieldAndPosition) {
  EXPECT_EQ(error_of<Leg>("\x80"s), "field 'dest': the field is missing (at byte 0 of 1)");
  EXPECT_EQ(error_of<Leg>("\x81\xA4"
                          "dest\x05"s),
            "field 'dest': expected a string, found a whole number (at byte 6 of 7)");
  EXPECT_EQ(error_of<Leg>("\x81\xA4"
                          "dest\xD4\x01\x02"s),
            "field 'dest': expected a string, found an extension (at byte 8 of 9)");
  EXPECT_NE(error_of<Leg>("\x81\x01\x02"s).find("a key that is no string"), std::string::npos);
  EXPECT_NE(error_of<Leg>("\x81\x90\x02"s).find("a key that is no string"), std::string::npos);
  EXPECT_NE(error_of<Leg>("\xC1"s).find("not MessagePack"), std::string::npos);
  EXPECT_NE(error_of<Leg>("\x82\xA4"
                          "dest\xA0\xA4"
                          "dest\xA0"s)
                .find("twice"),
            std::string::npos);
}

TEST(Msgpack, RefusesEveryPrefixAndWhatFollows) {
  const std::string bytes = shoal::encode(shoal::msgpack, sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::vector<char> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(shoal::decode<Trip>(shoal::msgpack, std::string_view(prefix.data(), size)),
                 shoal::DecodeError);
  }
  EXPECT_EQ(error_of<int>("\x01\x02"s), "bytes follow the value (at byte 1 of 2)");
}

TEST(Msgpack, SurvivesEveryChangedByte) {
  const std::string bytes = shoal::encode(shoal::msgpack, sample());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(byte);
      error_of<Trip>(changed);
    }
  }
}

TEST(Msgpack, TakesThirtyTwoLevelsAndNoMore) {
  std::string skipped = "\x81\xA1x";
  EXPECT_EQ(error_of<Node>(skipped + std::string(30, '\x91') + "\x90"), "no error");
  EXPECT_NE(error_of<Node>(skipped + std::string(31, '\x91') + "\x90").find("32 levels"), std::string::npos);
  EXPECT_NE(error_of<Node>(skipped + std::string(1'000'000, '\x91')).find("32 levels"), std::string::npos);
  std::string wanted;
  for (int i = 0; i < 16; ++i)
    wanted +=
        "\x81\xA8"
        "children\x91";
  EXPECT_NE(error_of<Node>(wanted + "\x80").find("32 levels"), std::string::npos);
}

// Sizes that the bytes at hand cannot hold, alone and inside others.
TEST(Msgpack, AllocatesNothingForSizesThatAreNotThere) {
  const std::string huge[] = {
      "\xDD\xFF\xFF\xFF\xFF"s,                      // an array
      "\xDF\xFF\xFF\xFF\xFF"s,                      // a map
      "\xDF\x7F\xFF\xFF\xFF\xA1x"s,                 // a map, its first key
      "\xDB\xFF\xFF\xFF\xFF"s,                      // text
      "\xC6\xFF\xFF\xFF\xFF"s,                      // binary
      "\xC9\xFF\xFF\xFF\xFF\x01"s,                  // an extension
      "\x92\xDC\xFF\xFF\xDC\xFF\xFF"s,              // arrays in an array
      "\xDC\x00\x04\xDC\x00\x04\xDC\x00\x04\x01"s,  // each fits by itself, all together do not
  };
  for (const std::string& bytes : huge) {
    shoal::tests::reset_allocations();
    EXPECT_NE((error_of<std::vector<std::vector<std::map<std::string, int>>>>(bytes)), "no error");
    EXPECT_LT(shoal::tests::allocations().bytes_max, 1024U)
        << "only the error's text and the parser's own stack";
    EXPECT_NE((error_of<std::string>(bytes)), "no error");
    EXPECT_LT(shoal::tests::allocations().bytes_max, 1024U);
  }
}

TEST(Msgpack, SaysThatMoreIsDeclaredThanIsLeft) {
  EXPECT_NE(error_of<std::vector<int>>("\xDD\xFF\xFF\xFF\xFF"s).find("more is declared than bytes are left"),
            std::string::npos);
  EXPECT_NE(error_of<std::string>("\xDB\xFF\xFF\xFF\xFF"s).find("the bytes end within the value"),
            std::string::npos);
}

TEST(Msgpack, AllocatesNothingToWriteWhatFitsTheBuffer) {
  const Leg leg{"IAH", 5};
  shoal::Buffer out;
  shoal::tests::reset_allocations();
  shoal::encode_into(shoal::msgpack, leg, out);
  EXPECT_EQ(shoal::tests::allocations().count, 0U);
}

TEST(Raw, CodecTakesNoStruct) {
  EXPECT_THROW(shoal::encode(shoal::raw, Leg{}), shoal::EncodeError);
  EXPECT_THROW(shoal::decode<Leg>(shoal::raw, "x"), shoal::DecodeError);
  EXPECT_EQ(shoal::encode(shoal::raw, shoal::Raw{"x"}), "x");
}

}  // namespace
