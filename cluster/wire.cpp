#include "cluster/wire.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "cluster/wire_fields.hpp"

namespace shoal::cluster {

namespace {

constexpr std::int64_t kMillisecondsPerSecond = 1'000;
constexpr std::uint8_t kAccepted = 1;
constexpr std::uint8_t kViewAgreed = 2;
constexpr std::uint8_t kFlags = kAccepted | kViewAgreed;

// The smallest of each, by which a count is checked before anything is made for it.
constexpr std::size_t kRecordBytesMin = 8 + 8 + 4 + 4 + 4 + 1 + 1 + 2 * wire_text_bytes_min + 2;

// Seconds, rounded down; the longest there is for more.
std::uint32_t age_s(const Record& record) {
  const std::int64_t seconds = record.removed_age_ms / kMillisecondsPerSecond;
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, UINT32_MAX));
}

template <class Sink>
void put_record(Sink& sink, const Record& record) {
  const Profile& profile = *record.member.profile;
  const Health& health = record.member.health;
  sink.put(profile.uid.value);
  sink.put(record.member.up_number);
  sink.put(health.refutation);
  sink.put(health.unreachable_through);
  sink.put(age_s(record));
  sink.put(static_cast<std::uint8_t>(record.member.state));
  sink.put(static_cast<std::uint8_t>(health.accusers.size()));
  for (const Uid accuser : health.accusers) sink.put(accuser.value);
  put_text(sink, profile.name);
  put_text(sink, profile.address);
  put_count(sink, profile.roles.size());
  for (const std::string& role : profile.roles) put_text(sink, role);
}

template <class Sink>
void put_metrics(Sink& sink, const NodeMetrics& metrics) {
  sink.put(metrics.uid.value);
  sink.put(metrics.sequence);
  sink.put(metrics.cpu_permille);
  sink.put(metrics.lanes_permille);
  sink.put(metrics.memory_mib);
  sink.put(metrics.shards);
  sink.put(metrics.lag);
}

template <class Sink>
void put_numbers(Sink& sink, const std::vector<std::uint64_t>& numbers) {
  put_count(sink, numbers.size());
  for (const std::uint64_t number : numbers) sink.put(number);
}

template <class Sink>
void put_message(Sink& sink, const Message& message) {
  sink.put(wire_version);
  sink.put(static_cast<std::uint8_t>(message.kind));
  sink.put(static_cast<std::uint8_t>((message.accepted ? kAccepted : 0) |
                                     (message.is_view_agreed ? kViewAgreed : 0)));
  sink.put(message.from.value);
  sink.put(message.to.value);
  sink.put(message.content);
  sink.put(message.view);
  sink.put(message.sequence);
  sink.put(message.subject.value);
  sink.put(message.wanted);
  put_numbers(sink, message.acknowledged.words());
  put_numbers(sink, message.buckets);
  put_count(sink, message.records.size());
  for (const Record& record : message.records) put_record(sink, record);
  put_count(sink, message.metrics.size());
  for (const NodeMetrics& metrics : message.metrics) put_metrics(sink, metrics);
  put_count(sink, message.settings.size());
  for (const auto& [name, value] : message.settings) {
    put_text(sink, name);
    put_text(sink, value);
  }
  put_text(sink, message.reason);
}

Accusers read_accusers(WireReader& reader) {
  const std::size_t count = reader.number<std::uint8_t>("number of accusers");
  reader.require(count <= Accusers::accusers_max, "number of accusers", "is above 4");
  Accusers accusers;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    const auto uid = reader.number<std::uint64_t>("accuser");
    reader.require(uid > last, "accuser", "is not above the one before");
    last = uid;
    if (reader.ok()) accusers.insert(Uid{uid});
  }
  return accusers;
}

Record read_record(WireReader& reader) {
  Record record;
  Profile profile;
  profile.uid = Uid{reader.number<std::uint64_t>("uid of a record")};
  reader.require(profile.uid != Uid{}, "uid of a record", "is 0");
  record.member.up_number = reader.number<std::uint64_t>("up number");
  record.member.health.refutation = reader.number<std::uint32_t>("refutation");
  record.member.health.unreachable_through = reader.number<std::uint32_t>("unreachable_through");
  record.removed_age_ms = reader.number<std::uint32_t>("age") * kMillisecondsPerSecond;
  const auto state = reader.number<std::uint8_t>("state");
  reader.require(state <= static_cast<std::uint8_t>(MemberState::removed), "state", "is none");
  if (reader.ok()) record.member.state = MemberState{state};
  record.member.health.accusers = read_accusers(reader);
  profile.name = reader.text("name");
  profile.address = reader.text("address");
  const std::size_t roles = reader.count("roles", wire_text_bytes_min);
  for (std::size_t i = 0; i < roles && reader.ok(); ++i) profile.roles.push_back(reader.text("role"));
  record.member.profile = std::make_shared<const Profile>(std::move(profile));
  return record;
}

