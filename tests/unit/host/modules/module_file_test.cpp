// Goal: a module's copy has its content, whatever was in the directory before, and no file that may be mapped
// is written to. Method: real files; inode numbers tell a new file from an overwritten one.

#include "host/modules/module_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::modules {
namespace {

using testing::HasSubstr;
using tests::test_module;

std::uint64_t inode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_ino;
}

ModuleFile read(const std::filesystem::path& path) {
  auto file = read_module_file(path);
  EXPECT_TRUE(file.has_value()) << file.error().message;
  return file.has_value() ? std::move(file).value() : ModuleFile{};
}

TEST(ModuleFileTest, ReadsAndHashes) {
  const auto file = read(test_module("good"));
  EXPECT_EQ(file.source, std::filesystem::canonical(test_module("good")));
  EXPECT_EQ(file.bytes, tests::read_file(test_module("good")));
  EXPECT_EQ(file.sha256, read(test_module("good")).sha256);
  EXPECT_NE(file.sha256, read(test_module("good_again")).sha256);
  EXPECT_TRUE(file.elf.exports_entry);
}

TEST(ModuleFileTest, HashIsSha256) {
  const tests::TestDirectory directory;
  const auto path = test_module("good");
  const std::string output = directory / "hash";
  ASSERT_EQ(std::system(("sha256sum '" + path.string() + "' > '" + output + "'").c_str()), 0);
  std::string expected;
  std::ifstream{output} >> expected;
  EXPECT_EQ(read(path).sha256, expected);
}

TEST(ModuleFileTest, CopiesUnderItsHash) {
  const tests::TestDirectory directory;
  const auto file = read(test_module("good"));
  const auto copy = copy_module_file(file, directory / "deep" / "copies");
  ASSERT_TRUE(copy.has_value()) << copy.error().message;
  EXPECT_EQ(copy.value(), directory / "deep" / "copies" / (file.sha256 + ".so"));
  EXPECT_EQ(tests::read_file(copy.value()), file.bytes);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{directory / "deep" / "copies"}, {}), 1);
}

TEST(ModuleFileTest, ReusesAGoodCopy) {
  const tests::TestDirectory directory;
  const auto file = read(test_module("good"));
  const auto first = copy_module_file(file, directory.path()).value();
  const auto inode = inode_of(first);
  const std::filesystem::path second = copy_module_file(file, directory.path()).value();
  EXPECT_EQ(inode_of(second), inode);
}

TEST(ModuleFileTest, ReplacesATornCopyByANewFile) {
  const tests::TestDirectory directory;
  const auto file = read(test_module("good"));
  const auto torn = directory / (file.sha256 + ".so");
  tests::write_file(torn, std::span{file.bytes}.first(1'000));
  tests::write_file(directory / (file.sha256 + ".unfinished"), "left by a crash");
  std::filesystem::create_hard_link(torn, directory / "mapped elsewhere");
  const auto copy = copy_module_file(file, directory.path());
  ASSERT_TRUE(copy.has_value()) << copy.error().message;
  EXPECT_EQ(tests::read_file(copy.value()), file.bytes);
  EXPECT_EQ(tests::read_file(directory / "mapped elsewhere").size(),
            1'000U);  // the old file itself is untouched
}

TEST(ModuleFileTest, NamesFileThatCannotBeRead) {
  const auto file = read_module_file("/nowhere/module.so");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::not_found);
  EXPECT_THAT(file.error().message,
              HasSubstr("module file /nowhere/module.so: cannot be read: No such file"));
}

TEST(ModuleFileTest, RefusesHugeFileBeforeReadingIt) {
  const tests::TestDirectory directory;
  const auto path = directory / "huge.so";
  tests::write_file(path, "x");
  std::filesystem::resize_file(path, module_file_bytes_max + 1);  // sparse
  const auto file = read_module_file(path);
  ASSERT_FALSE(file.has_value());
  EXPECT_THAT(file.error().message, HasSubstr("at most 1 GiB"));
}

}  // namespace
}  // namespace shoal::modules
