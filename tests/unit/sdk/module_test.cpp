// Goal: SHOAL_MODULE shows the host what the module's words say. Method: the tables behind shoal_module_entry
// are read as a host reads them; the life of shared state is counted.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "shoal/json.hpp"
#include "shoal/shoal.hpp"
#include "shoal/testkit.hpp"

namespace {

struct Ping {};
struct Pong {};

struct Plain {
  void on(shoal::Context& ctx, const Ping&) { ctx.reply(Pong{}); }
  void on(shoal::Context&, const Pong&) {}
  int secret = 0;  // not described: an entity of this type is never saved
};

struct alignas(64) Wide {
  explicit Wide(shoal::Context& ctx) : id(ctx.id()) {}
  std::string id;
  SHOAL_FIELDS(Wide, id)
  void on(shoal::Context& ctx, const Ping&) { ctx.reply(*this); }
  void on(shoal::Context&, shoal::Tombstone) {}
  void on_timer(shoal::Context&, const shoal::Timer&) {}
};

int started = 0;
int quiesced = 0;
int stopped = 0;

struct Life {
  explicit Life(const shoal::Config& config) {
    if (config.get<bool>("fail").value_or(false)) throw std::runtime_error("told to fail");
    numbers.emplace(shoal::HostAllocator<int>(config.host()));
    numbers->assign({1, 2, 3});
    ++started;
  }
  ~Life() { ++stopped; }
  void quiesce() { ++quiesced; }
  std::optional<std::vector<int, shoal::HostAllocator<int>>> numbers;
};

const shoal_entity_type& type(std::size_t index) {
  const auto* factory = static_cast<const shoal_entity_factory*>(
      shoal_module_entry()->get_factory(nullptr, SHOAL_ENTITY_FACTORY_ID));
  return factory->types[index];
}

TEST(Module, SaysWhatItIs) {
  const shoal_module& module = *shoal_module_entry();
  EXPECT_EQ(module.magic, SHOAL_MODULE_MAGIC);
  EXPECT_EQ(module.abi, SHOAL_ABI);
  EXPECT_EQ(module.size, sizeof(shoal_module));
  EXPECT_STREQ(module.id, "many");
  EXPECT_STREQ(module.version, "3.1");
  EXPECT_NE(std::string(module.built_with).find("lib"), std::string::npos) << module.built_with;
  EXPECT_EQ(shoal_module_entry(), &module) << "one table, always";
}

TEST(Module, GivesTheFactoriesItHas) {
  const shoal_module& module = *shoal_module_entry();
  EXPECT_NE(module.get_factory(nullptr, "shoal.entity/1"), nullptr);
  EXPECT_EQ(module.get_factory(nullptr, "shoal.entity/2"), nullptr);
  EXPECT_EQ(module.get_factory(nullptr, "shoal.allocation/1"), nullptr);
}

TEST(Module, NamesMessagesInTheirOrder) {
  const shoal_entity_type& plain = type(0);
  ASSERT_EQ(plain.message_count, 2U);
  EXPECT_STREQ(plain.name, "plain");
  EXPECT_STREQ(plain.messages[0].name, "ping");
  EXPECT_STREQ(plain.messages[1].name, "pong.v2");
  EXPECT_EQ(plain.messages[0].codec, SHOAL_CODEC_JSON);
  EXPECT_EQ(plain.messages[0].flags, 0U);
}

TEST(Module, LeavesOutWhatABehaviourDoesNotHave) {
  const shoal_entity_type& plain = type(0);
  EXPECT_EQ(plain.admit, nullptr);
  EXPECT_EQ(plain.on_timer, nullptr);
  EXPECT_EQ(plain.on_stop, nullptr);
  EXPECT_EQ(plain.apply, nullptr);
  EXPECT_EQ(plain.save, nullptr);
  EXPECT_EQ(plain.load, nullptr);
  EXPECT_EQ(plain.describe, nullptr);
  EXPECT_EQ(plain.state_version, 0U);
  EXPECT_EQ(plain.execution, SHOAL_EXECUTION_BLOCKING);
}

TEST(Module, ShowsWhatABehaviourHas) {
  const shoal_entity_type& wide = type(1);
  EXPECT_EQ(wide.slot_size, sizeof(Wide));
  EXPECT_EQ(wide.slot_alignment, 64U);
  EXPECT_EQ(wide.messages[0].flags, SHOAL_MESSAGE_TYPE_ACCEPTS_NULL);
  EXPECT_NE(wide.on_timer, nullptr);
  EXPECT_NE(wide.save, nullptr);
  EXPECT_EQ(wide.state_version, 1U);
  EXPECT_EQ(wide.execution, SHOAL_EXECUTION_LANE);
}

TEST(Module, MakesABehaviourInItsFirstTurn) {
  shoal::testkit::Kit kit("wide");
  EXPECT_EQ(kit.ask("N1", "ping").reply.value().body, R"({"id":"N1"})");
}

TEST(Module, StartsQuiescesAndStopsItsSharedStateOnce) {
  started = quiesced = stopped = 0;
  {
    shoal::testkit::Kit kit("plain");
    EXPECT_EQ(started, 1);
    EXPECT_EQ(quiesced, 0);
  }
  EXPECT_EQ(quiesced, 1);
  EXPECT_EQ(stopped, 1);
}

TEST(Module, SaysWhyItDoesNotStart) {
  started = stopped = 0;
  try {
    shoal::testkit::Kit kit("plain", {.module_config = {{"fail", true}}});
    FAIL() << "it started";
  } catch (const shoal::testkit::Misuse& misuse) {
    EXPECT_STREQ(misuse.what(), "init of module 'many' failed: told to fail");
  }
  EXPECT_EQ(started, 0);
}

TEST(Module, RefusesAMessageNumberItDoesNotHave) {
  shoal_turn turn{};
  EXPECT_EQ(type(0).receive(nullptr, nullptr, &turn, 2, {nullptr, 0}), SHOAL_STATUS_INVALID_ARGUMENT);
}

}  // namespace

SHOAL_MODULE(
    "many", "3.1", shoal::shared<Life>(),
    shoal::entity<Plain>("plain").on<Ping>("ping", shoal::json).on<Pong>("pong.v2", shoal::json).blocking(),
    shoal::entity<Wide>("wide").on<Ping>("ping", shoal::json))
