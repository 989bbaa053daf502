#include "host/lanes/ask_table.hpp"

#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::lanes {

ReplyAddress AskTable::open(Ask ask) {
  SHOAL_ASSERT(room() > 0);
  std::uint32_t slot = 0;
  if (!free_.empty()) {
    slot = free_.back();
    free_.pop_back();
  } else {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  }
  slots_[slot].number = ++last_number_;
  slots_[slot].ask = std::move(ask);
  return {lane_, slot, last_number_};
}

Ask* AskTable::find(const ReplyAddress& address) {
  if (address.lane != lane_ || address.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[address.slot];
  return slot.number == address.number && slot.number != 0 ? &slot.ask : nullptr;
}

std::optional<Ask> AskTable::close(const ReplyAddress& address) {
  Ask* ask = find(address);
  if (ask == nullptr) return std::nullopt;
  slots_[address.slot].number = 0;
  free_.push_back(address.slot);
  return std::move(*ask);
}

ReplyAddress AskTable::in_slot(std::uint32_t slot) const {
  if (slot >= slots_.size() || slots_[slot].number == 0) return {};
  return {lane_, slot, slots_[slot].number};
}

std::vector<Ask> AskTable::close_all() {
  std::vector<Ask> all;
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    if (auto ask = close(in_slot(slot))) all.push_back(std::move(*ask));
  }
  return all;
}

}  // namespace shoal::lanes
