// Goal: JSON goes into structs and back as shoal/json.hpp says. Method: texts are decoded and compared field
// by field, values encoded and compared as text, and round trips repeated for every shape.
#include "shoal/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "allocations.hpp"

namespace {

struct Leg {
  std::string dest;
  std::optional<std::int32_t> delay;
  SHOAL_FIELDS(Leg, dest, delay)
  friend bool operator==(const Leg&, const Leg&) = default;
};

struct Trip {
  bool booked = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  double miles = 0;
  float share = 0;
  std::string name;
  std::optional<double> rating;
  std::vector<Leg> legs;
  std::map<std::string, std::vector<int>> seats;
  Leg last;
  SHOAL_FIELDS(Trip, booked, small, large, miles, share, name, rating, legs, seats, last)
  friend bool operator==(const Trip&, const Trip&) = default;
};

struct Whole {
  std::int64_t number = 0;
  SHOAL_FIELDS(Whole, number)
};
struct Small {
  std::int8_t number = 0;
  SHOAL_FIELDS(Small, number)
};
struct Natural {
  std::uint64_t number = 0;
  SHOAL_FIELDS(Natural, number)
};
struct Real {
  double number = 0;
  SHOAL_FIELDS(Real, number)
};
struct Single {
  float number = 0;
  SHOAL_FIELDS(Single, number)
};
struct Text {
  std::string text;
  SHOAL_FIELDS(Text, text)
};
struct Maybe {
  std::optional<int> number;
  SHOAL_FIELDS(Maybe, number)
};
struct WithDefault {
  int count = 7;
  std::string name;
  SHOAL_FIELDS(WithDefault, count, name)
  SHOAL_DEFAULTED(WithDefault, count)
};
struct Nothing {};
struct Borrowed {
  std::string_view text;
  SHOAL_FIELDS(Borrowed, text)
};

std::string json(double number) { return shoal::encode(shoal::json, number); }

template <class T>
T from(std::string_view text) {
  return shoal::decode<T>(shoal::json, text);
}

template <class T>
std::string error_of(std::string_view text) {
  try {
    from<T>(text);
  } catch (const shoal::DecodeError& error) {
    return error.what();
  }
  return "no error";
}

Trip sample() {
  return {true,
          -7,
          UINT64_MAX,
          1400.5,
          0.1F,
          "a \"b\"\n\x01 \xC3\xA9",
          std::nullopt,
          {{"IAH", 5}, {"MIA", {}}},
          {{"a", {1, 2}}, {"b", {}}},
          {"JFK", -3}};
}

TEST(Json, RoundTripsEveryShape) {
  EXPECT_EQ(from<Trip>(shoal::encode(shoal::json, sample())), sample());
  EXPECT_EQ(from<Trip>(shoal::encode(shoal::json, Trip{})), Trip{});
}

TEST(Json, WritesFieldsInOrderAndNullForAnEmptyOptional) {
  EXPECT_EQ(shoal::encode(shoal::json, sample()),
            R"({"booked":true,"small":-7,"large":18446744073709551615,"miles":1400.5,"share":0.1,)"
            R"("name":"a \"b\"\n\u0001 é","rating":null,)"
            R"("legs":[{"dest":"IAH","delay":5},{"dest":"MIA","delay":null}],"seats":{"a":[1,2],"b":[]},)"
            R"("last":{"dest":"JFK","delay":-3}})");
}