NodeMetrics read_metrics(WireReader& reader) {
  NodeMetrics metrics;
  metrics.uid = Uid{reader.number<std::uint64_t>("uid of metrics")};
  reader.require(metrics.uid != Uid{}, "uid of metrics", "is 0");
  metrics.sequence = reader.number<std::uint32_t>("sequence of metrics");
  metrics.cpu_permille = reader.number<std::uint16_t>("processor use");
  metrics.lanes_permille = reader.number<std::uint16_t>("lanes' load");
  metrics.memory_mib = reader.number<std::uint32_t>("memory");
  metrics.shards = reader.number<std::uint32_t>("shards");
  metrics.lag = reader.number<std::uint64_t>("lag");
  return metrics;
}

std::vector<std::uint64_t> read_numbers(WireReader& reader, const char* field) {
  const std::size_t count = reader.count(field, sizeof(std::uint64_t));
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t& number : numbers) number = reader.number<std::uint64_t>(field);
  return numbers;
}

void read_lists(WireReader& reader, Message& message) {
  message.acknowledged = Bits(read_numbers(reader, "acknowledgements"));
  message.buckets = read_numbers(reader, "buckets");
  const std::size_t records = reader.count("records", kRecordBytesMin);
  message.records.reserve(records);
  for (std::size_t i = 0; i < records && reader.ok(); ++i) message.records.push_back(read_record(reader));
  const std::size_t metrics = reader.count("metrics", wire_metrics_bytes);
  message.metrics.reserve(metrics);
  for (std::size_t i = 0; i < metrics && reader.ok(); ++i) message.metrics.push_back(read_metrics(reader));
  const std::size_t settings = reader.count("settings", 2 * wire_text_bytes_min);
  for (std::size_t i = 0; i < settings && reader.ok(); ++i) {
    std::string name = reader.text("name of a setting");
    message.settings.emplace_back(std::move(name), reader.text("setting"));
  }
  message.reason = reader.text("reason");
}

}  // namespace

std::size_t wire_bytes(const Record& record) {
  WireSize size;
  put_record(size, record);
  return size.bytes();
}

std::size_t wire_bytes(const Message& message) {
  WireSize size;
  put_message(size, message);
  return size.bytes();
}

void encode(const Message& message, std::string& bytes) {
  WireWriter writer(bytes);
  put_message(writer, message);
}

Result<Message> decode(std::string_view bytes) {
  if (bytes.size() > wire_message_bytes_max) {
    return error(ErrorCode::invalid_argument, "a message of the cluster is longer than 256 KiB");
  }
  WireReader reader(bytes);
  if (const auto version = reader.number<std::uint8_t>("version"); reader.ok() && version != wire_version) {
    return error(ErrorCode::invalid_argument, "the sender speaks version " + std::to_string(version) +
                                                  " of the cluster's protocol, this host version 1: run "
                                                  "hosts of one release line");
  }
  Message message;
  const auto kind = reader.number<std::uint8_t>("kind");
  reader.require(kind <= static_cast<std::uint8_t>(MessageKind::refusal), "kind", "is none");
  if (reader.ok()) message.kind = MessageKind{kind};
  const auto flags = reader.number<std::uint8_t>("flags");
  reader.require((flags & ~kFlags) == 0, "flags", "are unknown");
  message.accepted = (flags & kAccepted) != 0;
  message.is_view_agreed = (flags & kViewAgreed) != 0;
  message.from = Uid{reader.number<std::uint64_t>("sender")};
  message.to = Uid{reader.number<std::uint64_t>("receiver")};
  message.content = reader.number<std::uint64_t>("content");
  message.view = reader.number<std::uint64_t>("view");
  message.sequence = reader.number<std::uint32_t>("sequence");
  message.subject = Uid{reader.number<std::uint64_t>("subject")};
  message.wanted = reader.number<std::uint64_t>("wanted buckets");
  read_lists(reader, message);
  reader.require(reader.at_end(), "message", "is longer than it says");
  if (!reader.ok()) return error(ErrorCode::invalid_argument, "a message of the cluster: " + reader.error());
  return message;
}

}  // namespace shoal::cluster
