// Goal: an event of a log is read as the one of its name by any version of its module, and where that has no
// such event, its entity alone is parked, by name. Method: lanes one after another on one log in memory, each
// with another version of the module `wallet`.

#include "tests/unit/host/lanes/durable_host.hpp"

namespace shoal::lanes {
namespace {

using durable_test::Host;

// A version of the module.
struct WalletModule {
  explicit WalletModule(int version) {
    const auto loaded = registry.load(tests::test_module("wallet_" + std::to_string(version)), {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
  }

  tests::TestDirectory directory;
  tests::LogLines log;
  modules::Registry registry{{directory / "copies", log.function(), "0.1.0"}};
};

// A host's lane with one shard of wallets: it ends with this.
class WalletHost : private WalletModule, public Host {
 public:
  WalletHost(MemoryJournal& journal, int module_version)
      : WalletModule(module_version),
        Host(journal, registry,
             {.type = "wallet", .policy = durable_test::policy_of(Durability::events), .shards = 1}) {}

  std::string change(const std::string& id, const std::string& what, int by) {
    return ask(id, "change", R"({"what":")" + what + R"(","by":)" + std::to_string(by) + "}");
  }
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
