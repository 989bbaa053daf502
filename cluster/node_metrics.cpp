#include "cluster/node_metrics.hpp"

#include <algorithm>

namespace shoal::cluster {

namespace {

bool is_before(const NodeMetrics& metrics, Uid uid) { return metrics.uid < uid; }

}  // namespace

bool MetricsBoard::merge(const NodeMetrics& told) {
  const auto place = std::lower_bound(all_.begin(), all_.end(), told.uid, is_before);
  if (place == all_.end() || place->uid != told.uid) {
    all_.insert(place, told);
  } else if (told.sequence > place->sequence) {
    *place = told;
  } else {
    return false;
  }
  const auto known =
      std::find_if(fresh_.begin(), fresh_.end(), [&](const Fresh& fresh) { return fresh.uid == told.uid; });
  if (known != fresh_.end()) {
    fresh_.erase(known);
  } else if (fresh_.size() == fresh_max) {
    fresh_.erase(fresh_.begin());
  }
  fresh_.push_back({told.uid, 0});
  return true;
}

void MetricsBoard::forget(Uid uid) {
  std::erase_if(all_, [&](const NodeMetrics& metrics) { return metrics.uid == uid; });
  std::erase_if(fresh_, [&](const Fresh& fresh) { return fresh.uid == uid; });
}

const NodeMetrics* MetricsBoard::find(Uid uid) const {
  const auto place = std::lower_bound(all_.begin(), all_.end(), uid, is_before);
  return place == all_.end() || place->uid != uid ? nullptr : &*place;
}

std::vector<NodeMetrics> MetricsBoard::tell(std::size_t count_max) {
  std::vector<NodeMetrics> told;
  const std::size_t count = std::min(count_max, fresh_.size());
  const auto first = fresh_.end() - static_cast<std::ptrdiff_t>(count);
  told.reserve(count);
  for (auto fresh = first; fresh != fresh_.end(); ++fresh) {
    told.push_back(*find(fresh->uid));
    ++fresh->told;
  }
  fresh_.erase(std::remove_if(first, fresh_.end(), [](const Fresh& fresh) { return fresh.told == tellings; }),
               fresh_.end());
  return told;
}

}  // namespace shoal::cluster
