// Goal: entities that have begun and not stopped run again on the next start of the host, without a message,
// within the rate; those that stopped do not. Method: one lane with a log in memory that outlives it, and
// with or without a store of states; both durabilities by the same tests.

#include <algorithm>
#include <future>
#include <vector>

#include "tests/unit/host/lanes/durable_host.hpp"

namespace shoal::lanes {
namespace {

using namespace std::chrono_literals;

using durable_test::comes_true;
using durable_test::Host;
using durable_test::HostOptions;
using durable_test::sum;

constexpr std::uint32_t kFast = 1'000'000;

HostOptions remembering(const std::string& type, const TypePolicy& policy, MemoryStates* states) {
  HostOptions options;
  options.type = type;
  options.policy = policy;
  options.policy.durability = type == "account" ? Durability::events : Durability::state;
  options.shards = 1;
  options.states = states;
  return options;
}

// A host's lane with one shard: it ends with this.
class RememberingHost : public Host {
 public:
  RememberingHost(MemoryJournal& journal, modules::Registry& registry, const std::string& type,
                  const TypePolicy& policy, MemoryStates* states)
      : Host(journal, registry, remembering(type, policy, states)) {}

  std::string add(const std::string& id, int by, const std::string& more = {}) {
    return ask(id, "add", "{\"by\":" + std::to_string(by) + more + "}");
  }
  std::vector<std::string> active() {
    return on_lane([](Lane& lane) {
      std::vector<std::string> ids;
      lane.for_each_shard(TypeIndex{0}, [&](Shard& shard) { shard.list(1'000'000, ids); });
      std::sort(ids.begin(), ids.end());
      return ids;
    });
  }
  // Who is active once it is these, else who is after a while.
  std::vector<std::string> active(const std::vector<std::string>& expected) {
    std::vector<std::string> ids;
    comes_true([&] { return (ids = active()) == expected; });
    return ids;
  }
  void passivate_all() {
    on_lane([](Lane& lane) {
      lane.for_each_shard(TypeIndex{0}, [](Shard& shard) { shard.set_active_max(1); });
      return true;
    });
  }
  bool has_started_all() {
    return comes_true([&] { return counters().remembered > 0 && counters().to_start == 0; });
  }
};

using Ids = std::vector<std::string>;
const std::string kStop = R"(,"then":"stop")";
const std::string kFail = R"(,"then":"fail")";

struct RememberedKind {
  const char* name;
  const char* type;
  bool has_store;
};

class RememberTest : public testing::TestWithParam<RememberedKind> {
 protected:
  RememberTest() {
    const auto loaded = registry_.load(tests::test_module("durable"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    policy_.remembered_starts_a_second = kFast;
  }
  std::unique_ptr<RememberingHost> start() {
    return std::make_unique<RememberingHost>(journal_, registry_, GetParam().type, policy_,
                                             GetParam().has_store ? &states_ : nullptr);
  }
  journal::LogShard shard() const { return {journal::type_number(GetParam().type), ShardId{0}}; }
  // What nobody can make an entity of.
  void plant_damaged(const std::string& id) {
    const std::lock_guard lock(journal_.mutex);
    auto& records = journal_.logs[shard()].records;
    const std::vector<journal::Event> events{{0, 0, R"({"by":13})"}};
    const std::vector<journal::StoredState> states{{id, 1, 0, "not a state"}};
    journal::RecordBody body = journal::Turn{id, 1, 0, events, {}};
    if (std::string(GetParam().type) == "register") body = journal::States{states, {}};
    std::string bytes(journal::encoded_bytes(body), '\0');
    journal::encode(
        {shard(), journal::Epoch{1}, journal::Sequence{records.size() + 1}, journal::kind_of(body)}, body,
        bytes.data());
    journal::sum_up(bytes, bytes.size(), 0);
    records.push_back(std::move(bytes));
  }
  // Records of this kind in the log.
  std::size_t records_of(journal::RecordKind kind) {
    const std::lock_guard lock(journal_.mutex);
    journal::RecordDecoder decoder;
    std::size_t found = 0;
    for (const std::string& bytes : journal_.logs[shard()].records) {
      if (bytes.empty()) continue;  // forgotten
      const auto record = decoder.decode(bytes);
      if (record && record.value().header.kind == kind) ++found;
    }
    return found;
  }

  TypePolicy policy_;
  MemoryJournal journal_;
  MemoryStates states_;
  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
};

TEST_P(RememberTest, WhoHasBegunRunsAgainWithoutAMessage) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("a", 5), sum(5, 1));
    EXPECT_EQ(host->look("b"), sum(0, 0)) << "its turn leaves no event";
  }
  const auto host = start();
  EXPECT_EQ(host->active({"a", "b"}), (Ids{"a", "b"}));
  EXPECT_EQ(host->look("a"), sum(5, 1));
  EXPECT_TRUE(comes_true([&] { return host->counters().remembered == 2; }));
  EXPECT_EQ(host->counters().to_start, 0U);
}

TEST_P(RememberTest, WhoHasStoppedDoesNot) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("stopped", 5, kStop), sum(5, 1));
    EXPECT_EQ(host->add("begun again", 5, kStop), sum(5, 1));
    EXPECT_EQ(host->look("begun again"), sum(5, 1));
    EXPECT_EQ(host->look("a"), sum(0, 0));
  }
  for (int round = 0; round < 2; ++round) {
    const auto host = start();
    EXPECT_EQ(host->active({"a", "begun again"}), (Ids{"a", "begun again"}));
    EXPECT_TRUE(host->has_started_all());
    EXPECT_EQ(host->active(), (Ids{"a", "begun again"}));
    EXPECT_EQ(host->counters().remembered, 2U);
  }
  EXPECT_EQ(start()->look("stopped"), sum(5, 1)) << "it has its state all the same";
}

