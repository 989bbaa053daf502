// Goal: loaded modules give their types, stay what they were when their file changes, and are refused when
// they are loaded again; their end releases what was made. Method: real shared libraries in one registry.

#include "host/modules/registry.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::modules {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::test_module;

bool is_mapped(const std::filesystem::path& copy) {
  void* handle = ::dlopen(copy.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (handle != nullptr) {
    ::dlclose(handle);
  }
  return handle != nullptr;
}

class RegistryTest : public testing::Test {
 protected:
  std::shared_ptr<const Generation> load(const std::filesystem::path& path) {
    const auto loaded = registry_->load(path, {}, {});
    EXPECT_TRUE(loaded.has_value()) << loaded.error().message;
    return loaded.has_value() ? loaded.value() : nullptr;
  }

  Error refusal(const std::filesystem::path& path) {
    const auto loaded = registry_->load(path, {}, {});
    EXPECT_FALSE(loaded.has_value());
    return loaded.has_value() ? Error{} : loaded.error();
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  std::unique_ptr<Registry> registry_ =
      std::make_unique<Registry>(Registry::Options{directory_ / "copies", log_.function(), "0.1.0"});
};

TEST_F(RegistryTest, GivesTypesAndMessages) {
  const auto generation = load(test_module("good"));
  EXPECT_EQ(generation->number(), GenerationNumber{1});
  EXPECT_EQ(generation->id(), "good");

  const auto type = registry_->find_type("good");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(type->generation, generation);
  EXPECT_EQ(type->name, "good");
  EXPECT_EQ(type->state, generation->instance());  // it has no configure
  EXPECT_EQ(type->find_message("erase"), 1U);
  EXPECT_EQ(type->message(1).codec, SHOAL_CODEC_BYTES);
  EXPECT_EQ(type->find_message("Record"), std::nullopt);
  EXPECT_EQ(registry_->find_type("goods"), nullptr);
  EXPECT_THAT(registry_->types_of(*generation), ElementsAre(type));
}

TEST_F(RegistryTest, TypeRunsThroughItsTable) {
  load(test_module("good"));
  const auto type = registry_->find_type("good");
  alignas(8) std::uint64_t slot = 99;
  const shoal_turn turn{};
  ASSERT_EQ(type->abi->construct(type->state, &slot, &turn), SHOAL_STATUS_OK);
  ASSERT_EQ(type->abi->receive(type->state, &slot, &turn, 0, {}), SHOAL_STATUS_OK);
  EXPECT_EQ(slot, 1U);
}

TEST_F(RegistryTest, ListsWhatIsLoaded) {
  load(test_module("good"));
  load(test_module("configured"));
  const auto modules = registry_->list();
  ASSERT_EQ(modules.size(), 2U);
  EXPECT_EQ(modules[1].id, "configured");
  EXPECT_EQ(modules[1].version, "1.0.0");
  EXPECT_EQ(modules[1].built_with, "C11 fixture");
  EXPECT_EQ(modules[1].abi, SHOAL_ABI);
  EXPECT_EQ(modules[1].sha256.size(), 64U);
  EXPECT_EQ(modules[1].path, test_module("configured"));
  EXPECT_EQ(modules[1].generation, GenerationNumber{2});
  EXPECT_THAT(modules[1].types, ElementsAre("configured", "configured-second"));
}

TEST_F(RegistryTest, TypesGetTheirOwnConfig) {
  const auto refuse_in_type = [](std::string_view) -> config::ModuleTable { return {R"({"step": 0})"}; };
  const auto refused = registry_->load(test_module("everything"), {R"({"step": 5})"}, refuse_in_type);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("step must be a whole number other than 0"));

  const auto five = [](std::string_view type) -> config::ModuleTable {
    EXPECT_EQ(type, "everything");
    return {R"({"step": 5})"};
  };
  ASSERT_TRUE(registry_->load(test_module("everything"), {}, five).has_value());
  EXPECT_NE(registry_->find_type("everything")->state,
            registry_->find_type("everything")->generation->instance());
}

TEST_F(RegistryTest, MetricsAreReadable) {
  load(test_module("everything"));
  const auto metrics = registry_->list().at(0).metrics;
  ASSERT_EQ(metrics.size(), 3U);
  EXPECT_EQ(metrics[0].name, "received_total");
  EXPECT_EQ(metrics[2].kind, static_cast<shoal_metric_kind>(SHOAL_METRIC_GAUGE));
}

TEST_F(RegistryTest, SamePathIsRefused) {
  const auto path = directory_ / "copy.so";
  std::filesystem::copy_file(test_module("good"), path);
  std::filesystem::create_symlink(path, directory_ / "link.so");
  load(path);
  const auto again = refusal(directory_ / "link.so");
  EXPECT_EQ(again.code, ErrorCode::already_exists);
  EXPECT_THAT(again.message, AllOf(HasSubstr(path.string()), HasSubstr("already loaded as generation 1")));

  std::filesystem::remove(path);
  std::filesystem::copy_file(test_module("other"), path);
  EXPECT_THAT(refusal(path).message, HasSubstr("already loaded as generation 1"));
}

TEST_F(RegistryTest, SameContentUnderAnotherPathIsRefused) {
  const auto path = directory_ / "copy.so";
  std::filesystem::copy_file(test_module("good"), path);
  load(test_module("good"));
  const auto again = refusal(path);
  EXPECT_EQ(again.code, ErrorCode::already_exists);
  EXPECT_THAT(again.message, AllOf(HasSubstr(path.string()), HasSubstr("same content"),
                                   HasSubstr("generation 1"), HasSubstr(test_module("good").string())));
}

TEST_F(RegistryTest, DuplicateTypeIsRefusedAndUndone) {
  load(test_module("good"));
  load(test_module("other"));
  log_.take();
  const auto error = refusal(test_module("good_again"));
  EXPECT_EQ(error.code, ErrorCode::already_exists);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr(test_module("good_again").string()),
                    HasSubstr("entity type good is already provided by generation 1 (module good 1.0.0)")));
  EXPECT_THAT(log_.take(), ElementsAre("good: init", "good: quiesce", "good: deinit"));
  EXPECT_EQ(registry_->find_type("good")->generation->version(), "1.0.0");
  EXPECT_EQ(load(test_module("everything"))->number(), GenerationNumber{3});
}

