#pragma once
// Warnings: what an operator should know, not more often than helps. Pure but for whom it tells.

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace shoal::transport {

class Warnings {
 public:
  static constexpr std::int64_t again_ms = 10'000;
  static constexpr std::size_t told_max = 100;  // different ones within `again_ms`: strangers can make up any

  explicit Warnings(std::function<void(const std::string&)> warn) : warn_(std::move(warn)) {}

  // Tells it, unless it told the same, or `told_max` others, within `again_ms`.
  void tell(const std::string& text, std::int64_t now_ms) {
    std::erase_if(told_ms_, [&](const auto& told) { return now_ms - told.second >= again_ms; });
    if (told_ms_.size() >= told_max || !told_ms_.try_emplace(text, now_ms).second) return;
    if (warn_) warn_(text);
  }

 private:
  std::function<void(const std::string&)> warn_;
  std::unordered_map<std::string, std::int64_t> told_ms_;
};

}  // namespace shoal::transport
