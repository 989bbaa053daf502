#pragma once
// Message: a tell or an ask on its way to a lane. Owned by whoever holds it; moves from thread to thread.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "host/lanes/shard.hpp"
#include "host/lanes/turn.hpp"
#include "shoal/base/ids.hpp"
#include "shoal/base/result.hpp"

namespace shoal::lanes {

struct Message {
  TypeIndex type;
  ShardId shard;
  std::string id;
  std::uint32_t message_index = 0;
  std::optional<std::string> body;  // in the message's codec; none: null
  std::string traceparent;
  std::chrono::steady_clock::time_point deadline;  // of an ask: dropped when it has passed
  // Called once, on the lane; empty for a tell.
  std::function<void(Result<TurnReply>)> on_reply;

  std::size_t bytes() const {
    return sizeof(Message) + id.size() + (body ? body->size() : 0) + traceparent.size();
  }
};

}  // namespace shoal::lanes
