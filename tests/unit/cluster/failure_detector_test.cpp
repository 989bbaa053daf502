// Goal: who does not answer is probed through others, accused and then unreachable, no earlier than the
// formula says and not on one word where two are there; who lives is not. Method: the detector with its time
// moved by hand.

#include "cluster/failure_detector.hpp"

#include <gtest/gtest.h>

#include <set>

namespace shoal::cluster {
namespace {

class FailureDetectorTest : public testing::Test, protected DetectorActions {
 protected:
  void ping(Uid to, std::uint32_t sequence) override { pings.emplace_back(to, sequence); }
  void ping_through(Uid mediator, Uid subject, std::uint32_t sequence) override {
    mediators.insert(mediator);
    asked_about = subject;
    asked_sequence = sequence;
  }
  void accuse(Uid subject) override {
    accused.insert(subject);
    say(subject, Uid{1});
  }
  void declare_unreachable(Uid subject) override {
    declared.insert(subject);
    Record record{*table.find(subject), 0};
    record.member.health.unreachable_through = record.member.health.refutation + 1;
    table.merge(record, now_ms);
    detector.table_changed(table, subject, now_ms, *this);
  }
  void quarantine(Uid subject) override { quarantined.insert(subject); }

  void say(Uid subject, Uid accuser) {
    Record record{*table.find(subject), 0};
    record.member.health.accusers.insert(accuser);
    table.merge(record, now_ms);
    detector.table_changed(table, subject, now_ms, *this);
  }

  void add_members(std::uint64_t count) {
    for (std::uint64_t uid = 1; uid <= count; ++uid) {
      auto profile = std::make_shared<const Profile>(
          Profile{"n", "10.0.0." + std::to_string(uid) + ":7000", Uid{uid}, {}});
      Member member{.profile = std::move(profile), .state = MemberState::up, .up_number = uid, .health = {}};
      table.merge({std::move(member), 0}, now_ms);
      detector.table_changed(table, Uid{uid}, now_ms, *this);
    }
  }

  // Answers every probe but those of `dead`.
  void run_for(std::int64_t length_ms, std::set<Uid> dead) {
    const std::int64_t end_ms = now_ms + length_ms;
    while (now_ms < end_ms) {
      now_ms = std::max(now_ms + 1, std::min(end_ms, detector.wakeup_ms()));
      detector.tick(table, now_ms, *this);
      for (const auto& [to, sequence] : std::exchange(pings, {})) {
        if (!dead.contains(to)) detector.answered(to, sequence, now_ms);
      }
    }
  }

