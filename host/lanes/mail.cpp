#include "host/lanes/mail.hpp"

#include <cstddef>

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

}  // namespace shoal::lanes
