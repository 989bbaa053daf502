#pragma once
// KafkaTopics: the seam between the Kafka log and Kafka: messages are written to partitions and read from
// them, and nothing waits. One per lane; all of it [lane], but for the wake function.
//
// Messages of one partition are written in the order in which they were handed over, or not at all: one that
// failed may have been written, and later ones too.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/ids.hpp"
#include "shoal/base/ids.hpp"

namespace shoal::journal {

// A partition that was opened.
using KafkaPlace = StrongId<struct KafkaPlaceTag, std::uint32_t>;
// Names a message that was handed over.
using KafkaTicket = StrongId<struct KafkaTicketTag, std::uint64_t>;

struct KafkaWritten {
  KafkaPlace place;
  KafkaTicket ticket;
  std::size_t bytes = 0;
  bool is_acknowledged = false;  // else it failed, and may be there nevertheless
  std::optional<Offset> offset;  // none: the broker had it before
  std::string_view reason;       // of a failure; lives until the call returns
};

// What came of it.
class KafkaEvents {
 public:
  virtual void written(const KafkaWritten& outcome) = 0;
  // In the order of offsets. The bytes live until the call returns.
  virtual void fetched(KafkaPlace place, Offset offset, std::string_view bytes) = 0;
  // All has been fetched that was there. Said again when more has been fetched.
  virtual void fetched_all(KafkaPlace place) = 0;
  // The fetch has ended; the message says why and what to do.
  virtual void fetch_failed(KafkaPlace place, const std::string& message) = 0;
  // No broker acknowledges what was handed over; said again while that is so. It is given up in the end.
  virtual void broker_away(const std::string& message) = 0;

 protected:
  ~KafkaEvents() = default;
};

class KafkaTopics {
 public:
  virtual ~KafkaTopics() = default;

  // The partition of a shard, in the topic of its type. The same one has the same place.
  virtual KafkaPlace open(const std::string& type, ShardId shard) = 0;
  // Takes a copy; `written` comes of it once. False: there is no room now, nothing was taken.
  virtual bool produce(KafkaPlace place, KafkaTicket ticket, std::string_view message) = 0;
  // Messages from this offset on, or from the log's beginning, until `stop`. Where the offset is not there
  // (any more), from the beginning. Requires: no fetch of the place goes on.
  virtual void fetch(KafkaPlace place, std::optional<Offset> from) = 0;
  // Nothing more comes of the fetch. May be called while something of it comes, as the next two.
  virtual void stop(KafkaPlace place) = 0;
  // Nothing comes until it is let go on.
  virtual void hold(KafkaPlace place) = 0;
  virtual void go_on(KafkaPlace place) = 0;
  // What is below goes, some time; where that fails it is said in the log, and the next time deletes it too.
  virtual void delete_before(KafkaPlace place, Offset offset) = 0;

  // Says all that came so far; false where there was nothing.
  virtual bool poll(KafkaEvents& events) = 0;
};

}  // namespace shoal::journal
