#include "host/config/source_consistency.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "host/config/topic_pattern.hpp"

namespace shoal::config {
namespace {

// Collects what is wrong with one source.
class Checker {
 public:
  Checker(const Source& source, Origin place, std::vector<Problem>& problems)
      : source_(source), place_(std::move(place)), problems_(problems) {}

  void check() {
    check_topics();
    check_offsets();
    check_start_offsets();
    if (has_twice(source_.partitions)) report("names a partition twice");
  }

 private:
  void report(const std::string& text) {
    problems_.push_back({place_, "source '" + source_.name + "' " + text});
  }

  template <class T>
  static bool has_twice(const std::vector<T>& all) {
    return std::set<T>(all.begin(), all.end()).size() != all.size();
  }

  void check_topics() {
    if (source_.topics.empty()) report("needs at least one topic");
    if (has_twice(source_.topics)) report("names a topic twice");
    if (source_.dead_letter_topic && std::ranges::count(source_.topics, *source_.dead_letter_topic) > 0) {
      report("would read its own dead letters: name a dead_letter_topic that is not among its topics");
    }
    if (!source_.dead_letter_topic && std::ranges::any_of(source_.topics, is_topic_pattern)) {
      report(
          "reads topics by a pattern: name one dead_letter_topic for all of them, or \"\" to count and log "
          "only");
    }
  }

  void check_offsets() {
    if (source_.offsets == OffsetKeeper::group || source_.start != Start::committed) return;
    const std::string keeper = source_.offsets == OffsetKeeper::none
                                   ? "\"none\", so that nothing is committed"
                                   : "\"module:" + source_.offsets_module + "\", so that the module says";
    report("has offsets = " + keeper +
           ": set start to \"earliest\", \"latest\" or a time, or offsets to \"group\"");
  }

  void check_start_offsets() {
    if (source_.offsets == OffsetKeeper::module && !source_.start_offsets.empty()) {
      report("has start_offsets, but module '" + source_.offsets_module +
             "' says where to start: remove one of both");
    }
    const bool any_topic = std::ranges::any_of(source_.topics, is_topic_pattern);
    std::set<std::pair<std::string, std::uint32_t>> seen;
    for (const StartOffset& start : source_.start_offsets) {
      const std::string name = start.topic + "/" + std::to_string(start.partition);
      if (!seen.emplace(start.topic, start.partition).second) report("has two start_offsets for " + name);
      if (!any_topic && std::ranges::count(source_.topics, start.topic) == 0) {
        report("has a start offset for " + name + ", but does not read that topic: add it to its topics");
      }
      if (!source_.partitions.empty() && std::ranges::count(source_.partitions, start.partition) == 0) {
        report("has a start offset for " + name +
               ", but does not read that partition: add it to its partitions");
      }
    }
  }

  const Source& source_;
  Origin place_;
  std::vector<Problem>& problems_;
};

// A pattern that another pattern may match as well is found when topics are there.
bool share_a_topic(const std::string& one, const std::string& other) {
  if (one == other) return true;
  if (is_topic_pattern(one) == is_topic_pattern(other)) return false;
  return is_topic_pattern(one) ? TopicPattern(one).matches(other) : TopicPattern(other).matches(one);
}

// Two sources of one group would overwrite each other's offsets.
void check_group(const Source& source, const Source& earlier, const Origin& place,
                 std::vector<Problem>& problems) {
  if (source.offsets != OffsetKeeper::group || earlier.offsets != OffsetKeeper::group) return;
  if (source.group != earlier.group || !share_a_partition(source, earlier)) return;
  for (const std::string& topic : source.topics) {
    if (std::ranges::none_of(earlier.topics,
                             [&topic](const std::string& other) { return share_a_topic(topic, other); })) {
      continue;
    }
    problems.push_back({place, "source '" + source.name + "' reads topic '" + topic + "' as group '" +
                                   source.group + "', as source '" + earlier.name +
                                   "' does: give it a group of its own"});
  }
}

}  // namespace

bool share_a_partition(const Source& one, const Source& other) {
  if (one.partitions.empty() || other.partitions.empty()) return true;
  return std::ranges::find_first_of(one.partitions, other.partitions) != one.partitions.end();
}

void check_sources(const std::vector<Source>& sources, const Places& places, std::vector<Problem>& problems) {
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Origin place = place_of(places, "sources", i);
    Checker(sources[i], place, problems).check();
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      check_group(sources[i], sources[earlier], place, problems);
    }
  }
}

}  // namespace shoal::config
