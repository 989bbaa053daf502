#pragma once
// How long an accused member has to refute, after Dadgar, Phillips and Currey, "Lifeguard: Local Health
// Awareness for More Accurate Failure Detection".
//
//   t_min = suspicion_factor · max(1, log10(members)) · probe_interval_ms
//   t_max = suspicion_max_factor · t_min
//   t(c)  = max(t_min, t_max - (t_max - t_min) · log(c + 1) / log(k + 1))     in ms
//
// c are the accusers beyond the first, k those after which the time is shortest: a lone accuser is more
// likely to be the one with the bad connection.

#include <cstdint>

namespace shoal::cluster {

struct SuspicionConfig {
  double suspicion_factor = 2;
  double suspicion_max_factor = 6;
  std::uint32_t confirmations = 3;  // k
};

std::int64_t suspicion_ms(const SuspicionConfig& config, std::int64_t probe_interval_ms, std::size_t members,
                          std::size_t accusers);

}  // namespace shoal::cluster
