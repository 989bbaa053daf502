#include "host/lanes/envelope.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "shoal/base/assert.hpp"
#include "shoal/base/bytes.hpp"

namespace shoal::lanes {

static_assert(std::is_trivially_copyable_v<TellMark> && sizeof(TellMark) % alignof(Envelope) == 0);

std::size_t Envelope::size_of(const EnvelopeParts& parts) {
  const std::size_t bytes = sizeof(Envelope) + parts.id.size() + parts.body.size + parts.traceparent.size() +
                            parts.request_id.size();
  return ((bytes + 7) & ~std::size_t{7}) + (parts.tell == nullptr ? 0 : sizeof(TellMark));
}

// It is the last of its bytes.
TellMark Envelope::tell_mark() const {
  TellMark mark;
  std::memcpy(&mark, reinterpret_cast<const char*>(this) + size_ - sizeof mark, sizeof mark);
  return mark;
}

void Envelope::set_tell_mark(const TellMark& mark) {
  std::memcpy(reinterpret_cast<char*>(this) + size_ - sizeof mark, &mark, sizeof mark);
}

Envelope& Envelope::pack(void* memory, const EnvelopeParts& parts) {
  const std::size_t size = size_of(parts);
  SHOAL_ASSERT(size <= UINT32_MAX && parts.id.size() <= SHOAL_ENTITY_ID_BYTES_MAX &&
               parts.traceparent.size() <= UINT8_MAX && parts.request_id.size() <= UINT8_MAX);
  auto* envelope = new (memory) Envelope;
  envelope->size_ = static_cast<std::uint32_t>(size);
  envelope->kind_ = parts.kind;
  envelope->flags_ = static_cast<std::uint8_t>(
      (parts.only_if_active ? kOnlyIfActive : 0) | (parts.from_host ? kFromHost : 0) |
      (parts.tell != nullptr ? kTellMark : 0) | static_cast<unsigned>(parts.receipt) << kReceiptShift);
  envelope->id_size_ = static_cast<std::uint16_t>(parts.id.size());
  envelope->hash_ = parts.hash;
  envelope->type_ = parts.type.value;
  envelope->shard_ = parts.shard.value;
  envelope->message_index_or_status_ = parts.kind == EnvelopeKind::reply ? parts.status : parts.message_index;
  envelope->body_size_ = is_null(parts.body) ? kNullBody : static_cast<std::uint32_t>(parts.body.size);
  envelope->reply_to_ = parts.reply_to;
  envelope->deadline_ns_ = parts.deadline_ns;
  envelope->codec_ = static_cast<std::uint16_t>(parts.codec);
  envelope->traceparent_size_ = static_cast<std::uint8_t>(parts.traceparent.size());
  envelope->request_id_size_ = static_cast<std::uint8_t>(parts.request_id.size());
  char* end = reinterpret_cast<char*>(envelope + 1);
  const auto append = [&end](const void* data, std::size_t count) {
    if (count > 0) std::memcpy(end, data, count);
    end += count;
  };
  append(parts.id.data(), parts.id.size());
  append(parts.body.data, parts.body.size);
  append(parts.traceparent.data(), parts.traceparent.size());
  append(parts.request_id.data(), parts.request_id.size());
  if (parts.tell != nullptr) envelope->set_tell_mark(*parts.tell);
  return *envelope;
}

void EnvelopeBuffer::reallocate(std::size_t words) {
  auto larger = std::make_unique_for_overwrite<std::uint64_t[]>(words);
  if (used_ > 0) std::memcpy(larger.get(), words_.get(), bytes());
  words_ = std::move(larger);
  capacity_ = words;
}

std::uint64_t* EnvelopeBuffer::grow(std::size_t bytes) {
  const std::size_t needed = used_ + bytes / sizeof(std::uint64_t);
  if (needed > capacity_) reallocate(std::max(needed, capacity_ * 2));
  return words_.get() + std::exchange(used_, needed);
}

Envelope& EnvelopeBuffer::add(const EnvelopeParts& parts) {
  return Envelope::pack(grow(Envelope::size_of(parts)), parts);
}

Envelope& EnvelopeBuffer::add(const Envelope& envelope) {
  std::uint64_t* memory = grow(envelope.size());
  std::memcpy(memory, &envelope, envelope.size());
  return *reinterpret_cast<Envelope*>(memory);
}

}  // namespace shoal::lanes