TEST_P(RememberTest, StoppingAndBeginningInOneBatchLeavesTheLast) {
  {
    const auto host = start();
    journal_.holds = true;
    std::vector<std::future<Result<Reply>>> replies;
    for (int round = 0; round < 20; ++round) {
      replies.push_back(host->start_ask("a", "add", R"({"by":1,"then":"stop"})"));
      replies.push_back(host->start_ask("a", "look", "{}"));
      replies.push_back(host->start_ask("b", "look", "{}"));
      replies.push_back(host->start_ask("b", "add", R"({"by":1,"then":"stop"})"));
    }
    journal_.let_count();
    for (auto& reply : replies) EXPECT_TRUE(reply.get().has_value());
  }
  const auto host = start();
  EXPECT_EQ(host->active({"a"}), Ids{"a"});
  EXPECT_TRUE(host->has_started_all());
  EXPECT_EQ(host->active(), Ids{"a"});
}

TEST_P(RememberTest, WhoHasLeftMemoryIsRemembered) {
  {
    const auto host = start();
    for (const char* id : {"a", "b", "c"}) EXPECT_EQ(host->add(id, 5), sum(5, 1));
    host->passivate_all();
    EXPECT_TRUE(comes_true([&] { return host->active().size() == 1; }));
    EXPECT_TRUE(comes_true([&] { return host->counters().remembered == 3; }));
  }
  EXPECT_EQ(records_of(journal::RecordKind::entity_stopped), 0U);
  const auto host = start();
  EXPECT_EQ(host->active({"a", "b", "c"}), (Ids{"a", "b", "c"}));
}

TEST_P(RememberTest, ATurnWithARecordOfItsOwnLeavesNoOther) {
  const auto host = start();
  for (int round = 0; round < 3; ++round) host->add("a", 5);
  EXPECT_EQ(records_of(journal::RecordKind::entity_started), 0U);
}

TEST_P(RememberTest, NothingIsAnsweredBeforeItsStartCounts) {
  const auto host = start();
  host->add("other", 1);
  journal_.holds = true;
  auto reply = host->start_ask("a", "look", "{}");
  EXPECT_EQ(reply.wait_for(300ms), std::future_status::timeout);
  journal_.let_count();
  EXPECT_TRUE(reply.get().has_value());
}

TEST_P(RememberTest, AFirstTurnThatFailsIsNotRemembered) {
  {
    const auto host = start();
    EXPECT_NE(host->add("failed", 5, kFail).find("turn_failed"), std::string::npos);
    EXPECT_EQ(host->look("a"), sum(0, 0));
  }
  const auto host = start();
  EXPECT_EQ(host->active({"a"}), Ids{"a"});
  EXPECT_TRUE(host->has_started_all());
  EXPECT_EQ(host->active(), Ids{"a"});
}

TEST_P(RememberTest, OneThatRestartsAfterAFailureNeedsNoMessage) {
  policy_.failure.on_failure = OnFailure::restart;
  policy_.failure.backoff_min_ms = 10;
  policy_.failure.backoff_max_ms = 20;
  const auto host = start();
  EXPECT_EQ(host->add("a", 5), sum(5, 1));
  EXPECT_NE(host->add("a", 100, kFail).find("turn_failed"), std::string::npos);
  EXPECT_EQ(host->active({"a"}), Ids{"a"});
  EXPECT_EQ(host->look("a"), sum(5, 1));
}

