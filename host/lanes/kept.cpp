#include "host/lanes/kept.hpp"

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

namespace {

shoal_bytes keep(shoal_bytes bytes, std::string& copy) {
  if (is_null(bytes)) return null_bytes;
  copy = to_view(bytes);
  return to_bytes(copy);
}

}  // namespace

Kept::Kept(const Envelope& envelope, std::optional<RequestKey> request)
    : request_(request), bytes_(sizeof(Kept) + envelope.size()) {
  envelope_.add(envelope);
}

Kept::Kept(const shoal_record& record, std::uint32_t message_index, std::uint64_t tag)
    : record_(std::make_unique<Record>()), bytes_(sizeof(Kept) + sizeof(Record)) {
  record_->abi = record;
  record_->abi.state = record_.get();
  record_->abi.header = header_of;
  record_->abi.topic = keep(record.topic, record_->topic);
  record_->abi.key = keep(record.key, record_->key);
  record_->abi.value = keep(record.value, record_->value);
  record_->abi.group = keep(record.group, record_->group);
  record_->message_index = message_index;
  record_->tag = tag;
  bytes_ += record.topic.size + record.key.size + record.value.size + record.group.size;
  std::vector<shoal_header> headers;
  shoal_header header{};
  for (std::uint32_t i = 0; record.header(&record, i, &header) == SHOAL_STATUS_OK; ++i)
    headers.push_back(header);
  record_->header_bytes.resize(2 * headers.size());
  record_->headers.reserve(headers.size());
  for (std::size_t i = 0; i < headers.size(); ++i) {
    record_->headers.push_back({keep(headers[i].name, record_->header_bytes[2 * i]),
                                keep(headers[i].value, record_->header_bytes[2 * i + 1])});
    bytes_ += sizeof header + headers[i].name.size + headers[i].value.size;
  }
}

Kept Kept::copy() const {
  return record_ ? Kept(record_->abi, record_->message_index, record_->tag) : Kept(envelope(), request_);
}

shoal_status Kept::header_of(const shoal_record* record, std::uint32_t index, shoal_header* header) {
  const auto& kept = *static_cast<const Record*>(record->state);
  if (index >= kept.headers.size()) return SHOAL_STATUS_NOT_FOUND;
  *header = kept.headers[index];
  return SHOAL_STATUS_OK;
}

}  // namespace shoal::lanes
