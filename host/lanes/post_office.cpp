#include "host/lanes/post_office.hpp"

#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

namespace {

constexpr std::size_t kSpareBytes = 64 * 1024;

// What a lane sends at once is mostly as much as the time before.
std::unique_ptr<Parcel> exchange_for_new(std::unique_ptr<Parcel>& parcel) {
  return std::exchange(parcel, std::make_unique<Parcel>(parcel->bytes()));
}

}  // namespace

PostOffice::PostOffice(Options options)
    : options_(std::move(options)),
      destinations_(options_.inboxes.size()),
      local_(std::make_unique<Parcel>()) {
  for (Destination& destination : destinations_) {
    destination.messages = std::make_unique<Parcel>();
    destination.replies = std::make_unique<Parcel>();
  }
}

void PostOffice::reuse(std::unique_ptr<Parcel> parcel) {
  if (spare_ || parcel->envelopes.capacity_bytes() > kSpareBytes) return;
  parcel->clear();
  spare_ = std::move(parcel);
}

// A shard has its lane for as long as the host runs.
std::uint32_t PostOffice::lane_of(const Envelope& envelope) const {
  if (envelope.kind() == EnvelopeKind::reply) return envelope.reply_to().lane;
  return envelope.shard().value % static_cast<std::uint32_t>(destinations_.size());
}

Parcel& PostOffice::parcel_for(const Envelope& envelope, std::uint32_t lane) {
  if (lane == options_.lane) return *local_;
  Destination& destination = destinations_[lane];
  return envelope.is_message() ? *destination.messages : *destination.replies;
}

// Of the messages that found no room.
std::size_t PostOffice::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const Destination& destination : destinations_) {
    if (destination.blocked_since_ns != 0) bytes += destination.messages->bytes();
  }
  return bytes;
}

void PostOffice::bring(Mail& mail, const OpenAsk& open_ask) {
  std::size_t waiting = blocked() ? waiting_bytes() : 0;
  mail.take_all([&](Envelope& envelope, const AskStart* start) {
    const std::uint32_t lane = lane_of(envelope);
    SHOAL_ASSERT(lane < destinations_.size());
    if (start != nullptr) envelope.set_reply_to(open_ask(*start, envelope.deadline_ns()));
    Parcel& parcel = parcel_for(envelope, lane);
    bool has_room = true;
    if (envelope.is_message()) {
      const bool waits = destinations_[lane].blocked_since_ns != 0;
      has_room = (waits ? waiting : parcel.bytes()) + envelope.size() <= mail_bytes_max;
      if (waits && has_room) waiting += envelope.size();
    }
    if (!has_room && refused_.empty()) refused_.emplace_back();
    (has_room ? parcel.envelopes : refused_.back()).add(envelope);
  });
  for (std::uint32_t lane = 0; lane < destinations_.size(); ++lane) {
    if (lane != options_.lane) hand_over(lane);
  }
}

void PostOffice::hand_over(std::uint32_t lane) {
  Destination& destination = destinations_[lane];
  Inbox& inbox = *options_.inboxes[lane];
  if (!destination.replies->empty()) {
    inbox.put_always(exchange_for_new(destination.replies));
  }
  if (destination.messages->empty()) return;
  const std::size_t bytes = destination.messages->bytes();
  if (inbox.put(destination.messages)) {
    destination.messages = std::make_unique<Parcel>(bytes);
    if (std::exchange(destination.blocked_since_ns, 0) != 0) --blocked_;
    return;
  }
  const std::int64_t now_ns = options_.clock.steady_ns();
  if (destination.blocked_since_ns == 0) {
    destination.blocked_since_ns = now_ns;
    ++blocked_;
  }
  if (now_ns - destination.blocked_since_ns < options_.hold.count()) return;
  refused_.push_back(std::exchange(destination.messages->envelopes, {}));
  destination.blocked_since_ns = 0;
  --blocked_;
}

std::unique_ptr<Parcel> PostOffice::take_local() {
  if (local_->empty()) return nullptr;
  if (!spare_) return exchange_for_new(local_);
  return std::exchange(local_, std::move(spare_));
}

}  // namespace shoal::lanes
