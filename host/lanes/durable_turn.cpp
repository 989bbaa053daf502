#include "host/lanes/durable_turn.hpp"

#include <algorithm>

namespace shoal::lanes {

std::string_view DurableTurn::next_emit_id() {
  id_.assign(type_->name);
  for (const std::uint64_t number : {std::uint64_t{shard_.value}, sequence_, std::uint64_t{next_emit_++}})
    id_.append("/").append(std::to_string(number));
  return id_;
}

shoal_status DurableTurn::persist(shoal_turn& turn, std::uint32_t index, shoal_bytes event,
                                  std::size_t bytes_max) {
  if (!takes_events_ || slot_ == nullptr) return SHOAL_STATUS_UNSUPPORTED;
  const shoal_entity_type& abi = *type_->abi;
  if (index >= abi.event_count) return SHOAL_STATUS_INVALID_ARGUMENT;
  if (event.size > bytes_max - std::min(bytes_max, bytes_.size())) return SHOAL_STATUS_TOO_LARGE;
  events_.push_back({index, bytes_.size(), event.size});
  bytes_.insert(bytes_.end(), event.data, event.data + event.size);
  const shoal_phase phase = turn.phase;
  turn.phase = SHOAL_PHASE_APPLY;
  const shoal_status status = abi.apply(type_->state, slot_, index, abi.events[index].version, event);
  turn.phase = phase;
  if (status == SHOAL_STATUS_OK) return status;
  has_failed_ = true;
  bytes_.resize(events_.back().at);
  events_.pop_back();
  return SHOAL_STATUS_FAILED;
}

}  // namespace shoal::lanes
