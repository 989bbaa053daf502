// Goal: whatever a module file is, loading it gives an error that names the file and the reason, and the host
// goes on. Method: load real shared libraries built to be refused, and damaged copies of a good one, into one
// registry, and load a good one after each.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "host/modules/registry.hpp"
#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::modules {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::test_module;

class RefusedModules : public testing::Test {
 protected:
  // The error's text; "" where there was none, which no expectation of a reason takes.
  std::string refusal(const std::filesystem::path& path, const std::string& json = "{}") {
    const auto loaded = registry_.load(path, {json}, {});
    EXPECT_FALSE(loaded.has_value()) << path << " was loaded";
    return loaded.has_value() ? "" : loaded.error().message;
  }

  // A refused file leaves nothing behind that keeps a good module out.
  void TearDown() override {
    EXPECT_THAT(registry_.list(), IsEmpty());
    const auto loaded = registry_.load(test_module("good"), {}, {});
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ(loaded.value()->number(), GenerationNumber{1});
    EXPECT_NE(registry_.find_type("good"), nullptr);
  }

  auto names(const std::filesystem::path& path, const std::string& reason) {
    return AllOf(HasSubstr(path.string()), HasSubstr(reason));
  }

  std::filesystem::path damaged(std::span<const std::byte> bytes) {
    const auto path = directory_ / "damaged.so";
    tests::write_file(path, bytes);
    return path;
  }

  tests::TestDirectory directory_;
  tests::LogLines log_;
  Registry registry_{{directory_ / "copies", log_.function(), "0.1.0"}};
};

TEST_F(RefusedModules, NoSuchFile) {
  EXPECT_THAT(refusal(directory_ / "absent.so"), names(directory_ / "absent.so", "No such file"));
}

TEST_F(RefusedModules, Directory) {
  EXPECT_THAT(refusal(directory_.path()), names(directory_.path(), "is a directory"));
}

TEST_F(RefusedModules, Pipe) {
  const auto pipe = directory_ / "pipe.so";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(refusal(pipe), names(pipe, "not a regular file"));
}

TEST_F(RefusedModules, EmptyFile) {
  EXPECT_THAT(refusal(damaged({})), names(directory_ / "damaged.so", "empty"));
}

TEST_F(RefusedModules, TextFile) {
  const auto path = directory_ / "notes.so";
  tests::write_file(path, "a text is no shared library, however it is called\n");
  EXPECT_THAT(refusal(path), names(path, "not an ELF file"));
}

TEST_F(RefusedModules, TruncatedAnywhere) {
  const auto whole = tests::read_file(test_module("good"));
  std::vector<std::size_t> lengths{
      1, 3, 4, 63, 64, 65, 200, whole.size() / 2, whole.size() - 64, whole.size() - 1};
  for (std::size_t boundary = 4'096; boundary < whole.size(); boundary += 4'096) {
    lengths.insert(lengths.end(), {boundary - 1, boundary, boundary + 1});
  }
  for (const std::size_t length : lengths) {
    SCOPED_TRACE(length);
    const auto path = damaged(std::span{whole}.first(length));
    EXPECT_THAT(refusal(path), names(path, length < 4 ? "not an ELF file" : "truncated"));
  }
}

TEST_F(RefusedModules, OtherMachine) {
  auto bytes = tests::read_file(test_module("good"));
  bytes[18] = std::byte{0x28};  // e_machine: 32-bit ARM
  EXPECT_THAT(refusal(damaged(bytes)), names(directory_ / "damaged.so", "another machine"));
}

TEST_F(RefusedModules, Program) { EXPECT_THAT(refusal("/proc/self/exe"), HasSubstr("not a shared library")); }

TEST_F(RefusedModules, MissingEntry) {
  EXPECT_THAT(refusal(test_module("no_entry")),
              names(test_module("no_entry"), "does not export shoal_module_entry"));
}

TEST_F(RefusedModules, UndefinedSymbol) {
  EXPECT_THAT(refusal(test_module("undefined")), names(test_module("undefined"), "nobody_defines_this"));
}

TEST_F(RefusedModules, NoTable) {
  EXPECT_THAT(refusal(test_module("no_table")), names(test_module("no_table"), "gave no module table"));
}

