#include "host/modules/event_table.hpp"

#include <array>
#include <cstdio>
#include <iterator>

#include "host/modules/handshake.hpp"
#include "shoal/event_number.hpp"

namespace shoal::modules {

EventTable::EventTable(const shoal_entity_type& type) : type_(&type) {
  identities_.reserve(type.event_count);
  rows_.reserve(type.event_count);
  for (std::uint32_t index = 0; index < type.event_count; ++index) {
    const shoal_event_type& event = *table_element(type.events, index);
    identities_.push_back({event_number(event.name), event.version});
    rows_.push_back({key_of(identities_.back()), index});
  }
  std::ranges::sort(rows_, {}, &Row::key);
}

// Behind the last row of this number, or where it would stand.
std::vector<EventTable::Row>::const_iterator EventTable::behind(std::uint32_t number) const {
  return std::ranges::upper_bound(rows_, key_of({number, UINT32_MAX}), {}, &Row::key);
}

std::optional<std::uint32_t> EventTable::newest_version(std::uint32_t number) const {
  const auto end = behind(number);
  if (end == rows_.begin() || std::prev(end)->key >> 32 != number) return std::nullopt;
  return identities_[std::prev(end)->index].version;
}

std::string EventTable::name(const Identity& event) const {
  std::string text = "event ";
  if (newest_version(event.number)) {
    text += table_element(type_->events, std::prev(behind(event.number))->index)->name;
  } else {
    std::array<char, 16> hex{};
    std::snprintf(hex.data(), hex.size(), "0x%08x", event.number);
    text += hex.data();
  }
  return text + " version " + std::to_string(event.version);
}

}  // namespace shoal::modules
