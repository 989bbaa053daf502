// Goal: state and events go out of an entity and back, also those of older versions of the module. Method: a
// module with a history runs in the testkit; its state is saved, changed by hand and loaded, its events are
// replayed.
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "shoal/json.hpp"
#include "shoal/msgpack.hpp"
#include "shoal/shoal.hpp"
#include "shoal/testkit.hpp"

namespace {

struct Change {
  std::int64_t by = 0;
  SHOAL_FIELDS(Change, by)
};

// Version 3 of an event; version 2 knew no reason, version 1 said the sum.
struct Changed {
  Changed() = default;
  explicit Changed(const struct ChangedBy& older);
  std::int64_t by = 0;
  std::string reason;
  SHOAL_FIELDS(Changed, by, reason)
};
struct ChangedBy {
  std::int64_t by = 0;
  SHOAL_FIELDS(ChangedBy, by)
};
struct ChangedTo {
  std::int64_t sum = 0;
  SHOAL_FIELDS(ChangedTo, sum)
};
Changed::Changed(const ChangedBy& older) : by(older.by), reason("unknown") {}

struct Closed {};

struct StateOfTextSum {
  std::string sum;
  SHOAL_FIELDS(StateOfTextSum, sum)
};
struct StateOfFirst {
  std::int64_t first = 0;
  SHOAL_FIELDS(StateOfFirst, first)
};

struct Ledger {
  std::int64_t sum = 0;
  std::string last_reason;
  int not_saved = 0;
  SHOAL_FIELDS(Ledger, sum, last_reason)

  void on(shoal::Context& ctx, const Change& change) {
    if (change.by == 0) {
      ctx.persist(Closed{});
      return;
    }
    Changed event;
    event.by = change.by;
    event.reason = "told";
    ctx.persist(event);
    if (sum == 13) throw std::runtime_error("thirteen");
    ctx.reply(*this);
  }

  void apply(const Changed& event) {
    if (event.by == 666) throw std::runtime_error("a number nobody wants");
    sum += event.by;
    last_reason = event.reason;
  }
  void apply(const ChangedTo& event) { sum = event.sum; }
  void apply(const Closed&) { sum = 0; }

