#pragma once
// Relays: probes that this node makes for others. A node that asks for one gets its answer, or, shortly
// before it would have given up, a nack. Bounds: `relays_max`; where there is no room, the request is not
// served, which its sender counts as a mediator that is silent.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "cluster/member.hpp"

namespace shoal::cluster {

class Relays {
 public:
  static constexpr std::size_t relays_max = 64;

  struct Relay {
    Uid asker;
    std::uint32_t asked_sequence;  // the asker's
    std::uint32_t sequence;        // ours
    Uid subject;
    std::int64_t nack_ms;
  };

  // The sequence number to ping the subject with; empty where there is no room.
  std::optional<std::uint32_t> add(Uid asker, std::uint32_t asked_sequence, Uid subject,
                                   std::int64_t nack_ms) {
    if (relays_.size() == relays_max) return std::nullopt;
    // The detector counts its own probes up from 1; these are told apart by the highest bit.
    const std::uint32_t sequence = 0x80000000U | ++last_;
    relays_.push_back({asker, asked_sequence, sequence, subject, nack_ms});
    return sequence;
  }

  // The relay that this answer is for, which ends.
  std::optional<Relay> take(std::uint32_t sequence) {
    const auto found = std::find_if(relays_.begin(), relays_.end(),
                                    [&](const Relay& relay) { return relay.sequence == sequence; });
    if (found == relays_.end()) return std::nullopt;
    const Relay relay = *found;
    relays_.erase(found);
    return relay;
  }

  // One that is over without an answer.
  std::optional<Relay> take_due(std::int64_t now_ms) {
    const auto found = std::find_if(relays_.begin(), relays_.end(),
                                    [&](const Relay& relay) { return now_ms >= relay.nack_ms; });
    if (found == relays_.end()) return std::nullopt;
    return take(found->sequence);
  }

  std::int64_t wakeup_ms(std::int64_t otherwise_ms) const {
    for (const Relay& relay : relays_) otherwise_ms = std::min(otherwise_ms, relay.nack_ms);
    return otherwise_ms;
  }

 private:
  std::vector<Relay> relays_;
  std::uint32_t last_ = 0;
};

}  // namespace shoal::cluster
