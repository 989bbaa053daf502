// Goal: modules are asked where sources begin and told where they end, without the asker ever waiting; what
// goes wrong is said by name. Method: real modules; one waits in the call until a FIFO is written.
#include "host/module_offsets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "host/modules/registry.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::host {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::test_module;

constexpr std::chrono::seconds deadline{20};

class ModuleOffsetsTest : public testing::Test {
 protected:
  void load(const std::string& name, const std::string& config = "{}") {
    auto loaded =
        registry_.load(test_module(name), {config}, [](std::string_view) { return config::ModuleTable{}; });
    ASSERT_TRUE(loaded) << loaded.error().message;
    offsets_.add(loaded.value());
  }

  ModuleOffsets::Question question(const std::string& module, int partitions = 2) const {
    ModuleOffsets::Question asked{module, "flights-source", {}};
    for (int i = 0; i < partitions; ++i) asked.partitions.push_back({"flights", Partition{i}});
    return asked;
  }

  // Asks until there is an answer.
  Result<ModuleOffsets::Starts> answer(const ModuleOffsets::Question& asked) {
    std::unique_lock lock(mutex_);
    for (;;) {
      answered_ = false;
      lock.unlock();
      auto found = offsets_.starts(asked);
      if (found || found.error().code != ErrorCode::unavailable) return found;
      lock.lock();
      if (!changed_.wait_for(lock, deadline, [this] { return answered_; })) return found;
    }
  }

  std::string kept() const {
    std::ifstream file(directory_ / "kept");
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string keeper_config(const std::string& more = "") const {
    return R"({"file": ")" + (directory_ / "kept").string() + "\"" + more + "}";
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  modules::Registry registry_{modules::Registry::Options{directory_ / "copies", log_.function(), "0.1.0"}};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool answered_ = false;
  ModuleOffsets offsets_{{std::chrono::milliseconds(1), [this] {
                            const std::lock_guard lock(mutex_);
                            answered_ = true;
                            changed_.notify_all();
                          }}};
};

TEST_F(ModuleOffsetsTest, AModuleIsToldAndAskedAgain) {
  load("keeper", keeper_config());
  const auto nothing = answer(question("keeper"));
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_THAT(nothing.value(), ElementsAre(std::nullopt, std::nullopt));
  ModuleOffsets::Question ended = question("keeper");
  ended.partitions[1].topic = "more";
  offsets_.release(ended, {Offset{12}, Offset{0}});
  ASSERT_TRUE(answer(question("keeper")));  // calls go in order
  EXPECT_EQ(kept(), "flights-source flights 0 12\nflights-source more 1 0\n");
  ended.partitions[0].partition = Partition{1};
  const auto known = answer(ended);
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_THAT(known.value(), ElementsAre(std::nullopt, Offset{0}));
}

TEST_F(ModuleOffsetsTest, AModuleThatIsNotThereIsNamed) {
  EXPECT_THAT(offsets_.starts(question("nobody")).error().message,
              HasSubstr("no loaded module 'nobody' keeps offsets (shoal.offsets/1): load it"));
  load("good");
  const auto cannot = offsets_.starts(question("good"));
  ASSERT_FALSE(cannot);
  EXPECT_EQ(cannot.error().code, ErrorCode::not_found);
}

TEST_F(ModuleOffsetsTest, AFailureHasTheModulesOwnText) {
  std::ofstream(directory_ / "kept") << "not a line of offsets\n";
  load("keeper", keeper_config());
  const auto failed = answer(question("keeper"));
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("module keeper, asked for the offsets of topic flights: "));
  EXPECT_THAT(failed.error().message, HasSubstr("has the line 'not a line of offsets'"));
  // Asked once more, it is called once more.
  std::ofstream(directory_ / "kept") << "flights-source flights 1 7\n";
  EXPECT_THAT(answer(question("keeper")).value(), ElementsAre(std::nullopt, Offset{7}));
}

TEST_F(ModuleOffsetsTest, WhatIsNoOffsetIsRefused) {
  load("wrong_offsets");
  const auto wrong = answer(question("wrong_offsets"));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("it gives -7 for partition 1, which is no offset"));
}

TEST_F(ModuleOffsetsTest, ACallThatWaitsIsNamedAndHoldsUpNobody) {
  const std::string gate = directory_ / "gate";
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  load("keeper", keeper_config(R"(, "gate": ")" + gate + "\""));
  EXPECT_EQ(offsets_.starts(question("keeper")).error().code, ErrorCode::unavailable);
  EXPECT_FALSE(offsets_.is_idle());
  const auto late = std::chrono::steady_clock::now() + deadline;
  std::string said;
  while (said.find("has not answered for 1 ms: see what it waits for") == std::string::npos) {
    ASSERT_LT(std::chrono::steady_clock::now(), late) << said;
    said = offsets_.starts(question("keeper")).error().message;
  }
  // Another question of the same source takes the place of the one that waits.
  EXPECT_EQ(offsets_.starts(question("keeper", 3)).error().code, ErrorCode::unavailable);
  std::ofstream(gate) << "go\n";
  const auto found = answer(question("keeper", 3));
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found.value().size(), 3U);
}

TEST_F(ModuleOffsetsTest, AReleaseThatFailsIsAnErrorInTheLog) {
  load("wrong_offsets");
  std::ostringstream log;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log)));
  offsets_.release(question("wrong_offsets"), {Offset{1}, Offset{2}});
  EXPECT_FALSE(answer(question("wrong_offsets")));  // calls go in order
  spdlog::set_default_logger(before);
  EXPECT_THAT(log.str(),
              HasSubstr("source flights-source: where it has ended is not kept: module wrong_offsets"));
  EXPECT_THAT(log.str(), HasSubstr("it failed with status 1: no reason given"));
}

}  // namespace
}  // namespace shoal::host
