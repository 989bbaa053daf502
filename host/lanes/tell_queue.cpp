#include "host/lanes/tell_queue.hpp"

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {
constexpr std::size_t kCompactedAtOnce = 64;
}

void TellQueue::push(const StoredTell& tell) {
  const std::string_view body = tell.body.value_or(std::string_view());
  tells_.push_back({end_,
                    tell.id.size(),
                    tell.message.size(),
                    body.size(),
                    tell.traceparent.size(),
                    tell.request_id.size(),
                    tell.place.size(),
                    tell.body.has_value(),
                    {}});
  for (const std::string_view part :
       {tell.id, tell.message, body, tell.traceparent, tell.request_id, tell.place}) {
    bytes_.append(part);
    end_ += part.size();
  }
}

void TellQueue::pop_front() {
  SHOAL_ASSERT(!empty());
  ++first_;
  if (empty() || (first_ >= kCompactedAtOnce && first_ >= tells_.size() / 2)) compact();
}

// What has gone is as much as what stays, at least: each tell is moved once on average.
void TellQueue::compact() {
  const std::size_t kept_from = empty() ? end_ : tells_[first_].at;
  bytes_.erase(0, kept_from - begin_);
  begin_ = kept_from;
  tells_.erase(tells_.begin(), tells_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
}

void TellQueue::pop_back() {
  SHOAL_ASSERT(!empty());
  end_ = tells_.back().at;
  bytes_.resize(end_ - begin_);
  tells_.pop_back();
}

StoredTell TellQueue::at(std::size_t index) const {
  SHOAL_ASSERT(index < size());
  const Entry& entry = tells_[first_ + index];
  std::string_view rest = std::string_view(bytes_).substr(entry.at - begin_);
  const auto take = [&rest](std::size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  };
  StoredTell tell;
  tell.id = take(entry.id_size);
  tell.message = take(entry.message_size);
  const std::string_view body = take(entry.body_size);
  if (entry.has_body) tell.body = body;
  tell.traceparent = take(entry.traceparent_size);
  tell.request_id = take(entry.request_id_size);
  tell.place = take(entry.place_size);
  return tell;
}

}  // namespace shoal::lanes
