#include "tests/sim/journal/kafka_memory.hpp"

#include <algorithm>
#include <utility>

namespace shoal::sim {

using namespace journal;

std::int64_t MemoryKafka::append(std::uint32_t partition, std::string message) {
  partitions_[partition].messages.push_back(std::move(message));
  return end(partition) - 1;
}

void MemoryKafka::delete_before(std::uint32_t partition, std::int64_t offset) {
  Partition& of = partitions_[partition];
  of.low = std::max(of.low, std::min(offset, end(partition)));
}

bool MemoryClient::produce(KafkaPlace place, KafkaTicket ticket, std::string_view message) {
  std::deque<Sent>& sent = under_way_[place.value];
  if (sent.size() >= under_way_max) return false;
  sent.push_back({ticket, std::string(message)});
  return true;
}

bool MemoryClient::land(std::uint32_t partition, Landing landing) {
  std::deque<Sent>& sent = under_way_[partition];
  if (sent.empty()) return false;
  Sent message = std::move(sent.front());
  sent.pop_front();
  KafkaWritten outcome{KafkaPlace(partition), message.ticket, message.message.size(), false, {}, "planned"};
  switch (landing) {
    case Landing::acknowledged:
    case Landing::acknowledged_without_offset:
    case Landing::written_and_failed: {
      const Offset offset(kafka_.append(partition, std::move(message.message)));
      outcome.is_acknowledged = landing != Landing::written_and_failed;
      if (landing == Landing::acknowledged) outcome.offset = offset;
      break;
    }
    case Landing::failed_and_stray:
      kafka_.strays.push_back({partition, std::move(message.message)});
      break;
    case Landing::failed:
      break;
  }
  written_.push_back(outcome);
  return true;
}

void MemoryClient::leave() {
  for (auto& [partition, sent] : under_way_) {
    for (Sent& message : sent) kafka_.strays.push_back({partition, std::move(message.message)});
  }
}

void MemoryClient::fetch(KafkaPlace place, std::optional<Offset> from) {
  const std::int64_t low = kafka_.low(place.value);
  const std::int64_t wanted = from ? from->value : low;
  const bool is_there = wanted >= low && wanted <= kafka_.end(place.value);
  fetches_[place.value] = {is_there ? wanted : low};
}

bool MemoryClient::fetch_some(std::uint32_t partition, KafkaEvents& events) {
  bool came = false;
  for (std::uint64_t left = 1 + chance_.below(4); left > 0; --left) {
    const auto at = fetches_.find(partition);
    if (at == fetches_.end() || at->second.is_held) return came;
    Fetch& fetch = at->second;
    fetch.next = std::max(fetch.next, kafka_.low(partition));
    const bool is_at_end = fetch.next == kafka_.end(partition);
    if (is_at_end ? !fetch.is_end_said : has_early_ends_ && chance_.once_in(40)) {
      fetch.is_end_said = true;
      events.fetched_all(KafkaPlace(partition));
      return true;
    }
    if (is_at_end) return came;
    const std::int64_t offset = fetch.next++;
    fetch.is_end_said = false;
    const std::string message = kafka_.at(partition, offset);
    events.fetched(KafkaPlace(partition), Offset(offset), message);
    came = true;
  }
  return came;
}

bool MemoryClient::poll(KafkaEvents& events) {
  bool came = !said_.empty();
  for (const Said& said : std::exchange(said_, {})) said(events);
  while (!written_.empty() && !chance_.once_in(4)) {
    const KafkaWritten outcome = written_.front();
    written_.pop_front();
    events.written(outcome);
    came = true;
  }
  std::vector<std::uint32_t> fetched;
  for (const auto& [partition, fetch] : fetches_) fetched.push_back(partition);
  for (const std::uint32_t partition : fetched) came = fetch_some(partition, events) || came;
  return came;
}

}  // namespace shoal::sim
