#pragma once
// Parcel: envelopes for one lane, handed over as one. The unit in which lanes and other threads send
// messages: one place in the inbox and at most one wake-up each, however many envelopes it has.
//
// Owned by whoever holds it; moves from thread to thread.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "host/lanes/envelope.hpp"
#include "shoal/base/result.hpp"

namespace shoal::lanes {

// What an entity answered.
struct Reply {
  shoal_status status = SHOAL_STATUS_OK;
  shoal_codec codec = SHOAL_CODEC_BYTES;
  std::string body;  // of another status than OK: the reason
};

// Called once, on a lane.
using OnReply = std::function<void(Result<Reply>)>;

struct Parcel {
  Parcel() = default;
  explicit Parcel(std::size_t bytes_expected) : envelopes(bytes_expected) {}

  EnvelopeBuffer envelopes;
  std::vector<OnReply> callbacks;  // of asks from outside the lanes: ReplyAddress::kCallback

  bool empty() const { return envelopes.empty(); }
  std::size_t bytes() const { return envelopes.bytes(); }
  void clear() {
    envelopes.clear();
    callbacks.clear();
  }
};

}  // namespace shoal::lanes