TEST_F(RefusedModules, WrongMagic) {
  EXPECT_THAT(refusal(test_module("wrong_magic")), names(test_module("wrong_magic"), "wrong magic number"));
}

TEST_F(RefusedModules, WrongDraft) {
  EXPECT_THAT(refusal(test_module("wrong_draft")),
              names(test_module("wrong_draft"), "built for ABI draft 2, this host has draft 1: rebuild"));
}

TEST_F(RefusedModules, ShortTable) {
  EXPECT_THAT(refusal(test_module("short_table")),
              names(test_module("short_table"), "module table has 16 bytes"));
}

TEST_F(RefusedModules, BadId) {
  EXPECT_THAT(refusal(test_module("bad_id")), names(test_module("bad_id"), "its id must match"));
}

TEST_F(RefusedModules, BadEntityTable) {
  EXPECT_THAT(refusal(test_module("bad_slot")), names(test_module("bad_slot"), "aligned to 3 bytes"));
  EXPECT_THAT(log_.take(), ElementsAre("bad_slot: init", "bad_slot: quiesce", "bad_slot: deinit"));
}

TEST_F(RefusedModules, NoFactory) {
  EXPECT_THAT(refusal(test_module("no_factory")),
              names(test_module("no_factory"), "no factory shoal.entity/1"));
}

TEST_F(RefusedModules, ShortOffsetsTable) {
  EXPECT_THAT(refusal(test_module("short_offsets")),
              names(test_module("short_offsets"), "factory shoal.offsets/1 has 8 bytes"));
  EXPECT_THAT(log_.take(),
              ElementsAre("short_offsets: init", "short_offsets: quiesce", "short_offsets: deinit"));
}

TEST_F(RefusedModules, FailingInit) {
  const auto path = test_module("other");
  EXPECT_THAT(refusal(path, R"({"refuse": "no telescope at port 7"})"),
              names(path, "init failed with status 1: init says: no telescope at port 7"));
  EXPECT_THAT(log_.take(), IsEmpty());  // neither quiesce nor deinit after a failed init
}

TEST_F(RefusedModules, ThrowingInit) {
  EXPECT_THAT(refusal(test_module("throwing")), names(test_module("throwing"), "init threw an exception"));
}

TEST_F(RefusedModules, ThrowingConfigure) {
  EXPECT_THAT(refusal(test_module("throwing"), R"({"pass": true})"),
              names(test_module("throwing"), "configure threw an exception"));
  EXPECT_THAT(log_.take(), ElementsAre("throwing: quiesce failed with status 1"));
}

TEST_F(RefusedModules, ConfigThatIsNoTable) {
  EXPECT_THAT(refusal(test_module("other"), "[1, 2]"), names(test_module("other"), "not one JSON object"));
}

TEST_F(RefusedModules, FailingConfigureFreesTheTypesBeforeIt) {
  const auto path = test_module("configured");
  const auto loaded = registry_.load(path, {}, [](std::string_view type) -> config::ModuleTable {
    return {type == "configured-second" ? R"({"refuse": "second has no runway"})" : "{}"};
  });
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(
      loaded.error().message,
      names(path, "entity type configured-second: configure failed with status 3: type says: second has no"));
  EXPECT_THAT(log_.take(), ElementsAre("configured: init", "configured: configure", "configured: release",
                                       "configured: quiesce", "configured: deinit"));
  EXPECT_EQ(registry_.find_type("configured"), nullptr);
}

TEST_F(RefusedModules, RefusedOnceAndLoadedWhenPutRight) {
  const auto path = test_module("other");
  EXPECT_THAT(refusal(path, R"({"refuse": "not yet"})"), HasSubstr("not yet"));
  Registry second{{directory_ / "copies", {}, "0.1.0"}};
  EXPECT_TRUE(second.load(path, {}, {}).has_value());
}

TEST_F(RefusedModules, CopiesCannotBeWritten) {
  tests::write_file(directory_ / "file", "not a directory");
  Registry registry{{directory_ / "file", {}, "0.1.0"}};
  const auto loaded = registry.load(test_module("good"), {}, {});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, names(test_module("good"), "cannot be copied to"));
}

}  // namespace
}  // namespace shoal::modules