  void migrate(const StateOfTextSum& older) { sum = std::stoll(older.sum); }
  void migrate(const StateOfFirst& older) { sum = older.first; }
};

// Effects are out of reach while an event is applied.
struct Sneaky {
  shoal::Context* kept = nullptr;
  void on(shoal::Context& ctx, const Change&) {
    kept = &ctx;
    ctx.persist(Closed{});
  }
  void apply(const Closed&) { kept->emit("log", std::nullopt, Change{}); }
};

using shoal::Status;
using shoal::testkit::Kit;

std::string change(std::int64_t by) { return "{\"by\":" + std::to_string(by) + "}"; }

class State : public testing::Test {
 protected:
  std::string sum(std::int64_t by = 1) { return kit_.ask("a", "change", change(by)).reply.value().body; }
  Kit kit_{"ledger"};
};

TEST_F(State, IsSavedInItsCodecAndDescribedAsJson) {
  kit_.tell("a", "change", change(5));
  const std::string saved = kit_.save("a");
  EXPECT_EQ(kit_.state_version(), 3U);
  EXPECT_EQ(static_cast<unsigned char>(saved.at(0)), 0x82) << "a MessagePack map of two";
  EXPECT_EQ(kit_.describe("a"), R"({"sum":5,"last_reason":"told"})");
  EXPECT_EQ(kit_.reload("a"), Status::ok);
  EXPECT_EQ(kit_.describe("a"), R"({"sum":5,"last_reason":"told"})");
}

TEST_F(State, OfEveryOlderVersionIsMigrated) {
  EXPECT_EQ(kit_.load("a", 2, shoal::encode(shoal::msgpack, StateOfTextSum{"77"})), Status::ok);
  EXPECT_EQ(kit_.describe("a"), R"({"sum":77,"last_reason":""})");
  EXPECT_EQ(kit_.load("a", 1, shoal::encode(shoal::msgpack, StateOfFirst{9})), Status::ok);
  EXPECT_EQ(kit_.describe("a"), R"({"sum":9,"last_reason":""})");
}

TEST_F(State, OfAnUnknownVersionIsRefused) {
  for (const std::uint32_t version : {0U, 4U, 0xFFFFFFFFU}) {
    EXPECT_EQ(kit_.load("a", version, "\x80"), Status::undecodable);
    EXPECT_FALSE(kit_.active("a"));
  }
  EXPECT_NE(kit_.log().back().text.find("version 4294967295 is unknown to this module"), std::string::npos);
}

TEST_F(State, ThatIsBrokenIsRefusedAndSaidInTheLog) {
  kit_.tell("a", "change", change(5));
  const std::string saved = kit_.save("a");
  for (std::size_t size = 0; size < saved.size(); ++size) {
    EXPECT_EQ(kit_.load("a", 3, saved.substr(0, size)), Status::undecodable);
  }
  EXPECT_EQ(kit_.log().back().level, shoal::LogLevel::error);
  EXPECT_NE(kit_.log().back().text.find("an entity of type 'ledger' cannot load its state"),
            std::string::npos);
  EXPECT_EQ(kit_.load("a", 2, shoal::encode(shoal::msgpack, StateOfTextSum{"x"})), Status::failed)
      << "migrate threw";
}

TEST_F(State, LargerThanAChunkGoesOutAndBack) {
  kit_.load("a", 3, shoal::encode(shoal::msgpack, [] {
              Ledger ledger;
              ledger.last_reason = std::string(200'000, 'x');
              return ledger;
            }()));
  EXPECT_EQ(kit_.save("a").size(), 200'000U + 23U);
  EXPECT_EQ(kit_.reload("a"), Status::ok);
  EXPECT_EQ(kit_.save("a").size(), 200'000U + 23U);
}

TEST_F(State, ComesBackFromItsEvents) {
  kit_.tell("a", "change", change(5));
  kit_.tell("a", "change", change(6));
  ASSERT_EQ(kit_.events("a").size(), 2U);
  EXPECT_EQ(kit_.events("a")[0].name, "changed");
  EXPECT_EQ(kit_.events("a")[0].version, 3U);
  EXPECT_EQ(kit_.events("a")[0].bytes, R"({"by":5,"reason":"told"})");
  kit_.stop("a", shoal::StopReason::passivated);
  EXPECT_EQ(sum(), R"({"sum":12,"last_reason":"told"})");
  kit_.stop("a", shoal::StopReason::stopped);
  EXPECT_EQ(sum(), R"({"sum":1,"last_reason":"told"})");
}

TEST_F(State, ComesBackFromEventsOfOlderVersions) {
  kit_.append_event("a", {"changed", 1, R"({"sum":100})"});
  kit_.append_event("a", {"changed", 2, R"({"by":20})"});
  kit_.append_event("a", {"changed", 3, R"({"by":3,"reason":"new"})"});
  EXPECT_EQ(sum(), R"({"sum":124,"last_reason":"told"})");
  kit_.append_event("b", {"changed", 4, R"({})"});
  EXPECT_THROW(kit_.tell("b", "change", change(1)), shoal::testkit::Misuse);
}

TEST_F(State, KeepsNoEventOfAFailedTurn) {
  kit_.tell("a", "change", change(12));
  EXPECT_EQ(kit_.tell("a", "change", change(1)).error, "thirteen");
  EXPECT_EQ(kit_.events("a").size(), 1U);
  EXPECT_EQ(sum(2), R"({"sum":14,"last_reason":"told"})");
}

TEST_F(State, AnEventThatCannotBeAppliedFailsItsTurn) {
  const auto turn = kit_.tell("a", "change", change(666));
  EXPECT_EQ(turn.error, "persist 'changed': failed");
  EXPECT_TRUE(kit_.events("a").empty());
}

TEST(StateOfSneaky, NoEffectIsLegalWhileAnEventIsApplied) {
  Kit kit("sneaky");
  const auto turn = kit.tell("a", "change", change(1));
  EXPECT_EQ(turn.status, Status::failed);
  EXPECT_TRUE(turn.emits.empty());
  EXPECT_NE(kit.log().back().text.find("not legal in this phase"), std::string::npos);
}

}  // namespace

SHOAL_MODULE(
    "state", "1",
    shoal::entity<Ledger>("ledger")
        .on<Change>("change", shoal::json)
        .event<Changed, ChangedBy, ChangedTo>("changed", shoal::json)
        .event<Closed>("closed", shoal::json)
        .state<StateOfTextSum, StateOfFirst>(shoal::msgpack),
    shoal::entity<Sneaky>("sneaky").on<Change>("change", shoal::json).event<Closed>("closed", shoal::json))
