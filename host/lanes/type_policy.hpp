#pragma once
// TypePolicy: how the entities of one type live, as the configuration says; and what one lane remembers of
// them across their lives.

#include <chrono>
#include <cstdint>
#include <optional>

#include "host/lanes/eviction.hpp"
#include "host/lanes/failure_budget.hpp"
#include "host/lanes/request_window.hpp"

namespace shoal::lanes {

// Read-only after a type is opened.
struct TypePolicy {
  // An entity without a message for so long leaves memory; none: it stays.
  std::optional<std::chrono::milliseconds> passivate_after;
  // So many entities of a shard at most stay in memory; none: any number.
  std::optional<std::uint32_t> active_max;
  EvictionPolicy eviction = EvictionPolicy::tinylfu;
  // Runs as its last message before an entity that passivates leaves; it answers with `stop`.
  std::optional<std::uint32_t> stop_message;
  std::chrono::milliseconds stop_timeout{10'000};  // then it leaves without having answered
  FailurePolicy failure;
  // A request id is run once in this time, as far as one lane remembers.
  RequestWindow::Options requests{60'000, 100'000, 16 * 1024 * 1024};
};

// Of the shards of one type on one lane.
struct TypeMemory {
  explicit TypeMemory(const TypePolicy& policy) : failures(policy.failure), requests(policy.requests) {}

  FailureBudget failures;
  RequestWindow requests;
};

}  // namespace shoal::lanes
