#pragma once
// PostOffice: brings a lane's mail to the lanes it is for. Asks become outstanding here, messages are packed
// into one parcel a lane, and each parcel is one place in the other lane's inbox.
//
// Owned and used by one lane. Messages and replies travel in parcels of their own: replies always find room,
// since what they answer was bounded, and with them acknowledgements, of which a batch has one for each
// sender. A parcel of messages whose lane has no room waits here, and so does what comes for that lane later,
// so that the order of one sender is kept; meanwhile `blocked` holds the lane. After `hold` the waiting
// messages are refused, which breaks a cycle of lanes that wait for one another. What waits for all lanes is
// bounded by `mail_bytes_max`, and so is what this lane has sent to itself; beyond that a message is refused
// at once.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "host/lanes/ask_table.hpp"
#include "host/lanes/inbox.hpp"
#include "host/lanes/lane_clock.hpp"
#include "host/lanes/mail.hpp"
#include "host/lanes/parcel.hpp"

namespace shoal::lanes {

class PostOffice {
 public:
  struct Options {
    std::uint32_t lane = 0;
    std::vector<Inbox*> inboxes;  // of all lanes, by number; that of this lane is not used
    std::chrono::nanoseconds hold{0};
    LaneClock clock;  // only read where a lane has no room
  };
  // Makes an ask outstanding.
  using OpenAsk = std::function<ReplyAddress(const AskStart&, std::int64_t deadline_ns)>;

  explicit PostOffice(Options options);

  // Takes all of the mail, and brings what it can of that and of what waits.
  void bring(Mail& mail, const OpenAsk& open_ask);

  // Messages whose lane had no room for too long, once each. Never copied: there may be as many as fit.
  std::vector<EnvelopeBuffer> take_refused() { return std::exchange(refused_, {}); }

  // All that is here: for lanes without room, and for this lane.
  std::size_t bytes() const { return waiting_bytes() + local_->bytes(); }
  // A lane has had no room: take no more records.
  bool blocked() const { return blocked_ > 0; }
  // So much waits that no message may run either.
  bool full() const { return blocked() && waiting_bytes() > mail_bytes_max / 2; }

  // What this lane has sent to itself since it was last asked; null where nothing.
  std::unique_ptr<Parcel> take_local();
  // Gives the memory of a parcel that has run, if it is no more than 64 KiB, to one for this lane. Parcels
  // for others have memory for what they carry: many of them may wait.
  void reuse(std::unique_ptr<Parcel> parcel);
  bool has_local() const { return !local_->empty(); }
  // It has sent itself so much that no more records should run before that has.
  bool local_is_full() const { return local_->bytes() > mail_bytes_max / 2; }

 private:
  struct Destination {
    std::unique_ptr<Parcel> messages;
    std::unique_ptr<Parcel> replies;
    std::int64_t blocked_since_ns = 0;  // 0: it is not
  };

  std::size_t waiting_bytes() const;
  Parcel& parcel_for(const Envelope& envelope, std::uint32_t lane);
  std::uint32_t lane_of(const Envelope& envelope) const;
  void hand_over(std::uint32_t lane);

  Options options_;
  std::vector<Destination> destinations_;
  std::unique_ptr<Parcel> local_;
  std::vector<EnvelopeBuffer> refused_;
  std::unique_ptr<Parcel> spare_;  // empty, for this lane; may be null
  std::size_t blocked_ = 0;        // destinations
};

}  // namespace shoal::lanes
