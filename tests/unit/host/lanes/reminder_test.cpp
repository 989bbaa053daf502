// Goal: a reminder that a turn has set comes at its time, to an entity that is active or not, on this start
// of the host or a later one, and once where nothing fails. Method: one lane with a log in memory that
// outlives it; both durabilities by the same tests.

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include "tests/unit/host/lanes/durable_host.hpp"

namespace shoal::lanes {
namespace {

using durable_test::comes_true;
using durable_test::Host;
using durable_test::HostOptions;
using durable_test::policy_of;

HostOptions reminding(const std::string& type, const FailurePolicy& failure) {
  HostOptions options;
  options.type = type;
  options.policy = policy_of(type == "diary" ? Durability::events : Durability::state);
  options.policy.failure = failure;
  options.shards = 1;
  return options;
}

constexpr std::size_t kLong = 60'000;  // of what a reminder carries

// A host's lane with one shard: it ends with this.
class RemindingHost : public Host {
 public:
  RemindingHost(MemoryJournal& journal, modules::Registry& registry, const std::string& type,
                const FailurePolicy& failure = {})
      : Host(journal, registry, reminding(type, failure)) {}

  std::string remind(const std::string& id, const std::string& name, int in_ms, int by,
                     const std::string& more = {}) {
    return ask(id, "remind",
               R"({"name":")" + name + R"(","in_ms":)" + std::to_string(in_ms) + R"(,"by":)" +
                   std::to_string(by) + more + "}");
  }
  std::string forget(const std::string& id, const std::string& name) {
    return ask(id, "forget", R"({"name":")" + name + R"("})");
  }
  // What the entity says once it says `expected`, else what it says after a while.
  std::string look(const std::string& id, const std::string& expected) {
    std::string said;
    comes_true([&] { return (said = ask(id, "look", "{}")) == expected; });
    return said;
  }
  bool unpark(const std::string& id) {
    return on_lane([&](Lane& lane) { return lane.find_memory(TypeIndex{0})->unpark(id); });
  }
  bool is_active(const std::string& id) {
    return on_lane([&](Lane& lane) { return only_shard(lane).describe(id).has_value(); });
  }
  bool is_in_checkpoint() {
    return on_lane([](Lane& lane) { return only_shard(lane).journal()->in_checkpoint(); });
  }
  // Whether its shard has these and no others, each as long as is said.
  using Lengths =
      std::map<std::pair<std::string, std::string>, bool>;  // by entity and name: it is a long one
  bool has(const Lengths& expected) {
    return on_lane([&](Lane& lane) {
      const Reminders& reminders = only_shard(lane).journal()->reminders();
      return reminders.size() == expected.size() &&
             std::all_of(expected.begin(), expected.end(), [&](const auto& each) {
               const auto* found = reminders.find(each.first.first, each.first.second);
               return found != nullptr && (found->content.size() > kLong) == each.second;
             });
    });
  }

