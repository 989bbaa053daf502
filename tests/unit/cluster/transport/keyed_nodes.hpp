#pragma once
// Nodes with keys, which share one allow list in a folder that goes with the test.

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "cluster/transport/allow_list.hpp"
#include "cluster/transport/keys.hpp"
#include "tests/unit/cluster/transport/test_node.hpp"

namespace shoal::transport::test {

class KeyedNodes {
 public:
  explicit KeyedNodes(const std::string& test) {
    folder_ = std::filesystem::temp_directory_path() / ("shoal-" + test + "-" + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    list_ = folder_ / "allowed";
  }
  ~KeyedNodes() { std::filesystem::remove_all(folder_); }
  KeyedNodes(const KeyedNodes&) = delete;
  KeyedNodes& operator=(const KeyedNodes&) = delete;

  const KeyPair& key(const std::string& name) {
    const auto found = keys_.find(name);
    return found == keys_.end() ? keys_.emplace(name, generate_key_pair()).first->second : found->second;
  }
  void allow_key(const std::string& name, const std::string& address = "") {
    const auto allowed = allow(list_, {key(name).public_key, name, address});
    EXPECT_TRUE(allowed) << allowed.error().message;
  }
  void revoke_key(const std::string& name) { EXPECT_TRUE(revoke(list_, key(name).public_key)); }

  // With its key, which is on the list.
  Options options(const std::string& name, std::uint64_t uid) {
    allow_key(name);
    Options options = node_options(name, uid);
    options.security = Security{key(name), list_};
    return options;
  }

  std::filesystem::path folder_;
  std::filesystem::path list_;

 private:
  std::map<std::string, KeyPair> keys_;
};

}  // namespace shoal::transport::test