TEST(Json, WritesWholeNumbersWithoutAFraction) {
  EXPECT_EQ(json(1400.0), "1400");
  EXPECT_EQ(json(-3.0), "-3");
  EXPECT_EQ(json(0.0), "0");
  EXPECT_EQ(json(-0.0), "0");
  EXPECT_EQ(json(100000.0), "100000");
  EXPECT_EQ(json(1e15), "1000000000000000");
  EXPECT_EQ(json(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(json(1e18), "1000000000000000000");
  EXPECT_EQ(shoal::encode(shoal::json, 1400.0F), "1400");
}

TEST(Json, WritesFractionsSoThatTheyReadBack) {
  for (const double number : {0.1, -2.5, 1e-7, 1.0 / 3, 1e300, 5e-324, 1.7976931348623157e308}) {
    EXPECT_EQ(from<Real>(shoal::encode(shoal::json, Real{number})).number, number) << json(number);
  }
  EXPECT_EQ(json(0.0001), "0.0001");
}

TEST(Json, TakesWholeNumbersInAnySpelling) {
  EXPECT_EQ(from<Whole>(R"({"number": 1400.0})").number, 1400);
  EXPECT_EQ(from<Whole>(R"({"number": 1.4e3})").number, 1400);
  EXPECT_EQ(from<Whole>(R"({"number": -9223372036854775808})").number, INT64_MIN);
  EXPECT_EQ(from<Natural>(R"({"number": 18446744073709551615})").number, UINT64_MAX);
  EXPECT_EQ(from<Real>(R"({"number": 7})").number, 7.0);
  EXPECT_EQ(from<Real>(R"({"number": -7})").number, -7.0);
}

TEST(Json, RefusesNumbersOutOfTheFieldsRange) {
  EXPECT_EQ(error_of<Small>(R"({"number":128})"),
            "field 'number': the whole number is out of the field's range (at byte 14 of 14)");
  EXPECT_NE(error_of<Small>(R"({"number":-129})"), "no error");
  EXPECT_EQ(from<Small>(R"({"number":-128})").number, -128);
  EXPECT_NE(error_of<Natural>(R"({"number":-1})"), "no error");
  EXPECT_NE(error_of<Natural>(R"({"number":18446744073709551616})"), "no error");
  EXPECT_NE(error_of<Whole>(R"({"number":9223372036854775808})"), "no error");
  EXPECT_NE(error_of<Whole>(R"({"number":1e17})"), "no error")
      << "a double this large stands for its neighbours, too";
  EXPECT_NE(error_of<Whole>(R"({"number":1.5})"), "no error");
  EXPECT_NE(error_of<Single>(R"({"number":1e39})"), "no error");
  EXPECT_EQ(error_of<Real>(R"({"number":1e999})"), "not JSON: the number is too large (at byte 16 of 16)");
}

TEST(Json, SkipsUnknownFieldsWhateverTheyHold) {
  const Whole whole = from<Whole>(R"({"a":{"number":[1,{"b":null}]},"number":3,"c":[[],{}],"d":"x"})");
  EXPECT_EQ(whole.number, 3);
}

TEST(Json, RefusesUnknownFieldsWhereAskedTo) {
  Whole whole;
  EXPECT_THROW(
      shoal::decode_into(shoal::json, R"({"number":1,"nunber":2})", whole, shoal::UnknownFields::refuse),
      shoal::DecodeError);
}

TEST(Json, TellsAMissingFieldFromAnOptionalOrADefaultedOne) {
  EXPECT_EQ(error_of<Leg>("{}"), "field 'dest': the field is missing (at byte 2 of 2)");
  EXPECT_EQ(from<Leg>(R"({"dest":"IAH"})").delay, std::nullopt);
  EXPECT_EQ(from<WithDefault>(R"({"name":"x"})").count, 7);
  EXPECT_EQ(from<WithDefault>(R"({"name":"x","count":8})").count, 8);
  EXPECT_NE(error_of<WithDefault>(R"({"count":8})"), "no error");
}

TEST(Json, NamesFieldAndPositionOfAWrongType) {
  EXPECT_EQ(error_of<Whole>(R"({"number":"x"})"),
            "field 'number': expected a whole number, found a string (at byte 13 of 14)");
  EXPECT_EQ(error_of<Text>(R"({"text":null})"),
            "field 'text': expected a string, found null (at byte 12 of 13)");
  EXPECT_EQ(error_of<Whole>("[]"), "expected an object, found an array (at byte 1 of 2)");
  const std::string error = error_of<Trip>(R"({"legs":[{"dest":"a"},{"dest":5}]})");
  EXPECT_EQ(error.substr(0, error.find(" (")),
            "field 'legs[1].dest': expected a string, found a whole number");
  const std::string seat = error_of<Trip>(R"({"seats":{"a":[],"b c":[true]}})");
  EXPECT_EQ(seat.substr(0, seat.find(" (")),
            "field 'seats.b c[0]': expected a whole number, found a boolean");
}

TEST(Json, ReadsNullIntoAnOptionalAndReplacesWhatWasThere) {
  Maybe maybe{5};
  shoal::decode_into(shoal::json, R"({"number":null})", maybe);
  EXPECT_EQ(maybe.number, std::nullopt);
  Trip trip = sample();
  shoal::decode_into(shoal::json, shoal::encode(shoal::json, Trip{}), trip);
  EXPECT_EQ(trip, Trip{}) << "lists and maps do not keep what they held";
}

TEST(Json, RefusesAFieldOrAKeyThatComesTwice) {
  EXPECT_NE(error_of<Whole>(R"({"number":1,"number":2})").find("twice"), std::string::npos);
  EXPECT_NE((error_of<std::map<std::string, int>>(R"({"a":1,"a":2})").find("twice")), std::string::npos);
}

TEST(Json, ReadsAndWritesValuesThatAreNoObjects) {
  EXPECT_EQ(from<std::vector<int>>("[1, 2]"), (std::vector<int>{1, 2}));
  EXPECT_EQ(from<std::string>("\"x\""), "x");
  EXPECT_EQ(from<std::optional<bool>>("null"), std::nullopt);
  EXPECT_EQ(shoal::encode(shoal::json, "text"), "\"text\"");
  EXPECT_EQ(shoal::encode(shoal::json, Nothing{}), "{}");
  EXPECT_EQ(shoal::encode(shoal::json, Borrowed{"x"}), R"({"text":"x"})");
  from<Nothing>(R"({"anything": 1})");
}

TEST(Json, SendsRawAsItIs) { EXPECT_EQ(shoal::encode(shoal::json, shoal::Raw{"[1,"}), "[1,"); }

TEST(Json, EscapesAndUnescapesText) {
  EXPECT_EQ(from<Text>(R"({"text":"\u00e9\ud83d\ude00\/\b"})").text, "\xC3\xA9\xF0\x9F\x98\x80/\b");
  EXPECT_EQ(shoal::encode(shoal::json, std::string("\xF0\x9F\x98\x80\x7F")), "\"\xF0\x9F\x98\x80\x7F\"");
}

TEST(Json, RefusesTextThatIsNotUtf8) {
  for (const std::string bad :
       {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE0\x80\xAF"}) {
    const std::string error = error_of<Text>("{\"text\":\"" + bad + "\"}");
    EXPECT_EQ(error.substr(0, 8), "not JSON");
    for (const char character : error) EXPECT_GE(character, 0) << "the error itself must be readable";
    EXPECT_THROW(shoal::encode(shoal::json, Text{bad}), shoal::EncodeError);
  }
  EXPECT_NE(error_of<Text>(R"({"text":"\ud800"})"), "no error");
  try {
    shoal::encode(shoal::json, Text{"\xFF"});
  } catch (const shoal::EncodeError& error) {
    EXPECT_STREQ(error.what(), "field 'text': the text is not UTF-8");
  }
}

TEST(Json, RefusesToWriteNumbersThatAreNotFinite) {
  EXPECT_THROW(json(std::numeric_limits<double>::infinity()), shoal::EncodeError);
  EXPECT_THROW(json(std::numeric_limits<double>::quiet_NaN()), shoal::EncodeError);
}

TEST(Json, ForPeopleReplacesWhatJsonDoesNotHave) {
  shoal::Buffer out;
  const Text text{"a\xFF"};
  shoal::detail::write_json(shoal::detail::ValueView::of(text), out, shoal::detail::Unwritable::replace);
  EXPECT_EQ(out.view(), "{\"text\":\"a\xEF\xBF\xBD\"}");
  out.clear();
  const Real real{std::numeric_limits<double>::infinity()};
  shoal::detail::write_json(shoal::detail::ValueView::of(real), out, shoal::detail::Unwritable::replace);
  EXPECT_EQ(out.view(), R"({"number":null})");
}

TEST(Json, AllocatesNothingToWriteWhatFitsTheBuffer) {
  const Leg leg{"IAH", 5};
  shoal::Buffer out;
  shoal::tests::reset_allocations();
  shoal::encode_into(shoal::json, leg, out);
  EXPECT_EQ(shoal::tests::allocations().count, 0U);
  EXPECT_EQ(out.view(), R"({"dest":"IAH","delay":5})");
}

TEST(Json, WritesBeyondTheBuffersOwnMemory) {
  const std::string long_text(10 * shoal::Buffer::inline_bytes, 'x');
  shoal::Buffer out;
  shoal::encode_into(shoal::json, long_text, out);
  EXPECT_EQ(out.view(), '"' + long_text + '"');
  out.clear();
  shoal::encode_into(shoal::json, 1, out);
  EXPECT_EQ(out.view(), "1");
}

}  // namespace
