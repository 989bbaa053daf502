#include "host/log_identity.hpp"

namespace shoal::host {

std::optional<std::int64_t> LogIdentity::question(std::optional<std::int64_t> last_ms, Offset next) {
  if (!least_ && last_ms) {
    asked_ms_ = *last_ms + 1;
    next_ = next;
  }
  return asked_ms_;
}

LogAnswer LogIdentity::answer(std::optional<Offset> first) {
  if (!asked_ms_) return LogAnswer::unknown;
  if (least_) {
    if (!first) return LogAnswer::unknown;  // nothing new, or nothing any more
    if (*first < *least_) return LogAnswer::another;
    least_ = first;
    return LogAnswer::same;
  }
  // Without an answer all that the log has is older, and it reaches to `next_` at least.
  const Offset least = first.value_or(next_);
  if (least.value == 0) return LogAnswer::unknown;  // any log's answer could be the same
  least_ = least;
  return LogAnswer::same;
}

}  // namespace shoal::host
