#include "cluster/phi.hpp"

#include <algorithm>
#include <cmath>

namespace shoal::cluster {

void Phi::arrived(std::int64_t now_ms) {
  const auto pause = static_cast<double>(now_ms - last_ms_);
  last_ms_ = now_ms;
  if (arrivals_ < 2) ++arrivals_;
  if (arrivals_ < 2) return;
  if (mean_ms_ == 0) {
    mean_ms_ = pause;
    variance_ = pause * pause / 16;  // one pause says nothing of their spread: a quarter of it
    return;
  }
  const double off = pause - mean_ms_;
  mean_ms_ += weight * off;
  variance_ = (1 - weight) * (variance_ + weight * off * off);
}

double Phi::value(std::int64_t now_ms) const {
  if (arrivals_ < 2) return 0;
  const double deviation = std::max(std::sqrt(variance_), deviation_min_ms);
  const double off = (static_cast<double>(now_ms - last_ms_) - mean_ms_) / deviation;
  constexpr double never = 300;  // where the probability is too small for a double
  const double probability = std::erfc(off / std::sqrt(2.0)) / 2;
  return probability > 0 ? std::min(never, -std::log10(probability)) : never;
}

}  // namespace shoal::cluster