TEST_F(RegistryTest, OriginalMayBeOverwrittenAndDeleted) {
  const auto path = directory_ / "copy.so";
  std::filesystem::copy_file(test_module("good"), path);
  const auto generation = load(path);
  EXPECT_EQ(generation->copy(), directory_ / "copies" / (generation->sha256() + ".so"));
  tests::write_file(path, "");  // truncated in place: fatal where it is what was mapped
  const auto type = registry_->find_type("good");
  std::uint64_t slot = 0;
  const shoal_turn turn{};
  EXPECT_EQ(type->abi->receive(type->state, &slot, &turn, 0, {}), SHOAL_STATUS_OK);
  std::filesystem::remove(path);
  EXPECT_EQ(type->abi->receive(type->state, &slot, &turn, 0, {}), SHOAL_STATUS_OK);
  EXPECT_EQ(slot, 2U);
}

TEST_F(RegistryTest, EndReleasesTypesBeforeTheModule) {
  load(test_module("configured"));
  log_.take();
  registry_.reset();
  EXPECT_THAT(log_.take(), ElementsAre("configured: release", "configured: release", "configured: quiesce",
                                       "configured: deinit"));
}

TEST_F(RegistryTest, TypeHeldElsewhereKeepsTheModule) {
  load(test_module("configured"));
  auto type = registry_->find_type("configured-second");
  log_.take();
  registry_.reset();
  EXPECT_THAT(log_.take(), ElementsAre("configured: release"));
  EXPECT_EQ(type->find_message("record"), 0U);
  type.reset();
  EXPECT_THAT(log_.take(), ElementsAre("configured: release", "configured: quiesce", "configured: deinit"));
}

TEST_F(RegistryTest, StaysMappedAfterItsEnd) {
  const auto copy = load(test_module("good"))->copy();
  registry_.reset();
  EXPECT_TRUE(is_mapped(copy));
}

TEST_F(RegistryTest, RefusedHandshakeIsUnmapped) {
  refusal(test_module("wrong_magic"));
  const std::filesystem::directory_iterator copies{directory_ / "copies"};
  ASSERT_NE(copies, std::filesystem::directory_iterator{});
  EXPECT_FALSE(is_mapped(copies->path()));
}

TEST_F(RegistryTest, AnotherRegistryLoadsTheSameFileAgain) {
  load(test_module("good"));
  registry_.reset();
  registry_ = std::make_unique<Registry>(Registry::Options{directory_ / "copies", log_.function(), "0.1.0"});
  EXPECT_EQ(load(test_module("good"))->number(), GenerationNumber{1});
}

}  // namespace
}  // namespace shoal::modules
