#pragma once
// Rumours: what is still to be told, least told first. A rumour is only the name of a member: what is told is
// what the table says when it is sent. One that was told `tellings` times has reached everybody with high
// probability:
//
//   tellings = ceil(tellings_factor · log10(members + 1))
//
// Where more than `rumours_max` members have news, all rumours are dropped: that much is found sooner, and
// with less said, by comparing tables.

#include <cstdint>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "cluster/member.hpp"

namespace shoal::cluster {

std::uint32_t tellings_of(double tellings_factor, std::size_t members);

class Rumours {
 public:
  explicit Rumours(std::size_t rumours_max) : rumours_max_(rumours_max) {}

  // News of a member: it is told anew.
  void add(Uid uid);

  bool empty() const { return order_.empty(); }
  std::size_t size() const { return order_.size(); }

  // Calls `fits(uid)` for rumours, least told first, until it says no; those it takes count as told once
  // more, and end after `tellings`.
  template <class Fits>
  void tell(std::uint32_t tellings, Fits fits) {
    std::vector<Entry> told;
    for (auto next = order_.begin(); next != order_.end() && fits(std::get<Uid>(*next));) {
      told.push_back(*next);
      next = order_.erase(next);
    }
    for (const auto& [times, number, uid] : told) {
      if (times + 1 >= tellings) {
        numbers_.erase(uid);
      } else {
        order_.insert({times + 1, number, uid});
        numbers_[uid] = {times + 1, number};
      }
    }
  }

 private:
  using Entry = std::tuple<std::uint32_t, std::uint64_t, Uid>;  // times told, number of the news, whose

  std::size_t rumours_max_;
  std::set<Entry> order_;
  std::map<Uid, std::pair<std::uint32_t, std::uint64_t>> numbers_;
  std::uint64_t last_number_ = 0;
};

}  // namespace shoal::cluster