 private:
  static Shard& only_shard(Lane& lane) {
    Shard* only = nullptr;
    lane.for_each_shard(TypeIndex{0}, [&](Shard& shard) { only = &shard; });
    return *only;
  }
};

std::string said(int sum, int changes) {
  return "{\"sum\":" + std::to_string(sum) + ",\"changes\":" + std::to_string(changes) + "}";
}

const std::string kNothing = said(0, 0);
constexpr int kAnHour = 3'600'000;
constexpr int kSoon = 1'500;  // and late enough for what a test does before

class ReminderTest : public testing::TestWithParam<std::string> {
 protected:
  ReminderTest() {
    const auto loaded = registry_.load(tests::test_module("reminded"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  }
  std::unique_ptr<RemindingHost> start() {
    return std::make_unique<RemindingHost>(journal_, registry_, GetParam());
  }
  journal::LogShard shard() const { return {journal::type_number(GetParam()), ShardId{0}}; }

  template <class Visit>
  void for_each_record(Visit&& visit) {
    const std::lock_guard lock(journal_.mutex);
    journal::RecordDecoder decoder;
    for (const std::string& bytes : journal_.logs[shard()].records) {
      if (bytes.empty()) continue;  // forgotten
      const auto record = decoder.decode(bytes);
      if (record) visit(record.value().body);
    }
  }
  // How often the log says that there is no reminder of the name any more.
  int ends_of(const std::string& name) {
    int ends = 0;
    for_each_record([&](const journal::RecordBody& body) {
      const auto* turn = std::get_if<journal::Turn>(&body);
      const auto* states = std::get_if<journal::States>(&body);
      if (turn == nullptr && states == nullptr) return;
      const journal::Effects& effects = turn != nullptr ? turn->effects : states->effects;
      for (const journal::Reminder& reminder : effects.reminders)
        ends += reminder.name == name && reminder.due_ms == journal::reminder_cancelled;
    });
    return ends;
  }
  // Of checkpoints, with reminders in them.
  std::size_t parts() {
    std::size_t parts = 0;
    for_each_record([&](const journal::RecordBody& body) {
      const auto* part = std::get_if<journal::CheckpointPart>(&body);
      if (part != nullptr && !part->reminders.empty()) ++parts;
    });
    return parts;
  }
  // What a crash would leave now.
  std::unique_ptr<MemoryJournal> crashed() {
    auto copy = std::make_unique<MemoryJournal>();
    const std::lock_guard lock(journal_.mutex);
    copy->logs = journal_.logs;
    return copy;
  }
  bool has_fired(const std::string& name) {
    return comes_true([&] { return ends_of(name) > 0; });
  }

  MemoryJournal journal_;
  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
};

TEST_P(ReminderTest, ComesAtItsTimeOnceWithWhatItCarries) {
  const auto host = start();
  const auto before = Clock::now();
  EXPECT_EQ(host->remind("a", "tea", 300, 5), kNothing);
  EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
  EXPECT_GE(Clock::now() - before, std::chrono::milliseconds(250));
  EXPECT_EQ(host->remind("a", "next", -1, 2), said(5, 1));
  EXPECT_EQ(host->look("a", said(7, 2)), said(7, 2));
  EXPECT_EQ(ends_of("tea"), 1);
}

TEST_P(ReminderTest, AreCountedWhileTheyWaitAndWhenTheyHaveRun) {
  const auto host = start();
  host->remind("a", "tea", kAnHour, 5);
  host->remind("b", "tea", kAnHour, 5);
  EXPECT_TRUE(comes_true([&] { return host->counters().reminders == 2; }));
  host->remind("a", "tea", -1, 1);
  host->remind("c", "wrong", -1, 1);
  host->forget("b", "tea");
  EXPECT_EQ(host->look("a", said(1, 1)), said(1, 1));
  EXPECT_TRUE(comes_true([&] { return host->counters().reminders == 1; })) << "one fails again and again";
  EXPECT_EQ(host->counters().reminders_run, 1U);
}

// The one that is left says that the time of the other has passed.
TEST_P(ReminderTest, OneThatIsTakenAwayDoesNotCome) {
  const auto host = start();
  host->remind("a", "tea", kSoon, 5);
  EXPECT_EQ(host->forget("a", "tea"), kNothing);
  EXPECT_EQ(host->forget("a", "none"), kNothing);
  host->remind("a", "coffee", kSoon, 1);
  EXPECT_EQ(host->look("a", said(1, 1)), said(1, 1));
}

TEST_P(ReminderTest, OneOfTheSameNameReplacesIt) {
  const auto host = start();
  host->remind("a", "tea", kAnHour, 5);
  host->remind("a", "tea", -1, 1);
  EXPECT_EQ(host->look("a", said(1, 1)), said(1, 1));
  host->remind("a", "tea", kSoon, 10);
  host->remind("a", "tea", kAnHour, 100);
  host->remind("a", "coffee", kSoon, 1);
  EXPECT_EQ(host->look("a", said(2, 2)), said(2, 2));
}

TEST_P(ReminderTest, ATurnThatFailsSetsNone) {
  const auto host = start();
  EXPECT_NE(host->remind("a", "tea", 100, 5, R"(,"then":"fail")").find("turn_failed"), std::string::npos);
  host->remind("a", "coffee", 150, 1);
  EXPECT_EQ(host->look("a", said(1, 1)), said(1, 1));
}

TEST_P(ReminderTest, WakesAnEntityThatHasLeftMemory) {
  const auto host = start();
  host->remind("a", "tea", kSoon, 5, R"(,"then":"stop")");
  EXPECT_TRUE(comes_true([&] { return !host->is_active("a"); }));
  EXPECT_TRUE(comes_true([&] { return host->is_active("a"); })) << "no message woke it";
  EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
}

TEST_P(ReminderTest, OneThatIsSetWhileItsEntityIsMadeCounts) {
  const auto host = start();
  EXPECT_EQ(host->ask("born", "look", "{}"), kNothing);
  EXPECT_EQ(host->look("born", said(100, 1)), said(100, 1));
}

TEST_P(ReminderTest, OneWhoseTurnFailsComesAgain) {
  const auto host = start();
  host->remind("a", "once wrong", -1, 5);
  host->remind("b", "wrong", -1, 7);
  host->remind("b", "right", -1, 1);
  EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
  EXPECT_EQ(host->look("b", said(1, 1)), said(1, 1));
  EXPECT_EQ(ends_of("wrong"), 0) << "it is tried again";
}

TEST_P(ReminderTest, OfAParkedEntityComesWhenItIsTakenOut) {
  FailurePolicy parks;
  parks.on_failure = OnFailure::park;
  RemindingHost host(journal_, registry_, GetParam(), parks);
  host.remind("a", "once wrong", 0, 5);
  EXPECT_TRUE(comes_true([&] { return host.ask("a", "look", "{}").find("parked") != std::string::npos; }));
  EXPECT_TRUE(comes_true([&] { return host.unpark("a"); }));
  EXPECT_TRUE(has_fired("once wrong"));
  EXPECT_EQ(host.look("a", said(5, 1)), said(5, 1));
}

// It cannot run, and holds nobody up.
TEST_P(ReminderTest, OneThatCannotBeReadStaysWhereItIs) {
  {
    const journal::Reminder unreadable{"a", "tea", 1, "?"};
    journal::Turn turn;
    turn.entity = "a";
    turn.effects.reminders = {&unreadable, 1};
    const journal::RecordBody body = turn;
    std::string bytes(journal::encoded_bytes(body), '\0');
    journal::encode({shard(), journal::Epoch{1}, journal::Sequence{1}, journal::kind_of(body)}, body,
                    bytes.data());
    journal::sum_up(bytes, bytes.size(), 0);
    journal_.logs[shard()] = {{bytes}, 1, true};
  }
  const auto host = start();
  host->remind("a", "coffee", -1, 1);
  EXPECT_EQ(host->look("a", said(1, 1)), said(1, 1));
  EXPECT_EQ(ends_of("tea"), 0);
  host->remind("a", "tea", -1, 2);
  EXPECT_EQ(host->look("a", said(3, 2)), said(3, 2));
}

TEST_P(ReminderTest, WhatIsOutOfItsRangeIsRefused) {
  const auto host = start();
  const std::string long_name(256, 'n');
  for (const std::string& body :
       {std::string(R"({"name":"tea","in_ms":-99999999999999,"by":1})"),
        R"({"name":")" + long_name + R"(","in_ms":0,"by":1})", std::string(R"({"name":"","in_ms":0,"by":1})"),
        std::string(R"({"name":"tea","in_ms":0,"by":1,"every_ms":2000000000000})"),
        std::string(R"({"name":"tea","in_ms":0,"by":1,"bytes":70000})")}) {
    EXPECT_NE(host->ask("a", "remind", body).find("turn_failed"), std::string::npos) << body;
  }
  EXPECT_NE(host->forget("a", "").find("turn_failed"), std::string::npos);
  EXPECT_EQ(host->ask("a", "look", "{}"), kNothing);
}

TEST_P(ReminderTest, ComesAgainAndAgainUntilItIsTakenAway) {
  const auto host = start();
  host->remind("a", "thrice", -1, 5, R"(,"every_ms":50)");
  EXPECT_EQ(host->look("a", said(15, 3)), said(15, 3));
  host->remind("a", "tea", 300, 1);
  EXPECT_EQ(host->look("a", said(16, 4)), said(16, 4));
}

// Its turn has run and does not count: it does not run again meanwhile, and nobody sees it.
TEST_P(ReminderTest, OneThatDoesNotCountYetDoesNotComeAgain) {
  const auto host = start();
  host->remind("a", "tea", kSoon, 5);
  journal_.holds = true;
  EXPECT_TRUE(has_fired("tea"));
  auto look = host->start_ask("a", "look", "{}");
  EXPECT_EQ(look.wait_for(std::chrono::milliseconds(400)), std::future_status::timeout);
  journal_.let_count();
  EXPECT_EQ(look.get().value().body, said(5, 1));
  EXPECT_EQ(ends_of("tea"), 1);
}

TEST_P(ReminderTest, OneWhoseTurnIsLostWithItsRecordComesAgain) {
  const auto host = start();
  host->remind("a", "tea", kSoon, 5);
  journal_.fails_next = true;
  EXPECT_TRUE(comes_true([&] { return !journal_.fails_next; }));
  EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
  EXPECT_EQ(ends_of("tea"), 1);
}

TEST_P(ReminderTest, OutlivesItsHostAndComesLateRatherThanNever) {
  start()->remind("a", "tea", kSoon, 5);
  const auto due = Clock::now() + std::chrono::milliseconds(kSoon);
  EXPECT_TRUE(comes_true([&] { return Clock::now() >= due; }));
  EXPECT_EQ(ends_of("tea"), 0);
  const auto host = start();
  EXPECT_TRUE(has_fired("tea")) << "no message woke it";
  EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
}

TEST_P(ReminderTest, OneThatHasComeDoesNotComeAfterARestart) {
  {
    const auto host = start();
    host->remind("a", "tea", -1, 5);
    host->remind("a", "coffee", kAnHour, 7);
    EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
    host->forget("a", "coffee");
  }
  const auto host = start();
  host->remind("a", "water", -1, 1);
  EXPECT_EQ(host->look("a", said(6, 2)), said(6, 2));
  EXPECT_EQ(ends_of("tea"), 1);
}

TEST_P(ReminderTest, ACheckpointHoldsAllOfThem) {
  {
    const auto host = start();
    host->remind("a", "tea", 3'000, 5);
    host->remind("b", "tea", 3'000, 7, R"(,"then":"stop")");
  }
  {
    const auto host = start();
    EXPECT_TRUE(journal_.forget_before_checkpoint(shard()));
  }
  const auto host = start();
  EXPECT_EQ(host->look("a", said(5, 1)), said(5, 1));
  EXPECT_EQ(host->look("b", said(7, 1)), said(7, 1));
}

TEST_P(ReminderTest, ACheckpointSaysManyInPartsThatFitARecord) {
  {
    const auto host = start();
    for (const char* id : {"a", "b", "c", "d"})
      EXPECT_EQ(host->remind(id, "r", kAnHour, 1, R"(,"count":5,"bytes":60000)"), kNothing);
  }
  const auto host = start();
  EXPECT_TRUE(journal_.forget_before_checkpoint(shard()));
  std::size_t parts = 0;
  std::size_t reminders = 0;
  for_each_record([&](const journal::RecordBody& body) {
    const auto* part = std::get_if<journal::CheckpointPart>(&body);
    if (part == nullptr || part->reminders.empty()) return;
    ++parts;
    reminders += part->reminders.size();
    EXPECT_LE(journal::encoded_bytes(body), journal::record_bytes_max_default);
  });
  EXPECT_EQ(reminders, 20U);
  EXPECT_GE(parts, 3U);
}

// Each is changed as often as it takes; the parts of the checkpoint come in between.
TEST_P(ReminderTest, WhatChangesBetweenThePartsOfACheckpointIsReadAsItIs) {
  const std::string ids = "abcdefgh";
  RemindingHost::Lengths expected;
  {
    const auto host = start();
    for (const char id : ids) {
      const std::string each(1, id);
      EXPECT_EQ(host->remind(each, "r", kAnHour, 1, R"(,"count":5,"bytes":60000)"), kNothing);
      for (int number = 0; number < 5; ++number) expected[{each, "r" + std::to_string(number)}] = true;
    }
  }
  std::vector<std::pair<std::unique_ptr<MemoryJournal>, RemindingHost::Lengths>> crashes;
  {
    const auto host = start();
    ASSERT_TRUE(comes_true([&] { return parts() > 0; }));
    for (std::size_t i = 0; host->is_in_checkpoint(); ++i) {
      const std::string id(1, ids[i % ids.size()]);
      host->forget(id, "r0");
      expected.erase({id, "r0"});
      host->remind(id, "r1", kAnHour, 1);
      expected[{id, "r1"}] = false;
      if (i % 3 == 0) host->remind(id, "r3", kAnHour, 1, R"(,"bytes":60000)");
      const std::string name = i % 2 == 0 ? "before" : "s";  // all others of its entity, or behind them
      host->remind(id, name, kAnHour, 1);
      expected[{id, name}] = false;
      if (i == std::size_t{4} << (2 * crashes.size())) crashes.emplace_back(crashed(), expected);
    }
    EXPECT_GE(parts(), 5U);
    crashes.emplace_back(crashed(), expected);
    ASSERT_TRUE(crashes.back().first->forget_before_checkpoint(shard()));
  }
  EXPECT_GE(crashes.size(), 2U) << "while it was said, and behind it";
  for (const auto& [journal, lengths] : crashes) {
    RemindingHost host(*journal, registry_, GetParam());
    EXPECT_EQ(host.look("a", kNothing), kNothing);
    EXPECT_TRUE(host.has(lengths));
  }
}

TEST_P(ReminderTest, AnEntityThatSetsTooManyFails) {
  const auto host = start();
  EXPECT_EQ(host->remind("a", "r", kAnHour, 1, R"(,"count":1024)"), kNothing);
  EXPECT_NE(host->remind("a", "more", kAnHour, 1).find("turn_failed"), std::string::npos);
  EXPECT_EQ(host->remind("a", "r7", -1, 1), kNothing) << "it replaces one";
  EXPECT_EQ(host->look("a", said(1, 1)), said(1, 1));
}

INSTANTIATE_TEST_SUITE_P(Each, ReminderTest, testing::Values("diary", "pad"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace shoal::lanes