TEST_P(RememberTest, OneThatCannotBeReadIsParkedAndTheOthersRun) {
  {
    const auto host = start();
    for (const char* id : {"a", "b"}) EXPECT_EQ(host->add(id, 5), sum(5, 1));
  }
  plant_damaged("damaged");
  const auto host = start();
  EXPECT_EQ(host->active({"a", "b"}), (Ids{"a", "b"}));
  EXPECT_TRUE(comes_true([&] { return host->counters().remembered == 3 && host->counters().to_start == 0; }));
  EXPECT_NE(host->look("damaged").find("parked"), std::string::npos);
  EXPECT_EQ(host->active(), (Ids{"a", "b"}));
}

TEST_P(RememberTest, ACheckpointSaysWhoIsRemembered) {
  {
    const auto host = start();
    EXPECT_EQ(host->add("a", 5), sum(5, 1));
    EXPECT_EQ(host->look("b"), sum(0, 0));
    EXPECT_EQ(host->add("stopped", 5, kStop), sum(5, 1));
  }
  {
    const auto host = start();
    EXPECT_TRUE(journal_.forget_before_checkpoint(shard()));
    EXPECT_EQ(host->look("c"), sum(0, 0));
  }
  const auto host = start();
  EXPECT_EQ(host->active({"a", "b", "c"}), (Ids{"a", "b", "c"}));
  EXPECT_TRUE(host->has_started_all());
  EXPECT_EQ(host->active(), (Ids{"a", "b", "c"}));
}

// Longer than a part, and than a record of the log.
TEST_P(RememberTest, ManyAreSaidInParts) {
  constexpr std::size_t count = 1'200;
  {
    const auto host = start();
    std::vector<std::future<Result<Reply>>> replies;
    for (std::size_t i = 0; i < count; ++i)
      replies.push_back(host->start_ask(std::to_string(i) + std::string(1'000, 'i'), "look", "{}"));
    for (auto& reply : replies) EXPECT_TRUE(reply.get().has_value());
  }
  {
    const auto host = start();
    EXPECT_TRUE(journal_.forget_before_checkpoint(shard()));
    EXPECT_GE(records_of(journal::RecordKind::entity_started), 5U);
  }
  const auto host = start();
  EXPECT_TRUE(comes_true([&] { return host->counters().remembered == count; }));
  EXPECT_TRUE(comes_true([&] { return host->active().size() == count; }));
}

TEST_P(RememberTest, AShardThatLosesItsLogStartsThemAgain) {
  const auto host = start();
  EXPECT_EQ(host->look("a"), sum(0, 0));
  EXPECT_EQ(host->add("b", 5), sum(5, 1));
  journal_.fails_next = true;
  EXPECT_NE(host->add("b", 100).find("lost its log"), std::string::npos);
  EXPECT_EQ(host->active({"a", "b"}), (Ids{"a", "b"}));
  EXPECT_EQ(host->look("b"), sum(5, 1));
}

TEST_P(RememberTest, NoMoreAreStartedThanMayBeActive) {
  {
    const auto host = start();
    for (const char* id : {"a", "b", "c"}) host->look(id);
  }
  policy_.active_max = 2;
  const auto host = start();
  EXPECT_TRUE(comes_true([&] { return host->counters().remembered == 3 && host->counters().to_start == 0; }));
  EXPECT_EQ(host->active().size(), 2U);
}

TEST_P(RememberTest, ATypeThatDoesNotRememberStartsNobody) {
  policy_.remembered_starts_a_second = 0;
  {
    const auto host = start();
    host->look("a");
  }
  EXPECT_EQ(records_of(journal::RecordKind::entity_started), 0U);
}

constexpr RememberedKind kKinds[] = {{"account", "account", false},
                                     {"register", "register", false},
                                     {"account_stored", "account", true},
                                     {"register_stored", "register", true}};

INSTANTIATE_TEST_SUITE_P(Each, RememberTest, testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

class RememberRateTest : public RememberTest {};

// Of those that have only looked, whose starts nothing else brings.
TEST_P(RememberRateTest, OnlySoManyBeginInATime) {
  constexpr int count = 60;
  {
    const auto host = start();
    for (int i = 0; i < count; ++i) host->look("e" + std::to_string(i));
  }
  policy_.remembered_starts_a_second = 25;  // two or three a tick
  const auto host = start();
  const auto before = Clock::now();
  EXPECT_TRUE(comes_true([&] { return host->counters().to_start > 0; }));
  EXPECT_EQ(host->look("e0"), sum(0, 0)) << "whoever has a message need not wait";
  std::size_t last = 0;
  EXPECT_TRUE(comes_true([&] {
    const std::size_t now = host->active().size();
    EXPECT_GE(now, last);
    last = now;
    return now == count;
  }));
  EXPECT_GE(Clock::now() - before, 1'900ms) << "the most recent first, at most three in 100 ms";
}

INSTANTIATE_TEST_SUITE_P(Each, RememberRateTest, testing::Values(kKinds[0], kKinds[2]),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace shoal::lanes
