#include "host/lanes/mail.hpp"

#include <algorithm>
#include <cstddef>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

void Mail::roll_back(const Mark& mark) {
  envelopes_.cut(mark.envelope_bytes);
  asks_.erase(asks_.begin() + static_cast<std::ptrdiff_t>(mark.asks), asks_.end());
  payloads_.resize(mark.payload_bytes);
}

bool Mail::add(const EnvelopeParts& parts) {
  if (envelopes_.bytes() + Envelope::size_of(parts) > mail_bytes_max) return false;
  envelopes_.add(parts);
  return true;
}

bool Mail::add_ask(const EnvelopeParts& parts, const AskStart& start) {
  const std::size_t at = envelopes_.bytes();
  if (asks_.size() >= ask_room_) return false;
  if (payloads_.size() + start.payload.size() > mail_bytes_max || !add(parts)) return false;
  asks_.push_back({at, start.asker, start.continuation_id, payloads_.size(), start.payload.size()});
  payloads_.insert(payloads_.end(), start.payload.begin(), start.payload.end());
  return true;
}

std::size_t Mail::lend_asks(std::size_t wanted) {
  const std::size_t lent = std::min(wanted, ask_room_ > asks_.size() ? ask_room_ - asks_.size() : 0);
  ask_room_ -= lent;
  lent_asks_ += lent;
  return lent;
}

void Mail::return_asks(std::size_t lent) {
  SHOAL_ASSERT(lent <= lent_asks_);
  ask_room_ += lent;
  lent_asks_ -= lent;
}

void Mail::take_over(Mail& from, std::int64_t late_by_ns) {
  SHOAL_ASSERT(from.asks_.size() <= lent_asks_);
  from.take_all([&](Envelope& envelope, const AskStart* start) {
    Envelope& added = add_copy(envelope, start);
    if (start != nullptr) added.move_deadline(late_by_ns);
  });
}

Envelope& Mail::add_copy(const Envelope& envelope, const AskStart* start) {
  const std::size_t at = envelopes_.bytes();
  Envelope& added = envelopes_.add(envelope);
  if (start != nullptr) {
    asks_.push_back({at, start->asker, start->continuation_id, payloads_.size(), start->payload.size()});
    payloads_.insert(payloads_.end(), start->payload.begin(), start->payload.end());
  }
  return added;
}

}  // namespace shoal::lanes
