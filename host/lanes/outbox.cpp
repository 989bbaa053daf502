#include "host/lanes/outbox.hpp"

#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {
constexpr std::size_t kNull = SIZE_MAX;
constexpr std::uint8_t kEmpty = 0;
}  // namespace

void Outbox::roll_back(const Mark& mark) {
  records_.resize(mark.records);
  headers_.resize(mark.headers);
  bytes_.resize(mark.bytes);
}

Outbox::Range Outbox::store(shoal_bytes bytes) {
  if (is_null(bytes)) return {0, kNull};
  const std::size_t at = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.data, bytes.data + bytes.size);
  return {at, bytes.size};
}

shoal_bytes Outbox::view(Range range) const {
  if (range.size == kNull) return null_bytes;
  return {range.size == 0 ? &kEmpty : bytes_.data() + range.at, range.size};
}

bool fits(const OutboxRecord& record, std::size_t bytes_max) {
  std::size_t room = bytes_max;
  const auto take = [&room](shoal_bytes bytes) {
    if (bytes.size > room) return false;
    room -= bytes.size;
    return true;
  };
  if (!take(record.key) || !take(record.value)) return false;
  for (const shoal_header& header : record.headers) {
    if (!take(header.name) || !take(header.value)) return false;
  }
  return true;
}

bool Outbox::add(const OutboxRecord& record) {
  if (bytes_.size() > bytes_max_ || !fits(record, bytes_max_ - bytes_.size())) return false;
  Stored stored{record.output,     static_cast<std::uint32_t>(record.headers.size()),
                record.tag,        record.timestamp_ms,
                store(record.key), store(record.value),
                headers_.size()};
  for (const shoal_header& header : record.headers)
    headers_.push_back({store(header.name), store(header.value)});
  records_.push_back(stored);
  return true;
}

OutboxRecord Outbox::record_at(std::size_t at) {
  SHOAL_ASSERT(at < records_.size());
  const Stored& stored = records_[at];
  front_headers_.clear();
  for (std::size_t i = 0; i < stored.header_count; ++i) {
    const StoredHeader& header = headers_[stored.first_header + i];
    front_headers_.push_back({view(header.name), view(header.value)});
  }
  return {stored.output,      stored.tag,     view(stored.key),
          view(stored.value), front_headers_, stored.timestamp_ms};
}

void Outbox::pop() {
  SHOAL_ASSERT(!empty());
  if (++next_ < records_.size()) return;
  records_.clear();
  headers_.clear();
  bytes_.clear();
  next_ = 0;
}

}  // namespace shoal::lanes
