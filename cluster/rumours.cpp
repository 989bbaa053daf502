#include "cluster/rumours.hpp"

#include <cmath>

namespace shoal::cluster {

std::uint32_t tellings_of(double tellings_factor, std::size_t members) {
  return static_cast<std::uint32_t>(
      std::ceil(tellings_factor * std::log10(static_cast<double>(members) + 1)));
}

void Rumours::add(Uid uid) {
  const auto known = numbers_.find(uid);
  if (known != numbers_.end()) {
    order_.erase({known->second.first, known->second.second, uid});
  } else if (numbers_.size() >= rumours_max_) {
    order_.clear();
    numbers_.clear();
    return;
  }
  numbers_[uid] = {0, ++last_number_};
  order_.insert({0, last_number_, uid});
}

}  // namespace shoal::cluster
