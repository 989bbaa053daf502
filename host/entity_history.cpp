#include "host/entity_history.hpp"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "host/cluster_settings.hpp"
#include "host/journal_text.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::host {

namespace {

using Found = journal::EntityRecords::Found;

// A page of an entity's history, until somebody writes it down.
struct Page {
  std::string id;
  TopicNames topics;
  Found found;
};

TopicNames topics_of(const config::Config& config) {
  TopicNames topics;
  for (const config::Source& source : config.sources) {
    for (const std::string& topic : source.topics) topics[journal::type_number(topic).value] = topic;
  }
  return topics;
}

std::vector<std::string> texts_of(const Page& page) {
  std::vector<std::string> texts;
  journal::RecordDecoder decoder;
  for (const std::string& bytes : page.found.records) {
    const auto record = decoder.decode(bytes);
    SHOAL_ASSERT(record.has_value());  // it was read before
    texts.push_back(line_of(json_of_history(record.value(), page.id, page.topics)));
  }
  return texts;
}

}  // namespace

void read_history(const config::Config& config, LaneGroup& lanes, const OpenType& type, ShardId shard,
                  std::string id, const management::HistoryQuery& query,
                  const management::Callback<management::EntityHistory>& done) {
  const std::string& name = type.type->name;
  if (durability_of(config, name) == "none") {
    return done(error(
        ErrorCode::refused,
        "nothing of type " + name + " is kept: its durability is none, set types." + name + ".durability"));
  }
  journal::EntityRecords::Wanted wanted{id, journal::Sequence(query.from), query.limit, history_bytes_max};
  auto page = std::make_shared<Page>(Page{std::move(id), topics_of(config), {}});
  const bool wants_all = query.from <= 1;
  auto take = [page, wants_all, name, done](Result<Found> found) {
    if (!found) return done(found.error());
    page->found = std::move(found).value();
    if (wants_all && page->found.records.empty()) {
      return done(error(ErrorCode::not_found, "the log says nothing of such an entity of type " + name));
    }
    management::EntityHistory history;
    history.records = [page] { return texts_of(*page); };
    if (page->found.next) history.next = page->found.next->value;
    done(std::move(history));
  };
  lanes.lane(lanes.lane_of(shard))
      .put([number = type.index, shard, wanted = std::move(wanted),
            take = std::move(take)](lanes::Lane& lane) { lane.read_history(number, shard, wanted, take); });
}

}  // namespace shoal::host
