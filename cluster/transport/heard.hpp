#pragma once
// Heard: who has sent something lately, on whatever channel, for the thread that judges who lives.
//
// A node that sends much is noted once an interval, so that a frame costs a comparison. Bounded by nodes: of
// each the last time waits.

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "cluster/member.hpp"

namespace shoal::transport {

struct LifeSign {
  cluster::Uid uid;
  std::int64_t at_ms = 0;  // steady
};

class Heard {
 public:
  static constexpr std::int64_t interval_ms = 100;

  // [transport]
  void note(cluster::Uid uid, std::int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    last_ms_[uid] = now_ms;
  }
  void take(std::vector<LifeSign>& signs) {
    const std::lock_guard lock(mutex_);
    for (const auto& [uid, at_ms] : last_ms_) signs.push_back({uid, at_ms});
    last_ms_.clear();
  }

 private:
  std::mutex mutex_;
  std::unordered_map<cluster::Uid, std::int64_t> last_ms_;
};

}  // namespace shoal::transport
