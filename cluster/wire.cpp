#include "cluster/wire.hpp"

#include <algorithm>
#include <concepts>
#include <memory>
#include <utility>

#include "shoal/base/assert.hpp"

namespace shoal::cluster {

namespace {

constexpr std::int64_t kMillisecondsPerSecond = 1'000;
constexpr std::uint8_t kAccepted = 1;
constexpr std::uint8_t kViewAgreed = 2;
constexpr std::uint8_t kFlags = kAccepted | kViewAgreed;

// The smallest of each, by which a count is checked before anything is made for it.
constexpr std::size_t kTextBytesMin = 2;
constexpr std::size_t kRecordBytesMin = 8 + 8 + 4 + 4 + 4 + 1 + 1 + 2 * kTextBytesMin + 2;

// Both are given the same fields in the same order.
class Size {
 public:
  template <std::unsigned_integral Number>
  void put(Number) {
    bytes_ += sizeof(Number);
  }
  void put_bytes(std::string_view text) { bytes_ += text.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  // Little-endian, whatever the machine is.
  template <std::unsigned_integral Number>
  void put(Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) bytes_ += static_cast<char>(number >> 8 * i & 0xff);
  }
  void put_bytes(std::string_view text) { bytes_ += text; }

 private:
  std::string& bytes_;
};

template <class Sink>
void put_count(Sink& sink, std::size_t count) {
  SHOAL_ASSERT(count <= wire_list_max);
  sink.put(static_cast<std::uint16_t>(count));
}

template <class Sink>
void put_text(Sink& sink, std::string_view text) {
  SHOAL_ASSERT(text.size() <= wire_text_bytes_max);
  put_count(sink, text.size());
  sink.put_bytes(text);
}

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
  put_count(sink, message.settings.size());
  for (const auto& [name, value] : message.settings) {
    put_text(sink, name);
    put_text(sink, value);
  }
  put_text(sink, message.reason);
}

// Takes fields off the front. The first that is wrong is the error; all after it are zero and empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  Number number(const char* field) {
    if (rest_.size() < sizeof(Number)) {
      fail(field, "is cut off");
      return 0;
    }
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      number |= static_cast<Number>(Number{static_cast<unsigned char>(rest_[i])} << 8 * i);
    }
    rest_.remove_prefix(sizeof(Number));
    return number;
  }

  // Of elements with at least so many bytes each.
  std::size_t count(const char* field, std::size_t element_bytes_min) {
    const std::size_t count = number<std::uint16_t>(field);
    if (count * element_bytes_min <= rest_.size()) return count;
    fail(field, "is cut off");
    return 0;
  }

  std::string text(const char* field) {
    const std::size_t size = number<std::uint16_t>(field);
    require(size <= wire_text_bytes_max, field, "is too long");
    require(size <= rest_.size(), field, "is cut off");
    if (!ok()) return "";
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

  void fail(const char* field, const char* problem) {
    if (error_.empty()) error_ = std::string(field) + " " + problem;
    rest_ = {};
  }
  void require(bool condition, const char* field, const char* problem) {
    if (!condition) fail(field, problem);
  }

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  std::string error_;
};

Accusers read_accusers(Reader& reader) {
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

Record read_record(Reader& reader) {
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
  const std::size_t roles = reader.count("roles", kTextBytesMin);
  for (std::size_t i = 0; i < roles && reader.ok(); ++i) profile.roles.push_back(reader.text("role"));
  record.member.profile = std::make_shared<const Profile>(std::move(profile));
  return record;
}

std::vector<std::uint64_t> read_numbers(Reader& reader, const char* field) {
  const std::size_t count = reader.count(field, sizeof(std::uint64_t));
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t& number : numbers) number = reader.number<std::uint64_t>(field);
  return numbers;
}

void read_lists(Reader& reader, Message& message) {
  message.acknowledged = Bits(read_numbers(reader, "acknowledgements"));
  message.buckets = read_numbers(reader, "buckets");
  const std::size_t records = reader.count("records", kRecordBytesMin);
  message.records.reserve(records);
  for (std::size_t i = 0; i < records && reader.ok(); ++i) message.records.push_back(read_record(reader));
  const std::size_t settings = reader.count("settings", 2 * kTextBytesMin);
  for (std::size_t i = 0; i < settings && reader.ok(); ++i) {
    std::string name = reader.text("name of a setting");
    message.settings.emplace_back(std::move(name), reader.text("setting"));
  }
  message.reason = reader.text("reason");
}

}  // namespace

std::size_t wire_bytes(const Record& record) {
  Size size;
  put_record(size, record);
  return size.bytes();
}

std::size_t wire_bytes(const Message& message) {
  Size size;
  put_message(size, message);
  return size.bytes();
}

void encode(const Message& message, std::string& bytes) {
  Writer writer(bytes);
  put_message(writer, message);
}

Result<Message> decode(std::string_view bytes) {
  if (bytes.size() > wire_message_bytes_max) {
    return error(ErrorCode::invalid_argument, "a message of the cluster is longer than 256 KiB");
  }
  Reader reader(bytes);
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
