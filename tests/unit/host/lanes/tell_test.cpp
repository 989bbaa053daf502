// Goal: a tell from one durable entity to another has its effect once, whatever happens in between, and those
// of one sender to one receiver come in order. Method: two lanes with logs in memory, whose contents are
// copied at any instant, as a crash would leave them, for the next host; coins that are sent never get more
// or less.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "host/lanes/lane.hpp"
#include "host/modules/registry.hpp"
#include "shoal/base/bytes.hpp"
#include "tests/modules/fixtures/test_modules.hpp"
#include "tests/unit/host/lanes/memory_log.hpp"

namespace shoal::lanes {
namespace {

constexpr std::uint32_t kBankLanes = 2;
constexpr std::uint32_t kBankShards = 4;
constexpr std::int64_t kMillisecond = 1'000'000;

// The last digit of the id, so that "a0" and "b2" live on lane 0, "c1" and "d3" on lane 1.
std::uint32_t shard_of_digit(shoal_bytes key, std::uint32_t shards) {
  return static_cast<std::uint32_t>(key.data[key.size - 1] - '0') % shards;
}

template <class Condition>
bool comes_so_far(Condition&& condition) {
  const auto until = Clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (Clock::now() >= until) return false;
    std::this_thread::yield();
  }
  return true;
}

// What its lanes have written: one journal each.
using Disk = std::array<MemoryJournal, kBankLanes>;

// As a power failure would leave it now.
std::unique_ptr<Disk> copy_of(Disk& disk) {
  auto copy = std::make_unique<Disk>();
  const std::scoped_lock lock(disk[0].mutex, disk[1].mutex);
  for (std::size_t lane = 0; lane < kBankLanes; ++lane) (*copy)[lane].logs = disk[lane].logs;
  return copy;
}

struct BankOptions {
  std::size_t checkpoint_bytes = checkpoint_bytes_default;
  bool has_chests = true;
};

class Bank {
 public:
  Bank(Disk& disk, modules::Registry& registry, const BankOptions& bank = {}) {
    std::vector<Lane*> all;
    for (std::uint32_t index = 0; index < kBankLanes; ++index) {
      Lane::Options options;
      options.index = LaneIndex{index};
      options.lane_count = kBankLanes;
      options.partition_of = shard_of_digit;
      options.outputs.emplace_back();
      options.lease = std::chrono::milliseconds(100);
      options.checkpoint_bytes = bank.checkpoint_bytes;
      options.tell_times = {50 * kMillisecond, 400 * kMillisecond, 200 * kMillisecond};
      lanes_.push_back(std::make_unique<Lane>(std::move(options)));
      lanes_.back()->use_log(std::make_unique<MemoryLog>(disk[index], lanes_.back()->waker()));
      all.push_back(lanes_.back().get());
    }
    for (const auto& lane : lanes_) lane->connect(all);
    open(registry, "purse", Durability::events);
    if (bank.has_chests) open(registry, "chest", Durability::state);
    for (const auto& lane : lanes_) lane->start();
  }
  ~Bank() {
    for (const auto& lane : lanes_) lane->drain();
    for (const auto& lane : lanes_) lane->join();
  }

  std::future<Result<Reply>> start_ask(const std::string& address, std::string_view message,
                                       std::string body) {
    const std::size_t slash = address.find('/');
    Message asked;
    asked.type = TypeIndex{address.starts_with("purse") ? 0U : 1U};
    asked.id = address.substr(slash + 1);
    asked.shard = ShardId{shard_of_digit(to_bytes(std::string_view(asked.id)), kBankShards)};
    asked.message_index = *types_[asked.type.value]->find_message(message);
    asked.body = std::move(body);
    asked.deadline = Clock::now() + std::chrono::seconds(30);
    auto promise = std::make_shared<std::promise<Result<Reply>>>();
    asked.on_reply = [promise](Result<Reply> reply) { promise->set_value(std::move(reply)); };
    auto parcel = std::make_unique<Parcel>();
    Lane& lane = *lanes_[asked.shard.value % kBankLanes];
    lanes::add(*parcel, asked);
    EXPECT_TRUE(lane.put(parcel));
    return promise->get_future();
  }
  static std::string text_of(std::future<Result<Reply>>& reply) {
    if (reply.wait_for(std::chrono::seconds(40)) != std::future_status::ready) return "the lane is stuck";
    const auto got = reply.get();
    return got ? got.value().body : got.error().message;
  }
  std::string ask(const std::string& address, std::string_view message, std::string body = "{}") {
    auto reply = start_ask(address, message, std::move(body));
    return text_of(reply);
  }
  static std::string send_body(const std::string& to, int coins, int times, const std::string& more) {
    const std::size_t slash = to.find('/');
    return R"({"type":")" + to.substr(0, slash) + R"(","id":")" + to.substr(slash + 1) + R"(","coins":)" +
           std::to_string(coins) + R"(,"times":)" + std::to_string(times) + more + "}";
  }
  std::future<Result<Reply>> start_send(const std::string& from, const std::string& to, int coins,
                                        int times = 1, const std::string& more = {}) {
    return start_ask(from, "send", send_body(to, coins, times, more));
  }
  std::string send(const std::string& from, const std::string& to, int coins, int times = 1,
                   const std::string& then = {}) {
    const std::string more = then.empty() ? "" : R"(,"then":")" + then + R"(")";
    return ask(from, "send", send_body(to, coins, times, more));
  }
  // What it says once that is `expected`, else what it says after a while.
  std::string look(const std::string& address, const std::string& expected) {
    std::string said;
    comes_so_far([&] { return (said = ask(address, "look")) == expected; });
    return said;
  }

