// Goal: an event of a log is found by the number of its name and its version, wherever it stands. Method:
// tables made by hand, in every order.

#include "host/modules/event_table.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "journal/crc32c.hpp"
#include "shoal/event_number.hpp"

namespace shoal::modules {
namespace {

using testing::Optional;

static_assert(event_number("123456789") == 0xe3069283);

class EventTableTest : public testing::Test {
 protected:
  struct Event {
    const char* name;
    std::uint32_t version;
  };

  EventTable make(const std::vector<Event>& events) {
    elements_.clear();
    for (const Event& event : events)
      elements_.push_back({sizeof(shoal_event_type), event.version, event.name, SHOAL_CODEC_JSON, 0});
    type_.events = elements_.empty() ? nullptr : elements_.data();
    type_.event_count = static_cast<std::uint32_t>(elements_.size());
    return EventTable(type_);
  }

 private:
  std::vector<shoal_event_type> elements_;
  shoal_entity_type type_{};
};

TEST_F(EventTableTest, ANumberIsWhatTheJournalNamesTypesBy) {
  for (const std::string_view name :
       {"a", "added", "free_carrier_name_given", "an.event-with_all.of-it0123456789"})
    EXPECT_EQ(event_number(name), journal::crc32c(name));
}

TEST_F(EventTableTest, EachEventIsFoundInAnyOrder) {
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back("event" + std::to_string(i));
  std::vector<std::size_t> order{0, 1, 2, 3, 4};
  do {
    std::vector<Event> events;
    for (const std::size_t at : order)
      events.push_back({names[at].c_str(), 1 + static_cast<std::uint32_t>(at)});
    const EventTable table = make(events);
    for (std::uint32_t index = 0; index < order.size(); ++index) {
      EXPECT_EQ(table[index].number, event_number(events[index].name));
      EXPECT_EQ(table[index].version, events[index].version);
      EXPECT_THAT(table.find(table[index]), Optional(index));
    }
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(EventTableTest, AnOlderVersionIsTakenByTheNextNewerOne) {
  const EventTable table = make({{"moved", 7}, {"added", 3}, {"moved", 4}});
  const auto moved = [&](std::uint32_t version) { return table.find({event_number("moved"), version}); };
  EXPECT_THAT(moved(0), Optional(2U));
  EXPECT_THAT(moved(4), Optional(2U));
  EXPECT_THAT(moved(5), Optional(0U));
  EXPECT_THAT(moved(7), Optional(0U));
  EXPECT_EQ(moved(8), std::nullopt);
  EXPECT_EQ(moved(UINT32_MAX), std::nullopt);
  EXPECT_EQ(table.find({event_number("added"), 4}), std::nullopt);
  EXPECT_THAT(table.newest_version(event_number("moved")), Optional(7U));
  EXPECT_THAT(table.newest_version(event_number("added")), Optional(3U));
}

TEST_F(EventTableTest, WhatIsNotThereIsNotFound) {
  const EventTable table = make({{"moved", 1}, {"added", UINT32_MAX}});
  for (const std::uint32_t number : {0U, event_number("move"), event_number("added") + 1, UINT32_MAX}) {
    EXPECT_EQ(table.find({number, 0}), std::nullopt);
    EXPECT_EQ(table.newest_version(number), std::nullopt);
  }
  const EventTable none = make({});
  EXPECT_EQ(none.find({event_number("moved"), 1}), std::nullopt);
  EXPECT_EQ(none.newest_version(event_number("moved")), std::nullopt);
}

TEST_F(EventTableTest, AnEventIsNamedForPeople) {
  const EventTable table = make({{"moved", 1}});
  EXPECT_EQ(table.name({event_number("moved"), 9}), "event moved version 9");
  EXPECT_EQ(table.name({0xab, 2}), "event 0x000000ab version 2");
}

}  // namespace
}  // namespace shoal::modules
