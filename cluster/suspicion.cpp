#include "cluster/suspicion.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::cluster {

std::int64_t suspicion_ms(const SuspicionConfig& config, std::int64_t probe_interval_ms, std::size_t members,
                          std::size_t accusers) {
  const double scale = std::max(1.0, std::log10(static_cast<double>(std::max<std::size_t>(members, 1))));
  const double shortest = config.suspicion_factor * scale * static_cast<double>(probe_interval_ms);
  const double longest = config.suspicion_max_factor * shortest;
  const double confirmed = std::log(static_cast<double>(std::max<std::size_t>(accusers, 1)));
  const double shrunk =
      longest - (longest - shortest) * confirmed / std::log(static_cast<double>(config.confirmations) + 1);
  return std::llround(std::max(shortest, shrunk));
}

}  // namespace shoal::cluster
