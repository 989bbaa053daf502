#pragma once
// Phi: how unusual it is that nothing was heard of a member for so long, after Hayashibara and others, "The
// phi accrual failure detector": phi = -log10(P(a pause at least this long)), with a normal distribution of
// the pauses. 1 is one chance in ten, 8 one in a hundred million. Reported to people only; it decides nothing
// here.
//
// Mean and variance are moving averages in which the last `1 / weight` pauses count most.

#include <cstdint>

namespace shoal::cluster {

class Phi {
 public:
  void arrived(std::int64_t now_ms);
  // 0 until two arrivals are known.
  double value(std::int64_t now_ms) const;

 private:
  static constexpr double weight = 0.1;
  static constexpr double deviation_min_ms = 100;  // as fine as a busy network is regular

  std::int64_t last_ms_ = 0;
  std::uint32_t arrivals_ = 0;
  double mean_ms_ = 0;
  double variance_ = 0;
};

}  // namespace shoal::cluster
