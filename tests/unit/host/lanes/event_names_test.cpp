// Goal: an event of a log is read as the one of its name by any version of its module, and where that has no
// such event, its entity alone is parked, by name. Method: lanes one after another on one log in memory, each
// with another version of the module `wallet`.

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "host/lanes/lane.hpp"
#include "host/modules/registry.hpp"
#include "tests/modules/fixtures/test_modules.hpp"
#include "tests/unit/host/lanes/memory_log.hpp"

namespace shoal::lanes {
namespace {

std::uint32_t only_shard(shoal_bytes, std::uint32_t) { return 0; }

// A host's lane with one shard of wallets: it ends with this.
class WalletHost {
 public:
  WalletHost(MemoryJournal& journal, int module_version)
      : registry_({directory_ / "copies", log_.function(), "0.1.0"}) {
    const auto loaded =
        registry_.load(tests::test_module("wallet_" + std::to_string(module_version)), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    type_ = registry_.find_type("wallet");
    Lane::Options options;
    options.partition_of = only_shard;
    options.outputs.emplace_back();
    options.lease = std::chrono::milliseconds(200);
    lane_ = std::make_unique<Lane>(std::move(options));
    lane_->use_log(std::make_unique<MemoryLog>(journal, lane_->waker()));
    lane_->connect({lane_.get()});
    TypePlan plan;
    plan.shard_count = 1;
    plan.type = type_;
    plan.policy.durability = Durability::events;
    lane_->put([plan](Lane& self) { self.open_type(plan); });
    lane_->start();
  }
  ~WalletHost() {
    lane_->drain();
    lane_->join();
  }

  // What it was answered, or why not.
  std::string ask(const std::string& id, std::string_view message, std::string body) {
    Message asked;
    asked.shard = ShardId{0};
    asked.id = id;
    asked.message_index = *type_->find_message(message);
    asked.body = std::move(body);
    asked.deadline = Clock::now() + std::chrono::seconds(30);
    auto promise = std::make_shared<std::promise<Result<Reply>>>();
    asked.on_reply = [promise](Result<Reply> reply) { promise->set_value(std::move(reply)); };
    auto parcel = std::make_unique<Parcel>();
    add(*parcel, asked);
    EXPECT_TRUE(lane_->put(parcel));
    auto reply = promise->get_future();
    if (reply.wait_for(std::chrono::seconds(40)) != std::future_status::ready) return "the lane is stuck";
    const auto got = reply.get();
    return got ? got.value().body : got.error().message;
  }
  std::string change(const std::string& id, const std::string& what, int by) {
    return ask(id, "change", R"({"what":")" + what + R"(","by":)" + std::to_string(by) + "}");
  }
  std::string look(const std::string& id) { return ask(id, "look", "{}"); }

 private:
  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_;
  std::shared_ptr<const modules::EntityType> type_;
  std::unique_ptr<Lane> lane_;
};

std::string seen(int sum, const std::string& replay) {
  return R"({"sum":)" + std::to_string(sum) + R"(,"replay":")" + replay + R"("})";
}

TEST(EventNamesTest, AModuleWithItsEventsInAnotherOrderReadsTheSame) {
  MemoryJournal journal;
  {
    WalletHost host(journal, 1);
    EXPECT_EQ(host.change("a", "earn", 5), seen(5, "e5"));
    EXPECT_EQ(host.change("a", "spend", 2), seen(3, "e5s-2"));
    EXPECT_EQ(host.change("a", "earn", 1), seen(4, "e5s-2e1"));
    EXPECT_EQ(host.change("b", "spend", 1), seen(-1, "s-1"));
  }
  {
    // What was written as version 1 of the event `earned` is applied as such.
    WalletHost host(journal, 2);
    EXPECT_EQ(host.look("a"), seen(4, "e5s-2e1"));
    EXPECT_EQ(host.look("b"), seen(-1, "s-1"));
    EXPECT_EQ(host.change("a", "earn", 7), seen(11, "e5s-2e1f7"));
    EXPECT_EQ(host.change("b", "lose", 3), seen(-4, "s-1l-3"));
  }
  WalletHost host(journal, 2);
  EXPECT_EQ(host.look("a"), seen(11, "e5s-2e1f7"));
  EXPECT_EQ(host.look("b"), seen(-4, "s-1l-3"));
}

TEST(EventNamesTest, AnEventThatTheModuleHasNoMoreParksItsEntityAlone) {
  MemoryJournal journal;
  {
    WalletHost host(journal, 1);
    EXPECT_EQ(host.change("a", "earn", 5), seen(5, "e5"));
    EXPECT_EQ(host.change("a", "spend", 2), seen(3, "e5s-2"));
    EXPECT_EQ(host.change("a", "earn", 1), seen(4, "e5s-2e1"));
    EXPECT_EQ(host.change("b", "earn", 1), seen(1, "e1"));
  }
  {
    WalletHost host(journal, 3);
    EXPECT_EQ(
        host.look("a"),
        "parked: the entity could not be recovered: event 0xe486bb8d version 1 (revision 2) is unknown to "
        "module wallet 3.0.0: load a module that can read it and restart the host");
    EXPECT_EQ(host.change("b", "earn", 1), seen(2, "e1f1"));
    EXPECT_EQ(host.change("c", "lose", 1), seen(-1, "l-1"));
  }
  WalletHost host(journal, 2);
  EXPECT_EQ(host.look("a"), seen(4, "e5s-2e1"));
  EXPECT_EQ(host.look("b"), seen(2, "e1f1"));
  EXPECT_EQ(host.look("c"), seen(-1, "l-1"));
}

TEST(EventNamesTest, AnEventOfANewerVersionParksItsEntityAlone) {
  MemoryJournal journal;
  {
    WalletHost host(journal, 2);
    EXPECT_EQ(host.change("a", "earn", 5), seen(5, "f5"));
    EXPECT_EQ(host.change("b", "spend", 1), seen(-1, "s-1"));
  }
  WalletHost host(journal, 1);
  EXPECT_EQ(
      host.look("a"),
      "parked: the entity could not be recovered: event earned version 2 (revision 1) is unknown to module "
      "wallet 1.0.0, which has version 1: load a module that can read it and restart the host");
  EXPECT_EQ(host.change("b", "earn", 1), seen(0, "s-1e1"));
}

}  // namespace
}  // namespace shoal::lanes
