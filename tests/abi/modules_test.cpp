// Goal: a module works in a host whatever compiler and standard library built it. Method: one source built by
// g++, by g++ with the old std::string and by clang with libc++, and a module in C11, all loaded into this
// process.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/modules/check.hpp"
#include "host/modules/registry.hpp"
#include "tests/abi/turn_driver.hpp"

namespace shoal::tests {
namespace {

using modules::EntityType;
using modules::Registry;

constexpr std::array<const char*, 3> variants = {"gxx", "gxx_old_string", "clang_libcxx"};
constexpr std::uint32_t version_of_nobody = 4'000;
constexpr const char* why_no_clang =
    "no clang here builds with libc++; install clang, libc++-dev and libc++abi-dev, then configure again";

bool is_built(std::string_view variant) {
  return variant != "clang_libcxx" || !std::string_view(SHOAL_ABI_CLANG).empty();
}

bool must_not_skip() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string_view(ci) == "true";
}

// Ends the test where the module of `variant` could not be built here.
#define REQUIRE_BUILT(variant)                     \
  if (!is_built(variant)) {                        \
    ASSERT_FALSE(must_not_skip()) << why_no_clang; \
    GTEST_SKIP() << "skipped: " << why_no_clang;   \
  }                                                \
  static_assert(true)

std::filesystem::path module_path(const std::string& name) {
  return std::filesystem::path(SHOAL_ABI_MODULES) / (name + ".so");
}

class AbiModules : public testing::Test {
 protected:
  AbiModules() {
    std::string pattern = (std::filesystem::temp_directory_path() / "shoal-abi-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    Registry::Options options;
    options.copies_dir = directory_;
    options.host_version = "0.1.0";
    options.log = [](shoal_log_level, std::string_view, std::string_view) {};
    registry_ = std::make_unique<Registry>(std::move(options));
  }

  ~AbiModules() override {
    registry_.reset();
    std::filesystem::remove_all(directory_);
  }

  Result<std::shared_ptr<const modules::Generation>> load(const std::string& name) {
    return registry_->load(module_path(name), {}, [](std::string_view) { return config::ModuleTable{}; });
  }

  // The type of a module that must load.
  std::shared_ptr<const EntityType> load_type(const std::string& module, const std::string& type) {
    const auto generation = load(module);
    EXPECT_TRUE(generation) << generation.error().message;
    return registry_->find_type(type);
  }

  std::shared_ptr<const EntityType> load_probe(const std::string& variant) {
    return load_type("probe_" + variant, "probe_" + variant);
  }

  std::filesystem::path directory_;
  std::unique_ptr<Registry> registry_;
};

class AbiCompiler : public AbiModules, public testing::WithParamInterface<const char*> {};

TEST_P(AbiCompiler, RunsTurns) {
  REQUIRE_BUILT(GetParam());
  Entity entity(load_probe(GetParam()), "one");
  ASSERT_EQ(entity.construction().status, SHOAL_STATUS_OK) << entity.construction().error;
  EXPECT_EQ(
      entity.receive("append", R"({"text": "a string too long to be kept in place", "weight": 0.5})").status,
      SHOAL_STATUS_OK);
  EXPECT_EQ(entity.receive("append", R"({"text": "b", "weight": null})").status, SHOAL_STATUS_OK);
  const Outcome outcome = entity.receive("get", "{}");
  EXPECT_EQ(outcome.status, SHOAL_STATUS_OK) << outcome.error;
  EXPECT_EQ(
      outcome.reply,
      R"({"texts":["a string too long to be kept in place","b"],"lengths":{"a":37,"b":1},"weight":0.5})");
}

TEST_P(AbiCompiler, GivesThrowsBackAsStatus) {
  REQUIRE_BUILT(GetParam());
  Entity entity(load_probe(GetParam()), "one");
  const Outcome failed = entity.receive("fail", R"({"reason": "out of luck"})");
  EXPECT_EQ(failed.status, SHOAL_STATUS_FAILED);
  EXPECT_NE(failed.error.find("out of luck"), std::string::npos) << failed.error;
  const Outcome odd = entity.receive("fail", R"({"reason": ""})");
  EXPECT_EQ(odd.status, SHOAL_STATUS_FAILED) << "a throw of something that is no std::exception";
  const Entity refused(registry_->find_type(std::string("probe_") + GetParam()), "refuse");
  EXPECT_EQ(refused.construction().status, SHOAL_STATUS_FAILED);
}

TEST_P(AbiCompiler, SaysWhatItCannotDecode) {
  REQUIRE_BUILT(GetParam());
  Entity entity(load_probe(GetParam()), "one");
  const Outcome wrong_type = entity.receive("append", R"({"text": 7, "weight": null})");
  EXPECT_EQ(wrong_type.status, SHOAL_STATUS_UNDECODABLE);
  EXPECT_NE(wrong_type.error.find("text"), std::string::npos) << wrong_type.error;
  EXPECT_EQ(entity.receive("append", R"({"text": "cut)").status, SHOAL_STATUS_UNDECODABLE);
  EXPECT_EQ(entity.load(version_of_nobody, "{}"), SHOAL_STATUS_UNDECODABLE);
}

TEST_P(AbiCompiler, PassesTheModuleCheck) {
  REQUIRE_BUILT(GetParam());
  modules::CheckOptions options;
  options.host_version = "0.1.0";
  const modules::CheckReport report =
      modules::check_module_file(module_path(std::string("probe_") + GetParam()), options);
  EXPECT_TRUE(report.passed) << report.text;
}

INSTANTIATE_TEST_SUITE_P(All, AbiCompiler, testing::ValuesIn(variants),
                         [](const auto& instance) { return std::string(instance.param); });

class AbiMove : public AbiModules, public testing::WithParamInterface<std::pair<const char*, const char*>> {};

std::vector<std::pair<const char*, const char*>> all_moves() {
  std::vector<std::pair<const char*, const char*>> moves;
  for (const char* from : variants) {
    for (const char* to : variants) {
      if (from != to) moves.emplace_back(from, to);
    }
  }
  return moves;
}

TEST_P(AbiMove, CarriesStateOfThousandEntities) {
  const auto [from, to] = GetParam();
  REQUIRE_BUILT(from);
  REQUIRE_BUILT(to);
  const auto old_type = load_probe(from);
  const auto new_type = load_probe(to);
  ASSERT_EQ(old_type->abi->state_version, new_type->abi->state_version);
  for (int number = 0; number < 1'000; ++number) {
    const std::string id = std::to_string(number);
    auto old_entity = std::make_unique<Entity>(old_type, id);
    for (int count = 0; count <= number % 5; ++count) {
      const std::string text = id + std::string(static_cast<std::size_t>(count) * 20, 'x');
      ASSERT_EQ(old_entity->receive("append", R"({"text": ")" + text + R"(", "weight": 1.25})").status,
                SHOAL_STATUS_OK);
    }
    const auto state = old_entity->save();
    ASSERT_TRUE(state);
    Entity new_entity(new_type, id);
    ASSERT_EQ(new_entity.load(old_type->abi->state_version, *state), SHOAL_STATUS_OK);
    const auto before = old_entity->receive("get", "{}").reply;
    old_entity.reset();
    ASSERT_EQ(new_entity.receive("get", "{}").reply, before);
    ASSERT_EQ(new_entity.save(), state);
  }
}

INSTANTIATE_TEST_SUITE_P(All, AbiMove, testing::ValuesIn(all_moves()), [](const auto& instance) {
  return std::string(instance.param.first) + "_to_" + instance.param.second;
});

TEST_F(AbiModules, OfAllCompilersLiveInOneHost) {
  for (const char* variant : variants) REQUIRE_BUILT(variant);
  std::vector<std::unique_ptr<Entity>> entities;
  for (const char* variant : variants) {
    entities.push_back(std::make_unique<Entity>(load_probe(variant), "one"));
  }
  Entity plain(load_type("abi_plain", "plain"), "one");
  ASSERT_EQ(registry_->list().size(), 4U);
  std::vector<std::string> built_with;
  for (const auto& info : registry_->list()) built_with.push_back(info.built_with);

  for (int round = 0; round < 3; ++round) {
    for (auto& entity : entities) {
      EXPECT_EQ(entity->receive("append", R"({"text": "to each its own", "weight": 2.0})").status,
                SHOAL_STATUS_OK);
      EXPECT_EQ(entity->receive("fail", R"({"reason": "each throws"})").status, SHOAL_STATUS_FAILED);
    }
    EXPECT_EQ(plain.receive("add", "14").status, SHOAL_STATUS_OK);
  }
  EXPECT_EQ(plain.receive("get", "").reply, "42");
  for (auto& entity : entities) {
    EXPECT_EQ(entity->receive("get", "{}").reply, entities.front()->receive("get", "{}").reply);
  }
  EXPECT_NE(built_with[0].find("libstdc++"), std::string::npos) << built_with[0];
  EXPECT_NE(built_with[2].find("libc++"), std::string::npos) << built_with[2];
}

TEST_F(AbiModules, InPlainCRunsTurnsAndMovesState) {
  const auto type = load_type("abi_plain", "plain");
  Entity entity(type, "one");
  EXPECT_EQ(entity.receive("add", "1234567890123").status, SHOAL_STATUS_OK);
  const Outcome undecodable = entity.receive("add", "many");
  EXPECT_EQ(undecodable.status, SHOAL_STATUS_UNDECODABLE);
  EXPECT_EQ(undecodable.error, "not a number");
  EXPECT_EQ(entity.receive("fail", "").status, SHOAL_STATUS_FAILED);
  Entity other(type, "one");
  EXPECT_EQ(other.load(1, entity.save().value()), SHOAL_STATUS_OK);
  EXPECT_EQ(other.receive("get", "").reply, "1234567890123");
  EXPECT_EQ(other.load(version_of_nobody, "1"), SHOAL_STATUS_UNDECODABLE);
}

class AbiNumber : public AbiModules,
                  public testing::WithParamInterface<std::pair<const char*, const char*>> {};

TEST_P(AbiNumber, OfAnotherKindIsRefusedByName) {
  const auto [name, said] = GetParam();
  const auto generation = load(name);
  ASSERT_FALSE(generation);
  const std::string& message = generation.error().message;
  EXPECT_NE(message.find(module_path(name).string()), std::string::npos) << message;
  EXPECT_NE(message.find(said), std::string::npos) << message;
  EXPECT_NE(message.find("draft 1"), std::string::npos) << "the host's own number is missing: " << message;
  EXPECT_EQ(registry_->find_type("plain"), nullptr);
  EXPECT_TRUE(registry_->list().empty());

  modules::CheckOptions options;
  options.host_version = "0.1.0";
  const modules::CheckReport report = modules::check_module_file(module_path(name), options);
  EXPECT_FALSE(report.passed);
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_NE(report.text.find(said), std::string::npos) << report.text;
}

INSTANTIATE_TEST_SUITE_P(All, AbiNumber,
                         testing::Values(std::pair("abi_plain_newer_draft", "draft 2"),
                                         std::pair("abi_plain_older_draft", "draft 0"),
                                         std::pair("abi_plain_frozen", "revision 1")),
                         [](const auto& instance) { return std::string(instance.param.first); });

}  // namespace
}  // namespace shoal::tests
