// Goal: a key pair survives its file, a file that could leak or is damaged is refused by file and line, and
// no key is ever lost. Method: files in a folder of the test, with each thing wrong in turn.
#include "cluster/transport/keys.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "cluster/transport/key_file.hpp"

namespace shoal::transport {
namespace {

class KeysTest : public testing::Test {
 protected:
  KeysTest()
      : folder_(std::filesystem::temp_directory_path() / ("shoal-keys-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "node.key";
  }
  ~KeysTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const {
    std::ofstream(path_) << text;
    std::filesystem::permissions(path_,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  std::string refusal() const {
    const auto pair = read_key_pair(path_);
    return pair ? "" : pair.error().message;
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(KeysTest, APairSurvivesItsFile) {
  const KeyPair pair = generate_key_pair();
  ASSERT_TRUE(write_key_pair(path_, pair));
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600);
  const auto read = read_key_pair(path_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read.value().public_key, pair.public_key);
  EXPECT_EQ(read.value().secret_key.bytes, pair.secret_key.bytes);
  EXPECT_NE(generate_key_pair().public_key, pair.public_key);
}

TEST_F(KeysTest, AFileThatIsThereIsNotOverwritten) {
  const KeyPair pair = generate_key_pair();
  ASSERT_TRUE(write_key_pair(path_, pair));
  const auto again = write_key_pair(path_, generate_key_pair());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::already_exists);
  EXPECT_EQ(read_key_pair(path_).value().public_key, pair.public_key);

  const KeyPair next = generate_key_pair();
  ASSERT_TRUE(replace_key_pair(path_, next));
  EXPECT_EQ(read_key_pair(path_).value().public_key, next.public_key);
  EXPECT_EQ(read_key_pair(path_.string() + ".old").value().public_key, pair.public_key);
  ASSERT_TRUE(replace_key_pair(path_, generate_key_pair()));
  EXPECT_EQ(read_key_pair(path_.string() + ".old").value().public_key, next.public_key);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder_)) ++files;
  EXPECT_EQ(files, 2) << "nothing is left beside";
}

TEST_F(KeysTest, WhatIsNotThereIsSaidSo) {
  EXPECT_EQ(read_key_pair(path_).error().code, ErrorCode::not_found);
  EXPECT_EQ(replace_key_pair(path_, generate_key_pair()).error().code, ErrorCode::not_found);
  path_ = folder_ / "none" / "node.key";
  EXPECT_EQ(write_key_pair(path_, generate_key_pair()).error().code, ErrorCode::not_found);
  EXPECT_NE(refusal().find(path_.string()), std::string::npos);
  path_ = folder_;
  EXPECT_NE(refusal().find("cannot be read"), std::string::npos);
}

TEST_F(KeysTest, ASecretThatOthersMayReadIsRefused) {
  ASSERT_TRUE(write_key_pair(path_, generate_key_pair()));
  for (const mode_t mode : {0640, 0604, 0660}) {
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    EXPECT_NE(refusal().find("chmod 600 " + path_.string()), std::string::npos);
  }
  ASSERT_EQ(::chmod(path_.c_str(), 0400), 0);
  EXPECT_EQ(refusal(), "");
}

TEST_F(KeysTest, AMalformedFileIsNamedWithItsLine) {
  ASSERT_TRUE(write_key_pair(path_, generate_key_pair()));
  const std::string text = read_file(path_).value().text;
  const std::string other = to_hex(generate_key_pair().public_key);
  write(text + "public " + other + "\n");
  EXPECT_NE(refusal().find("node.key:4: "), std::string::npos) << "twice";
  write("\n" + text.substr(0, text.size() - 5) + "\n");
  EXPECT_NE(refusal().find("node.key:4: "), std::string::npos) << "cut off";
  write(text.substr(0, text.find("\nsecret ")));
  EXPECT_NE(refusal().find("lacks the secret key"), std::string::npos) << refusal();
  write("secret " + other);
  EXPECT_NE(refusal().find("lacks the public key"), std::string::npos);
  write("public " + other + "\n" + text.substr(text.find("\nsecret ") + 1));
  EXPECT_NE(refusal().find("not that of the secret key"), std::string::npos);
  write(std::string(key_file_bytes_max + 1, 'x'));
  EXPECT_NE(refusal().find("longer than 1 MiB"), std::string::npos);
}

TEST_F(KeysTest, HexadecimalIsExact) {
  const PublicKey key = generate_key_pair().public_key;
  const std::string hex = to_hex(key);
  EXPECT_EQ(hex.size(), 64);
  EXPECT_EQ(key_from_hex(hex), key);
  EXPECT_FALSE(key_from_hex(hex.substr(1)));
  EXPECT_FALSE(key_from_hex(hex + "0"));
  EXPECT_FALSE(key_from_hex(""));
  EXPECT_FALSE(key_from_hex(hex.substr(1) + "g"));
}

}  // namespace
}  // namespace shoal::transport