  std::uint64_t sum(std::atomic<std::uint64_t> LaneCounters::*counter) const {
    std::uint64_t all = 0;
    for (const auto& lane : lanes_) all += (lane->counters().*counter).load();
    return all;
  }
  std::uint64_t pending() const {
    std::uint64_t all = 0;
    for (const auto& lane : lanes_) all += lane->counters().waiting.tells.load();
    return all;
  }
  bool settles() const {
    return comes_so_far([this] { return pending() == 0; });
  }
  std::uint64_t dead_letters(DeadLetterReason reason) const {
    std::uint64_t all = 0;
    for (const auto& lane : lanes_)
      all += lane->counters().message_dead_letters_by_reason[static_cast<std::size_t>(reason)].load();
    return all;
  }

 private:
  void open(modules::Registry& registry, std::string_view name, Durability durability) {
    TypePlan plan;
    plan.index = TypeIndex{static_cast<std::uint32_t>(types_.size())};
    plan.shard_count = kBankShards;
    plan.type = registry.find_type(name);
    plan.policy.durability = durability;
    types_.push_back(plan.type);
    for (const auto& lane : lanes_) lane->put([plan](Lane& self) { self.open_type(plan); });
  }

  std::vector<std::shared_ptr<const modules::EntityType>> types_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

std::string book(int coins, int sent, int got, int wrong = 0) {
  return R"({"coins":)" + std::to_string(coins) + R"(,"sent":)" + std::to_string(sent) + R"(,"got":)" +
         std::to_string(got) + R"(,"wrong":)" + std::to_string(wrong) + "}";
}

// Of sender and receiver: each durability with each, within a lane and beyond.
struct Route {
  std::string from;
  std::string to;
};

class TellTest : public testing::TestWithParam<Route> {
 protected:
  TellTest() {
    const auto loaded = registry_.load(tests::test_module("bank"), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  }
  std::unique_ptr<Bank> start(const BankOptions& options = {}) {
    return std::make_unique<Bank>(disk_, registry_, options);
  }
  static MemoryJournal& journal_of(Disk& disk, const std::string& address) {
    return disk[shard_of_digit(to_bytes(std::string_view(address)), kBankShards) % kBankLanes];
  }
  static journal::LogShard shard_of(const std::string& address) {
    return {journal::type_number(address.substr(0, address.find('/'))),
            ShardId{shard_of_digit(to_bytes(std::string_view(address)), kBankShards)}};
  }
  std::string from() const { return GetParam().from; }
  std::string to() const { return GetParam().to; }
  bool is_on_two_lanes() { return &journal_of(disk_, from()) != &journal_of(disk_, to()); }

  Disk disk_;
  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
};

TEST_P(TellTest, ArrivesOnceInOrderAndIsAcknowledged) {
  const auto bank = start();
  EXPECT_EQ(bank->send(from(), to(), 1, 100), book(900, 100, 0));
  EXPECT_EQ(bank->look(to(), book(1100, 0, 100)), book(1100, 0, 100));
  EXPECT_TRUE(bank->settles());
  EXPECT_EQ(bank->send(from(), to(), 5, 1), book(895, 101, 0));
  EXPECT_EQ(bank->look(to(), book(1105, 0, 101)), book(1105, 0, 101));
  EXPECT_EQ(bank->sum(&LaneCounters::message_dead_letters), 0U);
}

TEST_P(TellTest, DoesNotLeaveBeforeItCounts) {
  if (!is_on_two_lanes()) return;  // the receiver's log is held, too
  const auto bank = start();
  EXPECT_EQ(bank->look(from(), book(1000, 0, 0)), book(1000, 0, 0));
  MemoryJournal& journal = journal_of(disk_, from());
  journal.holds = true;
  auto sent = bank->start_send(from(), to(), 7);
  EXPECT_TRUE(comes_so_far([&] { return journal.records_of(shard_of(from())) > 0; }));
  EXPECT_EQ(sent.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  EXPECT_EQ(bank->ask(to(), "look"), book(1000, 0, 0));
  EXPECT_EQ(bank->sum(&LaneCounters::tells_resent), 0U);
  journal.let_count();
  EXPECT_EQ(bank->look(to(), book(1007, 0, 1)), book(1007, 0, 1));
}

TEST_P(TellTest, OfATurnThatFailsIsNotSent) {
  const auto bank = start();
  EXPECT_NE(bank->send(from(), to(), 7, 3, "fail here").find("told to fail"), std::string::npos);
  EXPECT_EQ(bank->send(from(), to(), 1), book(999, 1, 0));
  EXPECT_EQ(bank->look(to(), book(1001, 0, 1)), book(1001, 0, 1));
}

TEST_P(TellTest, ThatIsInTheLogArrivesAfterACrash) {
  std::unique_ptr<Disk> left;
  {
    const auto bank = start();
    EXPECT_EQ(bank->send(from(), to(), 1), book(999, 1, 0));
    EXPECT_TRUE(bank->settles());
    MemoryJournal& journal = journal_of(disk_, from());
    const std::uint64_t before = journal.records_of(shard_of(from()));
    journal.holds = true;
    auto sent = bank->start_send(from(), to(), 7, 3);
    EXPECT_TRUE(comes_so_far([&] { return journal.records_of(shard_of(from())) > before; }));
    left = copy_of(disk_);
    journal.let_count();
    Bank::text_of(sent);
  }
  Bank bank(*left, registry_);
  EXPECT_EQ(bank.look(to(), book(1022, 0, 4)), book(1022, 0, 4));
  EXPECT_EQ(bank.look(from(), book(978, 4, 0)), book(978, 4, 0));
  EXPECT_TRUE(bank.settles());
  EXPECT_EQ(bank.send(from(), to(), 1), book(977, 5, 0));
  EXPECT_EQ(bank.look(to(), book(1023, 0, 5)), book(1023, 0, 5));
}

TEST_P(TellTest, ThatComesAgainBeforeItCountsRunsOnce) {
  if (!is_on_two_lanes()) return;  // the sender's log is held, too
  const auto bank = start();
  EXPECT_EQ(bank->look(to(), book(1000, 0, 0)), book(1000, 0, 0));
  journal_of(disk_, to()).holds = true;
  EXPECT_EQ(bank->send(from(), to(), 2, 3), book(994, 3, 0));
  EXPECT_TRUE(comes_so_far([&] { return bank->sum(&LaneCounters::tells_repeated) >= 6; }));
  EXPECT_EQ(bank->pending(), 3U);
  // It crashes with and without what does not count yet.
  const auto left = copy_of(disk_);
  journal_of(disk_, to()).let_count();
  EXPECT_EQ(bank->look(to(), book(1006, 0, 3)), book(1006, 0, 3));
  EXPECT_TRUE(bank->settles());
  Bank next(*left, registry_);
  EXPECT_EQ(next.look(to(), book(1006, 0, 3)), book(1006, 0, 3));
  EXPECT_TRUE(next.settles());
}

TEST_P(TellTest, WaitsForAShardThatIsBeingRecovered) {
  { start()->send(to(), from(), 0); }
  journal_of(disk_, to()).holds_reads = true;
  const auto bank = start();
  auto sent = bank->start_send(from(), to(), 2, 3);
  EXPECT_EQ(sent.wait_for(std::chrono::milliseconds(200)),
            is_on_two_lanes() ? std::future_status::ready : std::future_status::timeout);
  journal_of(disk_, to()).let_read();
  EXPECT_EQ(bank->look(to(), book(1006, 1, 3)), book(1006, 1, 3));
  EXPECT_TRUE(bank->settles());
}

TEST_P(TellTest, ToAShardThatLosesItsLogComesAgain) {
  const auto bank = start();
  EXPECT_EQ(bank->look(to(), book(1000, 0, 0)), book(1000, 0, 0));
  EXPECT_EQ(bank->look(from(), book(1000, 0, 0)), book(1000, 0, 0));
  MemoryJournal& journal = journal_of(disk_, to());
  journal.fails_next = true;
  for (int coins = 1; coins <= 3; ++coins) bank->send(from(), to(), coins);
  // Where sender and receiver have the same log, the first turn of the sender is lost.
  EXPECT_TRUE(bank->settles());
  std::string receiver;
  EXPECT_TRUE(comes_so_far([&] {
    const std::string sender = bank->ask(from(), "look");
    receiver = bank->ask(to(), "look");
    return (sender == book(994, 3, 0) && receiver == book(1006, 0, 3)) ||
           (sender == book(995, 2, 0) && receiver == book(1005, 0, 2)) ||
           (sender == book(997, 1, 0) && receiver == book(1003, 0, 1)) ||
           (sender == book(1000, 0, 0) && receiver == book(1000, 0, 0));
  })) << receiver
      << ", waiting: " << bank->pending();
  EXPECT_FALSE(journal.fails_next);
}

TEST_P(TellTest, FindsNoRoomInAFullWindowAndNothingIsLost) {
  if (!is_on_two_lanes()) return;  // the sender's log is held, too
  const auto bank = start();
  EXPECT_EQ(bank->look(to(), book(1000, 0, 0)), book(1000, 0, 0));
  journal_of(disk_, to()).holds = true;
  for (int sent = 0; sent < 4095; sent += 455)
    EXPECT_EQ(bank->send(from(), to(), 1, 455), book(1000 - sent - 455, sent + 455, 0));
  EXPECT_NE(bank->send(from(), to(), 1, 2).find("overloaded"), std::string::npos);
  EXPECT_EQ(bank->send(from(), to(), 1, 1), book(1000 - 4096, 4096, 0));
  EXPECT_NE(bank->send(from(), to(), 1, 1).find("overloaded"), std::string::npos);
  journal_of(disk_, to()).let_count();
  EXPECT_EQ(bank->look(to(), book(1000 + 4096, 0, 4096)), book(1000 + 4096, 0, 4096));
  EXPECT_TRUE(bank->settles());
  EXPECT_EQ(bank->send(from(), to(), 1, 1), book(1000 - 4097, 4097, 0));
  EXPECT_EQ(bank->look(to(), book(1000 + 4097, 0, 4097)), book(1000 + 4097, 0, 4097));
}

TEST_P(TellTest, ThatIsTooLargeIsRefused) {
  const auto bank = start();
  const std::string body = Bank::send_body(to(), 1, 1, R"(,"bytes":600000)");
  EXPECT_NE(bank->ask(from(), "send", body).find("too large"), std::string::npos);
  EXPECT_EQ(bank->send(from(), to(), 1), book(999, 1, 0));
}

TEST_P(TellTest, WhoseTurnFailsIsADeadLetterOnce) {
  const auto bank = start();
  EXPECT_EQ(bank->send(from(), to(), 3, 2, "fail"), book(994, 2, 0));
  EXPECT_EQ(bank->send(from(), to(), 4, 1, "refuse"), book(990, 3, 0));
  EXPECT_EQ(bank->send(from(), to(), 5), book(985, 4, 0));
  EXPECT_EQ(bank->look(to(), book(1005, 0, 1)), book(1005, 0, 1));
  EXPECT_TRUE(bank->settles());
  EXPECT_EQ(bank->dead_letters(DeadLetterReason::turn_failed), 2U);
  EXPECT_EQ(bank->dead_letters(DeadLetterReason::refused_by_turn), 1U);
  const auto left = copy_of(disk_);
  Bank next(*left, registry_);
  EXPECT_EQ(next.look(to(), book(1005, 0, 1)), book(1005, 0, 1));
  EXPECT_EQ(next.sum(&LaneCounters::message_dead_letters), 0U);
}

// Its entity is being read from the log again, and keeps 1 MiB meanwhile.
TEST_P(TellTest, ThatHasNoRoomAtItsEntityComesAgainInOrder) {
  const auto bank = start();
  const std::string other = "purse/f2";  // of another shard, so that each window has room
  EXPECT_EQ(bank->send(from(), to(), 1), book(999, 1, 0));
  EXPECT_EQ(bank->look(to(), book(1001, 0, 1)), book(1001, 0, 1));
  EXPECT_EQ(bank->look(other, book(1000, 0, 0)), book(1000, 0, 0));
  journal_of(disk_, to()).holds_reads = true;
  EXPECT_EQ(bank->send(from(), to(), 1, 1, "fail"), book(998, 2, 0));
  EXPECT_TRUE(comes_so_far([&] { return bank->dead_letters(DeadLetterReason::turn_failed) == 1; }));
  for (int i = 0; i < 3; ++i) {
    bank->ask(from(), "send", Bank::send_body(to(), 1, 1, R"(,"bytes":300000)"));
    bank->ask(other, "send", Bank::send_body(to(), 1, 1, R"(,"bytes":300000)"));
  }
  EXPECT_EQ(bank->sum(&LaneCounters::message_dead_letters), 1U);
  journal_of(disk_, to()).let_read();
  EXPECT_EQ(bank->look(to(), book(1007, 0, 7)), book(1007, 0, 7));
  EXPECT_TRUE(bank->settles());
  EXPECT_EQ(bank->sum(&LaneCounters::message_dead_letters), 1U);
}

TEST_P(TellTest, ThatIsStashedHasNotFinished) {
  std::unique_ptr<Disk> left;
  {
    const auto bank = start();
    EXPECT_EQ(bank->send(from(), to(), 3, 2, "stash"), book(994, 2, 0));
    EXPECT_EQ(bank->send(from(), to(), 5), book(989, 3, 0));
    EXPECT_EQ(bank->look(to(), book(1005, 0, 1)), book(1005, 0, 1));
    EXPECT_TRUE(comes_so_far([&] { return bank->sum(&LaneCounters::tells_repeated) >= 2; }));
    left = copy_of(disk_);
    bank->ask(to(), "open");
  }
  Bank bank(*left, registry_);
  EXPECT_TRUE(comes_so_far([&] { return bank.sum(&LaneCounters::tells_resent) >= 3; }));
  EXPECT_EQ(bank.ask(to(), "look"), book(1005, 0, 1));
  auto opened = bank.start_ask(to(), "open", "{}");
  EXPECT_EQ(bank.look(to(), book(1011, 0, 3, 1)), book(1011, 0, 3, 1)) << "what was stashed came late";
  EXPECT_TRUE(bank.settles());
}

TEST_P(TellTest, IsInACheckpointUntilItIsAcknowledged) {
  std::unique_ptr<Disk> left;
  {
    const auto bank = start({.checkpoint_bytes = 1});
    EXPECT_EQ(bank->send(from(), to(), 1), book(999, 1, 0));
    EXPECT_TRUE(bank->settles());
    if (is_on_two_lanes()) {
      EXPECT_EQ(bank->look(to(), book(1001, 0, 1)), book(1001, 0, 1));
      journal_of(disk_, to()).holds = true;
    }
    EXPECT_EQ(bank->send(from(), to(), 2, 3), book(993, 4, 0));
    const std::size_t begun = journal_of(disk_, from()).checkpoints_of(shard_of(from()));
    EXPECT_TRUE(
        comes_so_far([&] { return journal_of(disk_, from()).checkpoints_of(shard_of(from())) > begun; }));
    EXPECT_TRUE(journal_of(disk_, from()).forget_before_checkpoint(shard_of(from())));
    left = copy_of(disk_);
    if (is_on_two_lanes()) {
      journal_of(*left, to()).logs[shard_of(to())].records.clear();  // what did not count is not there
      journal_of(disk_, to()).let_count();
    }
  }
  Bank bank(*left, registry_, {.checkpoint_bytes = 1});
  const std::string expected = is_on_two_lanes() ? book(1006, 0, 3, 0) : book(1007, 0, 4);
  EXPECT_EQ(bank.look(to(), expected), expected);
  EXPECT_EQ(bank.look(from(), book(993, 4, 0)), book(993, 4, 0));
  EXPECT_TRUE(bank.settles());
  EXPECT_EQ(bank.send(from(), to(), 1), book(992, 5, 0));
}

INSTANTIATE_TEST_SUITE_P(Routes, TellTest,
                         testing::Values(Route{"purse/a0", "purse/c1"}, Route{"purse/a0", "chest/c1"},
                                         Route{"chest/a0", "purse/c1"}, Route{"chest/d3", "chest/b2"},
                                         Route{"purse/a0", "purse/b0"}, Route{"chest/c1", "purse/d3"}),
                         [](const auto& route) {
                           std::string name = route.param.from + "_to_" + route.param.to;
                           for (char& letter : name) letter = letter == '/' ? '_' : letter;
                           return name;
                         });

}  // namespace
}  // namespace shoal::lanes
