#pragma once
// NodeLoad: what a host says of itself to the other members of its cluster, from how much it had done at two
// looks. Pure. [control]

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "cluster/node_metrics.hpp"

namespace shoal::host {

struct LaneLoad {
  double cpu_seconds = 0;   // since its start
  double turn_seconds = 0;  // how long the turn that it is inside of has run: it may wait there
};

struct LoadSample {
  std::chrono::steady_clock::time_point at;
  double cpu_seconds = 0;  // of the process, since its start
  std::uint32_t processors = 1;
  std::vector<LaneLoad> lanes;
  std::uint64_t resident_bytes = 0;
  std::uint32_t shards = 0;
  std::uint64_t lag = 0;
};

class NodeLoad {
 public:
  // Two messages of a member carry it, so it costs some 30 bytes a second.
  static constexpr std::chrono::seconds interval{5};

  bool is_due(std::chrono::steady_clock::time_point now) const {
    return !last_ || now - last_->at >= interval;
  }
  // Of the time since the last look; the first one tells no load.
  cluster::NodeMetrics look(LoadSample sample);

 private:
  std::optional<LoadSample> last_;
};

}  // namespace shoal::host
