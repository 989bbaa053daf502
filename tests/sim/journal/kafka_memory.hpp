#pragma once
// MemoryKafka: one topic's partitions in memory, and the clients of processes that write to them and read
// them. Nothing happens by itself: a message lands, an acknowledgement comes, a fetch goes on when the world
// says so.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "journal/kafka_topic.hpp"
#include "tests/sim/journal/chance.hpp"

namespace shoal::sim {

class MemoryKafka {
 public:
  explicit MemoryKafka(std::uint32_t partitions) : partitions_(partitions) {}

  std::int64_t append(std::uint32_t partition, std::string message);
  void delete_before(std::uint32_t partition, std::int64_t offset);
  void make_anew(std::uint32_t partition) { partitions_[partition] = {}; }
  std::int64_t low(std::uint32_t partition) const { return partitions_[partition].low; }
  std::int64_t end(std::uint32_t partition) const {
    return static_cast<std::int64_t>(partitions_[partition].messages.size());
  }
  const std::string& at(std::uint32_t partition, std::int64_t offset) const {
    return partitions_[partition].messages[static_cast<std::size_t>(offset)];
  }

  // Written by somebody who has been told that it failed, or who is gone: it may land at any time, or never.
  struct Stray {
    std::uint32_t partition;
    std::string message;
  };
  std::vector<Stray> strays;

 private:
  struct Partition {
    std::vector<std::string> messages;
    std::int64_t low = 0;
  };
  std::vector<Partition> partitions_;
};

// What becomes of a message.
enum class Landing : std::uint8_t {
  acknowledged,
  acknowledged_without_offset,
  written_and_failed,  // its acknowledgement is lost
  failed,
  failed_and_stray,
};

// The client of one process. Places are partitions.
class MemoryClient final : public journal::KafkaTopics {
 public:
  MemoryClient(MemoryKafka& kafka, Chance& chance, bool has_early_ends)
      : kafka_(kafka), chance_(chance), has_early_ends_(has_early_ends) {}

  journal::KafkaPlace open(const std::string&, ShardId shard) override {
    return journal::KafkaPlace(shard.value);
  }
  bool produce(journal::KafkaPlace place, journal::KafkaTicket ticket, std::string_view message) override;
  void fetch(journal::KafkaPlace place, std::optional<Offset> from) override;
  void stop(journal::KafkaPlace place) override { fetches_.erase(place.value); }
  void hold(journal::KafkaPlace place) override { fetches_.at(place.value).is_held = true; }
  void go_on(journal::KafkaPlace place) override { fetches_.at(place.value).is_held = false; }
  void delete_before(journal::KafkaPlace place, Offset offset) override {
    kafka_.delete_before(place.value, offset.value);
  }
  bool poll(journal::KafkaEvents& events) override;

  // The next message of a partition that is under way; false: there is none.
  bool land(std::uint32_t partition, Landing landing);
  // Told with the next poll: what a client says by itself.
  using Said = std::function<void(journal::KafkaEvents&)>;
  void say(Said said) { said_.push_back(std::move(said)); }
  // The process is gone: what is under way may land nevertheless.
  void leave();

 private:
  static constexpr std::size_t under_way_max = 6;

  struct Sent {
    journal::KafkaTicket ticket;
    std::string message;
  };
  struct Fetch {
    std::int64_t next;
    bool is_held = false;
    bool is_end_said = false;
  };

  bool fetch_some(std::uint32_t partition, journal::KafkaEvents& events);

  MemoryKafka& kafka_;
  Chance& chance_;
  bool has_early_ends_;
  std::map<std::uint32_t, std::deque<Sent>> under_way_;
  std::deque<journal::KafkaWritten> written_;
  std::map<std::uint32_t, Fetch> fetches_;
  std::vector<Said> said_;
};

}  // namespace shoal::sim
