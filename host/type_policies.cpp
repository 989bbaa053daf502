#include "host/type_policies.hpp"

#include <algorithm>

#include "host/config/duration.hpp"

namespace shoal::host {

namespace {

lanes::OnFailure on_failure(const std::string& text) {
  if (text == "restart") return lanes::OnFailure::restart;
  return text == "park" ? lanes::OnFailure::park : lanes::OnFailure::stop;
}

lanes::Durability durability(const std::string& text) {
  if (text == "state") return lanes::Durability::state;
  return text == "events" ? lanes::Durability::events : lanes::Durability::none;
}

// Whether the type can do what its durability asks of it.
Result<void> check_durable(lanes::Durability wanted, const modules::EntityType& type) {
  if (wanted == lanes::Durability::none) return success();
  const std::string key = "types." + type.name + ".durability";
  if (type.abi->execution == SHOAL_EXECUTION_BLOCKING) {
    return error(ErrorCode::bad_config, key + " must be \"none\": turns of this type may block");
  }
  if (type.abi->save == nullptr || type.abi->load == nullptr) {
    return error(ErrorCode::bad_config,
                 key + " must be \"none\": the type cannot save and load its state (in C++: SHOAL_FIELDS)");
  }
  if (wanted == lanes::Durability::events && type.abi->event_count == 0) {
    return error(ErrorCode::bad_config,
                 key + " must be \"none\" or \"state\": the type has no events (in C++: .event<…>)");
  }
  return success();
}

Result<lanes::TypePolicy> read_policy(const config::EntityType& from, const modules::EntityType& type) {
  const std::string prefix = "types." + type.name + ".";
  lanes::TypePolicy policy;
  policy.durability = durability(from.durability);
  SHOAL_TRYV(check_durable(policy.durability, type));
  if (from.remember_entities) policy.remembered_starts_a_second = from.remembered_start_rate;
  if (from.passivate_after != "never") {
    SHOAL_TRY(idle, config::read_duration(from.passivate_after));
    policy.passivate_after = idle;
  }
  policy.is_shed = from.on_memory_pressure == "passivate";
  policy.eviction = from.eviction == "lru" ? lanes::EvictionPolicy::lru : lanes::EvictionPolicy::tinylfu;
  if (!from.stop_message.empty()) {
    policy.stop_message = type.find_message(from.stop_message);
    if (!policy.stop_message) {
      return error(ErrorCode::bad_config,
                   prefix + "stop_message is '" + from.stop_message +
                       "', but the type has no such message: see `shoal module check`");
    }
  }
  policy.stop_timeout = std::chrono::milliseconds(from.stop_timeout_ms);
  if (from.backoff_min_ms > from.backoff_max_ms) {
    return error(ErrorCode::bad_config,
                 prefix + "backoff_min_ms is greater than backoff_max_ms: raise the second");
  }
  policy.failure.on_failure = on_failure(from.on_failure);
  policy.failure.backoff_min_ms = from.backoff_min_ms;
  policy.failure.backoff_max_ms = from.backoff_max_ms;
  policy.failure.failures_max = from.failures_max;
  policy.failure.failure_window_ms = from.failure_window_ms;
  policy.requests.window_ms = from.request_window_ms;
  policy.blocking_threads = from.blocking_threads;
  policy.blocking_warning = std::chrono::milliseconds(from.blocking_warning_ms);
  return policy;
}

}  // namespace

Result<lanes::TypePolicy> type_policy(const config::Config& config, const modules::EntityType& type) {
  for (const config::EntityType& configured : config.types) {
    if (configured.name == type.name) return read_policy(configured, type);
  }
  return lanes::TypePolicy{};
}

}  // namespace shoal::host
