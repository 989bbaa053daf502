#include "host/lanes/failure_budget.hpp"

#include <algorithm>

#include "host/lanes/backoff.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::uint32_t kFailuresMax = 1'000;

// The longest beginning that fits and does not end within a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t size = bytes_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace

FailureBudget::FailureBudget(const FailurePolicy& policy) : policy_(policy) {
  SHOAL_ASSERT(policy.backoff_min_ms > 0 && policy.backoff_min_ms <= policy.backoff_max_ms);
  SHOAL_ASSERT(policy.failure_window_ms > 0 && policy.failures_max <= kFailuresMax);
  SHOAL_ASSERT(policy.entities_max > 0 && policy.parked_max > 0);
}

FailureBudget::Answer FailureBudget::failed(std::string_view id, std::string_view reason, std::int64_t now_ms,
                                            std::uint64_t random) {
  SHOAL_ASSERT(!is_parked(id));
  Failing& failing = note(id, now_ms);
  const bool is_restart = policy_.on_failure == OnFailure::restart;
  std::int64_t pause_ms = is_restart ? backoff_ms(failing.run, random) : 0;
  if (policy_.on_failure == OnFailure::park || spent(failing)) {
    if (parked_.size() < policy_.parked_max) {
      const auto failures = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(failing.failed_ms.size()));
      parked_.emplace(id, Parked{now_ms, failures, std::string(cut(reason, parked_reason_bytes_max))});
      forget(failing_.at(id));
      return {OnFailure::park, 0};
    }
    ++parks_refused_;
    pause_ms = policy_.backoff_max_ms;
  }
  if (!is_restart) return {OnFailure::stop, 0};
  failing.alive_from_ms = now_ms + pause_ms;
  return {OnFailure::restart, now_ms + pause_ms};
}

FailureBudget::Failing& FailureBudget::note(std::string_view id, std::int64_t now_ms) {
  expire(now_ms, 2);
  const auto known = failing_.find(id);
  if (known == failing_.end()) {
    if (failing_.size() == policy_.entities_max) {
      if (!is_well(order_.front(), now_ms)) ++forgotten_;
      forget(order_.begin());
    }
    order_.push_back({std::string(id), {}});
    failing_.emplace(order_.back().id, std::prev(order_.end()));
  } else {
    order_.splice(order_.end(), order_, known->second);
  }
  Failing& failing = order_.back();
  if (is_well(failing, now_ms)) failing.run = 0;
  ++failing.run;
  failing.alive_from_ms = now_ms;
  auto& times = failing.failed_ms;
  std::erase_if(times, [&](std::int64_t time) { return now_ms - time >= policy_.failure_window_ms; });
  if (!times.empty() && times.size() >= policy_.failures_max) times.erase(times.begin());
  if (policy_.failures_max > 0) times.push_back(now_ms);
  return failing;
}

bool FailureBudget::spent(const Failing& failing) const {
  return policy_.failures_max > 0 && failing.failed_ms.size() >= policy_.failures_max;
}

std::int64_t FailureBudget::backoff_ms(std::uint32_t run, std::uint64_t random) const {
  return Backoff{policy_.backoff_min_ms, policy_.backoff_max_ms}.pause_ms(run, random);
}

void FailureBudget::expire(std::int64_t now_ms, std::uint32_t entities_max) {
  for (; entities_max > 0 && !order_.empty() && is_well(order_.front(), now_ms); --entities_max) {
    forget(order_.begin());
  }
}

void FailureBudget::forget(Order::iterator failing) {
  failing_.erase(failing->id);
  order_.erase(failing);
}

const FailureBudget::Parked* FailureBudget::find_parked(std::string_view id) const {
  const auto found = parked_.find(id);
  return found == parked_.end() ? nullptr : &found->second;
}

bool FailureBudget::reset(std::string_view id) {
  const auto found = parked_.find(id);
  if (found == parked_.end()) return false;
  parked_.erase(found);
  return true;
}

void FailureBudget::list_parked(std::string_view after,
                                const std::function<bool(std::string_view, const Parked&)>& visit) const {
  for (auto each = parked_.upper_bound(after); each != parked_.end(); ++each) {
    if (!visit(each->first, each->second)) return;
  }
}

}  // namespace shoal::lanes
