// Goal: the disk does what the seam says, and says which file failed. Method: files in a temporary directory.
#include "journal/posix_storage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <filesystem>

namespace shoal::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class PosixStorageTest : public testing::Test {
 protected:
  PosixStorageTest() {
    std::string name = (std::filesystem::temp_directory_path() / "shoal-journal-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    auto opened = PosixStorage::open(directory_ + "/deep/below");
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) storage_ = std::move(opened).value();
  }
  ~PosixStorageTest() override { std::filesystem::remove_all(directory_); }

  template <class T>
  static ErrorCode code(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::failed : result.error().code;
  }

  std::string directory_;
  std::unique_ptr<PosixStorage> storage_;
};

TEST_F(PosixStorageTest, WhatIsWrittenIsRead) {
  auto file = std::move(storage_->create("a")).value();
  ASSERT_TRUE(file->write_at(3, "hello"));
  ASSERT_TRUE(file->datasync());
  std::array<char, 20> bytes;
  auto reader = std::move(storage_->open("a", Access::read)).value();
  ASSERT_EQ(reader->read_at(0, bytes).value(), 8U);
  EXPECT_EQ(std::string(bytes.data(), 8), std::string("\0\0\0hello", 8));
  EXPECT_EQ(reader->read_at(100, bytes).value(), 0U);
  EXPECT_FALSE(reader->write_at(0, "x")) << "it was opened to be read";
}

TEST_F(PosixStorageTest, ANameIsTakenOnce) {
  ASSERT_TRUE(storage_->create("a"));
  EXPECT_EQ(code(storage_->create("a")), ErrorCode::already_exists);
  ASSERT_TRUE(storage_->link("a", "b"));
  EXPECT_EQ(code(storage_->link("a", "b")), ErrorCode::already_exists);
  EXPECT_EQ(code(storage_->open("c", Access::read)), ErrorCode::not_found);
  EXPECT_TRUE(storage_->exists("b").value());
  ASSERT_TRUE(storage_->rename("b", "d"));
  EXPECT_FALSE(storage_->exists("b").value());
  EXPECT_EQ(code(storage_->rename("b", "d")), ErrorCode::not_found);
  ASSERT_TRUE(storage_->rename("d", "b"));
  ASSERT_TRUE(storage_->remove("b"));
  ASSERT_TRUE(storage_->remove("b"));
  EXPECT_FALSE(storage_->exists("b").value());
}

TEST_F(PosixStorageTest, DirectoriesAreListedInOrder) {
  ASSERT_TRUE(storage_->make_directory("d"));
  ASSERT_TRUE(storage_->make_directory("d"));
  ASSERT_TRUE(storage_->create("d/2"));
  ASSERT_TRUE(storage_->create("d/1"));
  ASSERT_TRUE(storage_->sync_directory("d"));
  EXPECT_THAT(storage_->list("d").value(), ElementsAre("1", "2"));
  EXPECT_THAT(storage_->list(".").value(), ElementsAre("d"));
  EXPECT_EQ(code(storage_->list("e")), ErrorCode::not_found);
  EXPECT_EQ(code(storage_->sync_directory("e")), ErrorCode::not_found);
}

TEST_F(PosixStorageTest, ALockIsHeldByOne) {
  auto first = std::move(storage_->create("a")).value();
  auto second = std::move(storage_->open("a", Access::read_and_write)).value();
  EXPECT_TRUE(first->lock().value());
  EXPECT_FALSE(second->lock().value());
  first.reset();
  EXPECT_TRUE(second->lock().value());
}

TEST_F(PosixStorageTest, ZerosTakeTheirRoom) {
  auto file = std::move(storage_->create("a")).value();
  ASSERT_TRUE(file->fill_with_zeros(3'000'000));
  std::array<char, 2> bytes{'x', 'x'};
  ASSERT_EQ(file->read_at(2'999'999, bytes).value(), 1U);
  EXPECT_EQ(bytes[0], '\0');
}

// A file that may not grow fails as a disk does: with an error of the write.
TEST_F(PosixStorageTest, AFailedWriteNamesTheFile) {
  auto file = std::move(storage_->create("a")).value();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = file->write_at(0, std::string(2'000, 'x'));
  const auto filled = file->fill_with_zeros(5'000);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr(directory_ + "/deep/below/a: cannot be written"));
  ASSERT_FALSE(filled);
  EXPECT_THAT(filled.error().message, HasSubstr("has no room to grow"));
}

TEST_F(PosixStorageTest, ADirectoryThatCannotBeMadeIsNamed) {
  ASSERT_TRUE(storage_->create("file"));
  const auto opened = PosixStorage::open(directory_ + "/deep/below/file");
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("/deep/below/file"));
}

TEST(NetworkFileSystemTest, IsToldByItsMagicNumber) {
  EXPECT_STREQ(network_file_system(0x6969), "NFS");
  EXPECT_STREQ(network_file_system(0xff534d42), "CIFS");
  EXPECT_EQ(network_file_system(0xef53), nullptr) << "ext4";
  EXPECT_EQ(network_file_system(0x01021994), nullptr) << "tmpfs";
}

}  // namespace
}  // namespace shoal::journal
