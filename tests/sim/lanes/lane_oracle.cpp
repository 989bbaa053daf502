#include "tests/sim/lanes/lane_oracle.hpp"

#include <algorithm>
#include <charconv>

namespace shoal::sim {

namespace {

std::string words_of(const Numbers& numbers) {
  std::string text;
  for (const std::uint64_t number : numbers) text += std::to_string(number) + " ";
  return text;
}

bool has(const Numbers& numbers, std::uint64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

Numbers numbers_of(std::string_view text) {
  Numbers numbers;
  while (!text.empty()) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) break;
    numbers.push_back(number);
    text.remove_prefix(std::min<std::size_t>(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  }
  return numbers;
}

LaneOracle::Question LaneOracle::ask(const std::string& entity, std::optional<std::uint64_t> number) {
  return {entity, number, known_[entity].size()};
}

void LaneOracle::said(const std::string& entity, const Numbers& numbers, const std::string& by) {
  Numbers& known = known_[entity];
  const std::size_t both = std::min(known.size(), numbers.size());
  if (!std::equal(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(both), numbers.begin())) {
    return breach(by + " says of " + entity + ": " + words_of(numbers) + "; said before was " +
                  words_of(known));
  }
  for (std::size_t i = known.size(); i < numbers.size(); ++i) {
    const auto note = notes_.find(numbers[i]);
    if (note == notes_.end() || note->second.entity != entity || note->second.fails)
      return breach(by + " says of " + entity + " what it cannot have: " + std::to_string(numbers[i]));
    if (has(known, numbers[i]))
      return breach(by + " says of " + entity + " twice: " + std::to_string(numbers[i]));
    known.push_back(numbers[i]);
  }
}

void LaneOracle::answered(const Question& question, std::string_view text, bool may_be_old) {
  ++answers_;
  const Numbers numbers = numbers_of(text);
  said(question.entity, numbers, "an answer");
  const bool only_looked = !question.number.has_value();
  if (numbers.size() < question.known && !(only_looked && may_be_old)) {
    breach("an answer of " + question.entity + " is older than one that was given before it was asked: " +
           words_of(numbers) + "instead of " + words_of(known_[question.entity]));
  }
  if (question.number && !has(numbers, *question.number))
    breach("an answer of " + question.entity + " does not have " + std::to_string(*question.number));
}

void LaneOracle::sunk(const SunkRecord& record) {
  const auto [at, is_new] = sunk_.try_emplace(record.id, record.value);
  if (!is_new) {
    if (at->second != record.value)
      breach("emit " + record.id + " is '" + at->second + "' and '" + record.value + "'");
    return;
  }
  const std::size_t space = record.value.find(' ');
  const std::string entity = record.value.substr(0, space);
  const Numbers numbers = numbers_of(std::string_view(record.value).substr(space + 1));
  said(entity, numbers, "emit " + record.id);
  if (numbers.empty()) return breach("emit " + record.id + " says nothing");
  const auto [id, is_first] = emit_ids_.try_emplace(numbers.back(), record.id);
  if (!is_first)
    breach("what " + std::to_string(numbers.back()) + " emits has ids " + id->second + " and " + record.id);
}

void LaneOracle::check_end(const std::map<std::string, Numbers>& last) {
  for (const auto& [entity, numbers] : last) {
    for (const std::uint64_t number : numbers) {
      const Note& note = notes_[number];
      if (note.is_emitted && !emit_ids_.contains(number))
        breach("what " + std::to_string(number) + " emits, which " + entity + " has, never came");
      if (!note.told_by) continue;
      if (!has(last.at(notes_[*note.told_by].entity), *note.told_by))
        breach(entity + " has " + std::to_string(number) + ", which nobody told it");
    }
  }
  check_sources(last);
}

// Each record that is still to be had exactly once, those of an entity in their order.
void LaneOracle::check_sources(const std::map<std::string, Numbers>& last) {
  std::map<std::pair<MemoryTopics::PartitionKey, std::uint64_t>, std::pair<bool, bool>> taken;
  for (const auto& [number, note] : notes_) {
    if (!note.record) continue;
    auto& [some, all] = taken.try_emplace(*note.record, false, true).first->second;
    const bool is_taken = has(last.at(note.entity), number);
    some = some || is_taken;
    all = all && is_taken;
    const bool is_of_first = note.record->second == 0;
    if (!is_taken && is_of_first && generations_[note.record->first] == 0)
      breach("record " + std::to_string(number) + " of topic " + note.record->first.first + " is skipped");
  }
  for (const auto& [record, found] : taken) {
    const auto& [some, all] = found;
    const bool is_newest = record.second == generations_[record.first];  // the others' records are gone
    if (record.second > 0 && is_newest && some && !all)
      breach("topic " + record.first.first + " was made anew, and taken for the one before");
  }
  for (const auto& [entity, numbers] : last) {
    std::uint64_t before = 0;
    for (const std::uint64_t number : numbers) {
      if (!notes_[number].record || notes_[number].is_late) continue;
      if (number < before) breach(entity + " has records in another order");
      before = number;
    }
  }
}

}  // namespace shoal::sim
