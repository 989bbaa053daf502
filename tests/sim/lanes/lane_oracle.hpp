#pragma once
// LaneOracle: what must hold of entities, as clients, a sink and a source see them. It stands outside the
// hosts. Every entity keeps the numbers it was told, in order, and says all of them in every answer and every
// emit: so whatever was said once must be the beginning of all that is said later.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/sim/lanes/memory_topics.hpp"

namespace shoal::sim {

using Numbers = std::vector<std::uint64_t>;

class LaneOracle {
 public:
  // What it may make of a number, and where it came from.
  struct Note {
    std::string entity;  // TYPE/ID
    bool is_emitted = false;
    bool fails = false;                    // its turn does
    bool is_late = false;                  // of a record's second turn: others may have come before
    std::optional<std::uint64_t> told_by;  // the number whose turn told it to this entity
    std::optional<std::pair<MemoryTopics::PartitionKey, std::uint64_t>> record;  // of a topic, its generation
  };
  // An answer that a client waits for.
  struct Question {
    std::string entity;
    std::optional<std::uint64_t> number;  // none: it only looks
    std::size_t known = 0;                // so many numbers of the entity had been said when it was asked
  };

  // Before anybody is told the number.
  void will_note(std::uint64_t number, Note note) { notes_[number] = std::move(note); }
  Question ask(const std::string& entity, std::optional<std::uint64_t> number);
  // `may_be_old`: by a host whose clock stood still, so that a lease may have run out unseen.
  void answered(const Question& question, std::string_view text, bool may_be_old);
  void sunk(const SunkRecord& record);
  // In quiet: what every entity has at last. All must have been asked.
  void check_end(const std::map<std::string, Numbers>& last);
  void breach(const std::string& what) { breaches_.push_back(what); }

  // The topic of these is another one: whether they were taken or not is the past.
  void topic_made_anew(const MemoryTopics::PartitionKey& partition) { ++generations_[partition]; }
  std::uint64_t generation_of(const MemoryTopics::PartitionKey& partition) { return generations_[partition]; }

  const std::vector<std::string>& breaches() const { return breaches_; }
  std::uint64_t answers() const { return answers_; }
  std::uint64_t emits() const { return sunk_.size(); }
  std::size_t known(const std::string& entity) { return known_[entity].size(); }

 private:
  void said(const std::string& entity, const Numbers& numbers, const std::string& by);
  void check_sources(const std::map<std::string, Numbers>& last);

  std::map<std::uint64_t, Note> notes_;
  std::map<std::string, Numbers> known_;           // the most that was ever said
  std::map<std::string, std::string> sunk_;        // by the id of the emit
  std::map<std::uint64_t, std::string> emit_ids_;  // of the number whose turn emitted
  std::map<MemoryTopics::PartitionKey, std::uint64_t> generations_;
  std::vector<std::string> breaches_;
  std::uint64_t answers_ = 0;
};

Numbers numbers_of(std::string_view text);

}  // namespace shoal::sim
