#pragma once
// Message: a tell or an ask from outside the lanes, before it is packed for its lane.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "host/lanes/entity_ref.hpp"
#include "host/lanes/parcel.hpp"

namespace shoal::lanes {

struct Message {
  TypeIndex type;
  ShardId shard;
  std::string id;
  std::uint32_t message_index = 0;
  std::optional<std::string> body;  // in the message's codec; none: null
  std::string traceparent;
  std::string request_id;  // at most 64 bytes: the receiver runs one id once
  bool only_if_active = false;
  Receipt receipt = Receipt::none;                 // of a tell: `on_reply` is told of it
  std::chrono::steady_clock::time_point deadline;  // of an ask: dropped when it has passed
  OnReply on_reply;                                // empty for a tell without a receipt
};

// Packs the message behind what the parcel has; its `on_reply` is moved.
void add(Parcel& parcel, Message& message);

}  // namespace shoal::lanes
