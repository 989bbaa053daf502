#pragma once
// EventTable: which element of a type's table of events an event of a log is of. A log names an event by the
// number of its name (shoal/event_number.hpp) and a version, so that a module may have its events in any
// order.
//
// Made once with its type; any thread reads it.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/abi/entity.h"

namespace shoal::modules {

class EventTable {
 public:
  struct Identity {
    std::uint32_t number;
    std::uint32_t version;
  };

  // Requires: the type has been checked; it outlives the table.
  explicit EventTable(const shoal_entity_type& type);

  // Of element `index`. Requires: there is one.
  const Identity& operator[](std::uint32_t index) const { return identities_[index]; }

  // The element that takes such an event: of its name, the one of the lowest version which is not older. None
  // where the type has none of that name, or only older ones.
  std::optional<std::uint32_t> find(const Identity& event) const {
    const auto row = std::ranges::lower_bound(rows_, key_of(event), {}, &Row::key);
    if (row == rows_.end() || row->key >> 32 != event.number) return std::nullopt;
    return row->index;
  }

  // For people: "event NAME version V", of a number that no event has "event 0x1234abcd version V".
  std::string name(const Identity& event) const;
  // The highest version of an event of this number; none where there is no such event.
  std::optional<std::uint32_t> newest_version(std::uint32_t number) const;

 private:
  struct Row {
    std::uint64_t key;
    std::uint32_t index;
  };
  static std::uint64_t key_of(const Identity& event) {
    return std::uint64_t{event.number} << 32 | event.version;
  }
  std::vector<Row>::const_iterator behind(std::uint32_t number) const;

  const shoal_entity_type* type_;
  std::vector<Identity> identities_;  // by index
  std::vector<Row> rows_;             // by key
};

}  // namespace shoal::modules
