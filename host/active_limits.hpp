#pragma once
// ActiveLimits: how many entities of each type may be active in this host, as the configuration and the
// management port say. Lanes look at the number of their types again and again. Any thread; one mutex, held
// for a look-up.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace shoal::host {

class ActiveLimits {
 public:
  // 0: any number. One for each type, whether or not it is open or known.
  using Limit = std::shared_ptr<std::atomic<std::uint32_t>>;

  Limit of(std::string_view type) {
    const std::lock_guard lock(mutex_);
    const auto found = limits_.find(type);
    if (found != limits_.end()) return found->second;
    return limits_.emplace(type, std::make_shared<std::atomic<std::uint32_t>>(0)).first->second;
  }
  void set(std::string_view type, std::uint32_t active_max) {
    of(type)->store(active_max, std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Limit, std::less<>> limits_;
};

}  // namespace shoal::host
