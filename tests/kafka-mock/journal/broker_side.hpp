#pragma once
// BrokerSide: a host's Kafka log with its lane, for tests against brokers: it polls when it is woken, and
// keeps all that it hears.

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "journal/kafka_client.hpp"
#include "journal/kafka_log.hpp"
#include "journal/record_codec.hpp"

namespace shoal::journal {

inline constexpr std::uint32_t broker_side_lease_ms = 2'000;

// A log with its lane.
class BrokerSide final : public LogListener {
 public:
  BrokerSide(KafkaClientOptions client_options, std::string type, const JournalId& journal,
             std::size_t record_bytes_max = 4 * 1024)
      : type_(std::move(type)) {
    auto client = KafkaClient::create(std::move(client_options), [this] { wake(); });
    EXPECT_TRUE(client) << client.error().message;
    KafkaLogOptions options;
    options.owner = OwnerId(random_());
    options.random = [this] { return random_(); };
    options.journal_of = [journal](const std::string&) { return std::optional<JournalId>(journal); };
    options.record_bytes_max = record_bytes_max;
    options.chunk_bytes = 64 * 1024;
    options.wake = [this] { wake(); };
    log = std::make_unique<KafkaLog>(std::move(client).value(), std::move(options));
  }

  void claimed(const Claimed& outcome) override { claims.push_back(outcome); }
  void claim_refused(const ClaimRefused& outcome) override { refusals.push_back(outcome); }
  void counted(const Counted& outcome) override { through[outcome.shard] = outcome.through; }
  void failed(const Failed& outcome) override { failures.push_back(outcome); }
  void read_chunk(const ReadChunk& chunk) override {
    std::string_view rest = chunk.bytes;
    while (const auto record = take_record(rest)) {
      sequences[chunk.shard].push_back(header_of(*record)->sequence.value);
    }
    log->give_back(chunk);
  }
  void read_end(const ReadEnd& outcome) override { ends.push_back(outcome); }
  void shard_closed(LogShard shard) override { closed.push_back(shard); }
  void disk_full(const std::string& message) override { full.push_back(message); }
  void disk_has_room() override { ++room; }

  template <class Condition>
  void wait_for(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      while (log->poll(*this)) {
      }
      if (condition()) return;
      std::unique_lock lock(mutex_);
      ASSERT_TRUE(woken_.wait_until(lock, until, [this] { return is_woken_; })) << "nothing comes of it";
      is_woken_ = false;
    }
  }
  LogShard shard(std::uint32_t number) const { return {type_number(type_), ShardId(number)}; }
  void claim(std::uint32_t number, std::optional<Decision> decision = std::nullopt) {
    const std::size_t before = claims.size() + refusals.size();
    log->claim({type_, ShardId(number), decision, broker_side_lease_ms});
    wait_for([&] { return claims.size() + refusals.size() > before; });
  }
  Sequence append(std::uint32_t number, std::size_t bytes = 100) {
    const std::string text(bytes, 'x');
    const std::array events{Event{0, 1, text}};
    Turn turn;
    turn.entity = "e";
    turn.events = events;
    return log->append(shard(number), turn);
  }
  void append_and_wait(std::uint32_t number, std::uint64_t times) {
    Sequence wanted;
    for (std::uint64_t i = 0; i < times; ++i) {
      wanted = append(number);
      log->commit();
    }
    wait_for([&] { return through[shard(number)] >= wanted || !failures.empty(); });
  }
  void read(std::uint32_t number) {
    const std::size_t before = ends.size();
    log->read(shard(number), Sequence(1));
    wait_for([&] { return ends.size() > before || !failures.empty(); });
  }

  std::unique_ptr<KafkaLog> log;
  std::vector<Claimed> claims;
  std::vector<ClaimRefused> refusals;
  std::map<LogShard, Sequence> through;
  std::vector<Failed> failures;
  std::map<LogShard, std::vector<std::uint64_t>> sequences;
  std::vector<ReadEnd> ends;
  std::vector<LogShard> closed;
  std::vector<std::string> full;
  int room = 0;

 private:
  void wake() {
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
    woken_.notify_one();
  }

  std::string type_;
  std::random_device device_;
  std::mt19937_64 random_{device_()};
  std::mutex mutex_;
  std::condition_variable woken_;
  bool is_woken_ = false;
};

}  // namespace shoal::journal
