// Goal: the aircraft module keeps its rules for every kind of flight. Method: records go through the testkit
// into the linked module; replies and alerts are compared as text.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "shoal/testkit.hpp"

namespace {

using shoal::Status;
using shoal::testkit::Kit;
using shoal::testkit::Turn;

// A record as the flights topic has it: all 19 columns.
std::string flight(const std::string& dep_time, const std::string& arr_delay,
                   const std::string& distance = "1400", const std::string& dest = "IAH") {
  return R"({"year":2013,"month":1,"day":1,"dep_time":)" + dep_time +
         R"(,"sched_dep_time":515,"dep_delay":2,"arr_time":830,"sched_arr_time":819,"arr_delay":)" +
         arr_delay + R"(,"carrier":"9E","flight":1545,"tailnum":"N14228","origin":"EWR","dest":")" + dest +
         R"(","air_time":227,"distance":)" + distance +
         R"(,"hour":5,"minute":15,"time_hour":"2013-01-01T10:00:00Z"})";
}

class Aircraft : public testing::Test {
 protected:
  Turn fly(const std::string& value, const std::optional<std::string>& key = "N14228") {
    return kit_.record("flight", {.key = key, .value = value});
  }

  std::string summary(const std::string& id = "N14228") { return kit_.ask(id, "summary").reply.value().body; }

  Kit kit_{"aircraft", {.sinks = {{"alerts"}}}};
};

TEST_F(Aircraft, StartsWithZerosAndNulls) {
  EXPECT_EQ(summary(),
            R"({"flights":0,"cancelled":0,"distance_miles":0,"airport":null,"arr_delay_minutes":0,)"
            R"("longest_delay_minutes":null})");
}

TEST_F(Aircraft, AddsUpAFlight) {
  EXPECT_TRUE(fly(flight("517", "11")).ok());
  EXPECT_EQ(summary(),
            R"({"flights":1,"cancelled":0,"distance_miles":1400,"airport":"IAH","arr_delay_minutes":11,)"
            R"("longest_delay_minutes":11})");
}

TEST_F(Aircraft, CountsACancelledFlightAndNothingElse) {
  fly(flight("517", "11"));
  const Turn turn = fly(flight("null", "200", "9", "BOS"));
  EXPECT_TRUE(turn.emits.empty());
  EXPECT_EQ(summary(),
            R"({"flights":2,"cancelled":1,"distance_miles":1400,"airport":"IAH","arr_delay_minutes":11,)"
            R"("longest_delay_minutes":11})");
}

TEST_F(Aircraft, FliesWithoutAnArrivalDelay) {
  EXPECT_TRUE(fly(flight("517", "null")).ok());
  EXPECT_EQ(summary(),
            R"({"flights":1,"cancelled":0,"distance_miles":1400,"airport":"IAH","arr_delay_minutes":0,)"
            R"("longest_delay_minutes":null})");
}

TEST_F(Aircraft, KeepsTheGreatestDelayAlsoBelowZero) {
  fly(flight("517", "-12"));
  EXPECT_NE(summary().find(R"("arr_delay_minutes":-12,"longest_delay_minutes":-12)"), std::string::npos);
  fly(flight("517", "-20"));
  EXPECT_NE(summary().find(R"("arr_delay_minutes":-32,"longest_delay_minutes":-12)"), std::string::npos);
  fly(flight("517", "30"));
  fly(flight("517", "5"));
  EXPECT_NE(summary().find(R"("arr_delay_minutes":3,"longest_delay_minutes":30)"), std::string::npos);
}

TEST_F(Aircraft, AlertsFromThreeHoursOn) {
  EXPECT_TRUE(fly(flight("517", "179")).emits.empty());
  EXPECT_EQ(fly(flight("517", "180")).emits.size(), 1U);
  const Turn turn = fly(flight("517", "853"));
  ASSERT_EQ(turn.emits.size(), 1U);
  EXPECT_EQ(turn.emits[0].sink, "alerts");
  EXPECT_EQ(turn.emits[0].key, "N14228");
  EXPECT_EQ(turn.emits[0].value,
            R"({"tailnum":"N14228","time_hour":"2013-01-01T10:00:00Z","dest":"IAH","arr_delay":853})");
}

TEST_F(Aircraft, AlertsEachTimeAndNotOnlyOfTheLongest) {
  fly(flight("517", "500"));
  EXPECT_EQ(fly(flight("517", "200")).emits.size(), 1U);
}

TEST_F(Aircraft, PrintsWholeNumbersWhateverTheirSpelling) {
  fly(flight("517.0", "11.0", "1400.0"));
  EXPECT_NE(summary().find(R"("distance_miles":1400,)"), std::string::npos);
  EXPECT_NE(summary().find(R"("arr_delay_minutes":11,)"), std::string::npos);
}

TEST_F(Aircraft, RefusesRecordsWithoutATailNumber) {
  for (const std::optional<std::string>& key : {std::optional<std::string>(), {""}, {"NA"}}) {
    const Turn turn = fly(flight("517", "11"), key);
    EXPECT_EQ(turn.status, Status::dead_letter);
    EXPECT_EQ(turn.error, "the flight has no tail number");
  }
  EXPECT_EQ(kit_.active_count(), 0U);
  EXPECT_TRUE(fly(flight("517", "11"), "NA1").ok());
}

TEST_F(Aircraft, RefusesARecordWithoutAValue) {
  const Turn turn = kit_.record("flight", {.key = "N14228"});
  EXPECT_EQ(turn.status, Status::dead_letter);
}

TEST_F(Aircraft, SaysWhatIsWrongWithARecordAndKeepsItsState) {
  fly(flight("517", "11"));
  const Turn turn = fly(R"({"dep_time":517,"arr_delay":null,"dest":"IAH","time_hour":"x"})");
  EXPECT_EQ(turn.status, Status::undecodable);
  EXPECT_NE(turn.error.find("message 'flight': field 'distance': the field is missing"), std::string::npos);
  EXPECT_NE(summary().find(R"("flights":1,)"), std::string::npos);
}

TEST_F(Aircraft, KeepsEachTailNumberApart) {
  fly(flight("517", "11"), "N1");
  fly(flight("517", "11"), "N2");
  fly(flight("517", "11"), "N2");
  EXPECT_NE(summary("N1").find(R"("flights":1,)"), std::string::npos);
  EXPECT_NE(summary("N2").find(R"("flights":2,)"), std::string::npos);
}

TEST_F(Aircraft, LosesNothingWhenToldToSumUpByATell) {
  fly(flight("517", "11"));
  EXPECT_TRUE(kit_.tell("N14228", "summary").ok());
  EXPECT_NE(summary().find(R"("flights":1,)"), std::string::npos);
}

TEST_F(Aircraft, SurvivesAReplacementOfTheModule) {
  fly(flight("517", "200"));
  const std::string before = summary();
  EXPECT_EQ(kit_.reload("N14228"), Status::ok);
  EXPECT_EQ(summary(), before);
  EXPECT_EQ(kit_.describe("N14228"), before);
}

}  // namespace
