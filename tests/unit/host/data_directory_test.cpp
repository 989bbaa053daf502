// Goal: one host a data directory. Method: two locks on one directory, one after the other and at the same
// time.

#include "host/data_directory.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace shoal::host {
namespace {

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest() {
    std::string name = (std::filesystem::temp_directory_path() / "shoal-test-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~DataDirectoryTest() override { std::filesystem::remove_all(path_); }

  std::filesystem::path path_;
};

TEST_F(DataDirectoryTest, IsMadeWhereItIsMissing) {
  const auto locked = DataDirectory::lock(path_ / "a" / "b");
  ASSERT_TRUE(locked.has_value()) << locked.error().message;
  EXPECT_TRUE(std::filesystem::is_directory(path_ / "a" / "b"));
}

TEST_F(DataDirectoryTest, IsLockedByOneAtATime) {
  {
    const auto first = DataDirectory::lock(path_);
    ASSERT_TRUE(first.has_value());
    const auto second = DataDirectory::lock(path_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::already_exists);
    EXPECT_NE(second.error().message.find(path_.string()), std::string::npos);
  }
  EXPECT_TRUE(DataDirectory::lock(path_).has_value());
}

TEST_F(DataDirectoryTest, APathThatIsAFileIsAnErrorThatNamesIt) {
  const auto file = path_ / "file";
  { [[maybe_unused]] const auto made = DataDirectory::lock(path_); }
  std::filesystem::copy_file(path_ / "lock", file);
  const auto locked = DataDirectory::lock(file);
  ASSERT_FALSE(locked.has_value());
  EXPECT_NE(locked.error().message.find(file.string()), std::string::npos);
}

}  // namespace
}  // namespace shoal::host
