// Goal: the report of `module check` says what a host would say to a module, and what would pin it. Method:
// check real shared libraries, each with one thing wrong, in this process.

#include "host/modules/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::modules {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using tests::test_module;

CheckReport check(const std::string& name, const std::string& json = "{}") {
  return check_module_file(test_module(name), {"0.1.0", {json}, {}, {}});
}

TEST(CheckTest, GoodModulePasses) {
  const auto report = check("everything");
  EXPECT_TRUE(report.passed) << report.text;
  EXPECT_EQ(report.exit_code(), 0);
  EXPECT_THAT(report.text, AllOf(HasSubstr(test_module("everything").string()), HasSubstr("everything 1.0.0"),
                                 HasSubstr("draft 1"), HasSubstr("state version 1"), HasSubstr("add (json)"),
                                 HasSubstr("added version 1"), HasSubstr("unmaps      yes"),
                                 HasSubstr("exports     shoal_module_entry\n"), Not(HasSubstr("problem:"))));
}

TEST(CheckTest, ChecksTheSameFileTwice) {
  EXPECT_TRUE(check("good").passed);
  EXPECT_TRUE(check("good").passed);
}

// The directory is this test's own: other tests check modules beside it.
TEST(CheckTest, LeavesNothingInTheTemporaryDirectory) {
  std::string directory = (std::filesystem::temp_directory_path() / "shoal-test-XXXXXX").string();
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  ASSERT_EQ(::setenv("TMPDIR", directory.c_str(), 1), 0);
  const auto passed = check("good").passed;
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(passed);
  EXPECT_TRUE(std::filesystem::remove(directory)) << "it is not empty";
}

TEST(CheckTest, NamesOtherExports) {
  const auto report = check("crowded");
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_THAT(report.text, HasSubstr("problem: it exports more than shoal_module_entry: crowd"));
}

TEST(CheckTest, NamesUniqueSymbolThatPins) {
  const auto report = check("pinned");
  EXPECT_FALSE(report.passed);
  EXPECT_THAT(report.text, AllOf(HasSubstr("unmaps      no"),
                                 HasSubstr("unique symbols (build it with -fno-gnu-unique): pinned_static")));
}

TEST(CheckTest, NamesNoDeleteFlag) {
  EXPECT_THAT(check("no_delete").text,
              AllOf(HasSubstr("problem: it stays mapped"), HasSubstr("-z nodelete")));
}

TEST(CheckTest, NamesThreadLocalDestructor) {
  EXPECT_THAT(check("thread_exit").text,
              AllOf(HasSubstr("problem: it stays mapped"), HasSubstr("thread_local")));
}

TEST(CheckTest, NamesRefusedHandshake) {
  EXPECT_THAT(check("wrong_draft").text,
              HasSubstr("problem: module file " + test_module("wrong_draft").string() +
                        ": built for ABI draft 2, this host has draft 1"));
}

TEST(CheckTest, NamesFailingInitAndStillEndsIt) {
  const auto report = check("good", R"({"refuse": "no licence"})");
  EXPECT_FALSE(report.passed);
  EXPECT_THAT(report.text, AllOf(HasSubstr("init says: no licence"), HasSubstr("unmaps      yes")));
}

TEST(CheckTest, NamesDamagedFile) {
  const tests::TestDirectory directory;
  const auto path = directory / "half.so";
  const auto whole = tests::read_file(test_module("good"));
  tests::write_file(path, std::span{whole}.first(whole.size() / 2));
  const auto report = check_module_file(path, {"0.1.0", {}, {}, {}});
  EXPECT_EQ(report.exit_code(), 1);
  EXPECT_THAT(report.text,
              AllOf(HasSubstr(path.string()), HasSubstr("truncated"), HasSubstr("verdict     failed")));
}

TEST(CheckTest, TypesGetTheConfigOfTheOptions) {
  const auto refuse = [](std::string_view) -> config::ModuleTable { return {R"({"step": 0})"}; };
  const auto report = check_module_file(test_module("everything"), {"0.1.0", {}, refuse, {}});
  EXPECT_THAT(report.text, HasSubstr("step must be a whole number"));
}

}  // namespace
}  // namespace shoal::modules