  std::int64_t now_ms = 1'000;
  MemberTable table{1'000'000};
  FailureDetector detector{{}, Uid{1}, 42};
  std::vector<std::pair<Uid, std::uint32_t>> pings;
  std::set<Uid> mediators;
  Uid asked_about;
  std::uint32_t asked_sequence = 0;
  std::set<Uid> accused;
  std::set<Uid> declared;
  std::set<Uid> quarantined;
};

TEST_F(FailureDetectorTest, WhoAnswersIsLeftAlone) {
  add_members(5);
  run_for(60'000, {});
  EXPECT_TRUE(accused.empty());
  EXPECT_TRUE(mediators.empty());
  EXPECT_EQ(detector.health_factor(), 1);
  EXPECT_LT(detector.phi(Uid{2}, now_ms), 8);
  EXPECT_GT(detector.phi(Uid{2}, now_ms + 60'000), 8);
}

TEST_F(FailureDetectorTest, ASilentOneIsAskedForThroughOthersThenAccused) {
  add_members(5);
  run_for(4'000, {Uid{3}});
  EXPECT_EQ(asked_about, Uid{3});
  EXPECT_LE(mediators.size(), 3U);
  EXPECT_FALSE(mediators.contains(Uid{3}));
  EXPECT_EQ(accused, std::set<Uid>{Uid{3}});
}

TEST_F(FailureDetectorTest, OneAccuserIsNotEnoughWhereOthersWatch) {
  add_members(5);
  run_for(60'000, {Uid{3}});
  EXPECT_TRUE(declared.empty());
  say(Uid{3}, Uid{4});
  run_for(1'000, {Uid{3}});
  EXPECT_EQ(declared, std::set<Uid>{Uid{3}});
}

TEST_F(FailureDetectorTest, OneAccuserIsEnoughWhereThereIsNoOther) {
  add_members(2);
  run_for(20'000, {Uid{2}});
  EXPECT_EQ(declared, std::set<Uid>{Uid{2}});
}

TEST_F(FailureDetectorTest, AClosedConnectionIsProbedAtOnceAndWaitsForTheOtherAccuserOnly) {
  add_members(5);
  run_for(2'000, {});
  detector.connection_lost(table, Uid{3}, now_ms, *this);
  ASSERT_FALSE(pings.empty());
  EXPECT_EQ(pings.back().first, Uid{3});
  run_for(240, {Uid{3}});
  EXPECT_TRUE(accused.empty());
  run_for(20, {Uid{3}});
  EXPECT_EQ(accused, std::set<Uid>{Uid{3}});
  EXPECT_TRUE(mediators.empty());
  EXPECT_TRUE(declared.empty());
  EXPECT_EQ(detector.health_factor(), 1);
  say(Uid{3}, Uid{4});
  run_for(2, {Uid{3}});
  EXPECT_EQ(declared, std::set<Uid>{Uid{3}});
}

TEST_F(FailureDetectorTest, WhoAnswersAfterItsConnectionClosedHasTheUsualTime) {
  add_members(5);
  run_for(2'000, {});
  detector.connection_lost(table, Uid{3}, now_ms, *this);
  run_for(2'000, {});
  EXPECT_TRUE(accused.empty());
  say(Uid{3}, Uid{4});
  say(Uid{3}, Uid{5});
  run_for(200, {Uid{3}});
  EXPECT_TRUE(declared.empty());
}

TEST_F(FailureDetectorTest, OnlyWatchersProbeWhoseConnectionClosed) {
  add_members(60);
  detector.tick(table, now_ms, *this);
  pings.clear();
  for (std::uint64_t uid = 1; uid <= 70; ++uid) detector.connection_lost(table, Uid{uid}, now_ms, *this);
  EXPECT_EQ(pings.size(), 5U);
}

TEST_F(FailureDetectorTest, AnyTrafficIsLife) {
  add_members(2);
  for (int i = 0; i < 100; ++i) {
    detector.heard(Uid{2}, now_ms);
    run_for(200, {Uid{2}});
  }
  EXPECT_TRUE(accused.empty());
}

TEST_F(FailureDetectorTest, ASignThatComesLateTakesNothingBack) {
  add_members(2);
  while (detector.probes_under_way() == 0) run_for(1, {Uid{2}});
  detector.heard(Uid{2}, now_ms);
  detector.heard(Uid{2}, now_ms - 2'000);
  run_for(1'000, {Uid{2}});  // the probe's deadline is over, the next one's is not
  EXPECT_TRUE(accused.empty());
}

TEST_F(FailureDetectorTest, ANodeThatWokeLateForgives) {
  add_members(5);
  while (detector.probes_under_way() == 0) {
    now_ms += 1;
    detector.tick(table, now_ms, *this);
  }
  now_ms += 60'000;
  EXPECT_TRUE(detector.tick(table, now_ms, *this));
  EXPECT_TRUE(accused.empty());
  EXPECT_EQ(detector.health_factor(), 2);
}

TEST_F(FailureDetectorTest, AMemberThatStaysUnreachableIsQuarantined) {
  add_members(3);
  run_for(20'000, {Uid{2}});
  say(Uid{2}, Uid{3});
  run_for(20'000, {Uid{2}});
  EXPECT_EQ(declared, std::set<Uid>{Uid{2}});
  EXPECT_TRUE(quarantined.empty());
  run_for(121'000, {Uid{2}});
  EXPECT_EQ(quarantined, std::set<Uid>{Uid{2}});
}

TEST_F(FailureDetectorTest, OneThatIsHeardAtTimesIsNotQuarantined) {
  add_members(3);
  run_for(20'000, {Uid{2}});
  say(Uid{2}, Uid{3});
  for (int i = 0; i < 40; ++i) {
    run_for(5'000, {Uid{2}});
    detector.heard(Uid{2}, now_ms);
  }
  EXPECT_EQ(declared, std::set<Uid>{Uid{2}});
  EXPECT_TRUE(quarantined.empty());
}

TEST_F(FailureDetectorTest, WhoReachesNoMoreThanHalfQuarantinesNobody) {
  add_members(4);
  run_for(200'000, {Uid{2}, Uid{3}, Uid{4}});
  EXPECT_EQ(declared.size(), 3U);
  EXPECT_TRUE(quarantined.empty());
}

TEST_F(FailureDetectorTest, WithoutLifeguardNothingMakesItPatient) {
  DetectorConfig config;
  config.lifeguard = Lifeguard::off;
  detector = FailureDetector(config, Uid{1}, 42);
  add_members(2);
  run_for(5'000, {Uid{2}});
  EXPECT_EQ(detector.health_factor(), 1);
  EXPECT_EQ(declared, std::set<Uid>{Uid{2}});
}

TEST_F(FailureDetectorTest, ANodeThatIsCutOffAsksBeyondThoseItWatches) {
  add_members(60);
  std::set<Uid> everybody;
  for (std::uint64_t uid = 2; uid <= 60; ++uid) everybody.insert(Uid{uid});
  run_for(120'000, everybody);
  EXPECT_EQ(declared, everybody);
}

TEST(SuspicionTest, ShrinksWithConfirmationsAndGrowsWithTheCluster) {
  const SuspicionConfig config;
  EXPECT_EQ(suspicion_ms(config, 500, 5, 1), 6'000);
  EXPECT_EQ(suspicion_ms(config, 500, 5, 2), 3'500);
  EXPECT_EQ(suspicion_ms(config, 500, 5, 4), 1'000);
  EXPECT_EQ(suspicion_ms(config, 500, 1'000, 4), 3'000);
}

}  // namespace
}  // namespace shoal::cluster
