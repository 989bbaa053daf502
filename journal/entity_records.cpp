#include "journal/entity_records.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace shoal::journal {
namespace {

bool is_of(const Effects& effects, std::string_view entity) {
  return std::any_of(effects.reminders.begin(), effects.reminders.end(),
                     [&](const Reminder& reminder) { return reminder.entity == entity; });
}

bool has(std::span<const std::string_view> entities, std::string_view entity) {
  return std::find(entities.begin(), entities.end(), entity) != entities.end();
}

struct SaysOf {
  std::string_view entity;

  bool operator()(const Turn& turn) const { return turn.entity == entity; }
  bool operator()(const States& states) const {
    return is_of(states.effects, entity) ||
           std::any_of(states.entities.begin(), states.entities.end(),
                       [&](const StoredState& state) { return state.entity == entity; });
  }
  bool operator()(const Snapshot& snapshot) const { return snapshot.state.entity == entity; }
  bool operator()(const EntitiesStarted& started) const { return has(started.entities, entity); }
  bool operator()(const EntitiesStopped& stopped) const { return has(stopped.entities, entity); }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

}  // namespace

bool says_of(const Record& record, std::string_view entity) {
  return std::visit(SaysOf{entity}, record.body);
}

// A record that does not have the id's bytes need not be read.
void EntityRecords::record(LogShard, std::string_view bytes) {
  if (failed_ || found_.next || bytes.find(wanted_.entity) == std::string_view::npos) return;
  const auto record = decoder_.decode(bytes);
  if (!record) {
    failed_ = record.error();
    return;
  }
  const Sequence sequence = record.value().header.sequence;
  if (sequence < wanted_.from || !says_of(record.value(), wanted_.entity)) return;
  const bool is_full =
      found_.records.size() >= wanted_.records_max || bytes_ + bytes.size() > wanted_.bytes_max;
  if (is_full && !found_.records.empty()) {
    found_.next = sequence;
    return;
  }
  bytes_ += bytes.size();
  found_.records.emplace_back(bytes);
}

Result<EntityRecords::Found> EntityRecords::take() {
  if (failed_) return *failed_;
  return std::move(found_);
}

}  // namespace shoal::journal
