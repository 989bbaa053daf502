#include "host/node_load.hpp"

#include <algorithm>
#include <utility>

namespace shoal::host {
namespace {

constexpr double permille = 1'000;
constexpr std::uint64_t mebibyte = 1'048'576;

std::uint16_t share(double busy_seconds, double of_seconds) {
  const double part = std::clamp(busy_seconds / of_seconds, 0.0, 1.0);
  return static_cast<std::uint16_t>(part * permille);
}

}  // namespace

cluster::NodeMetrics NodeLoad::look(LoadSample sample) {
  cluster::NodeMetrics metrics;
  metrics.memory_mib = static_cast<std::uint32_t>(sample.resident_bytes / mebibyte);
  metrics.shards = sample.shards;
  metrics.lag = sample.lag;
  if (last_ && sample.at > last_->at) {
    const double seconds = std::chrono::duration<double>(sample.at - last_->at).count();
    metrics.cpu_permille = share(sample.cpu_seconds - last_->cpu_seconds, seconds * sample.processors);
    double busy_seconds = 0;
    for (std::size_t i = 0; i < std::min(sample.lanes.size(), last_->lanes.size()); ++i) {
      const double worked = sample.lanes[i].cpu_seconds - last_->lanes[i].cpu_seconds;
      busy_seconds += std::clamp(std::max(worked, sample.lanes[i].turn_seconds), 0.0, seconds);
    }
    if (!sample.lanes.empty()) {
      metrics.lanes_permille = share(busy_seconds, seconds * static_cast<double>(sample.lanes.size()));
    }
  }
  last_ = std::move(sample);
  return metrics;
}

}  // namespace shoal::host
