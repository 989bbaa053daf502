#pragma once
// Envelope: a message on its way to an entity, or a reply on its way back, as it lies in a parcel between
// lanes: a header of fixed layout and, behind it, the id, the body, the traceparent and the request id.
//
// It never leaves the process, so its layout is no format: sender and receiver are one build. Envelopes stand
// on 8-byte boundaries. Views into one live as long as the memory it stands in.

#include <bit>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "host/lanes/entity_ref.hpp"
#include "shoal/abi/entity.h"

namespace shoal::lanes {

// Who waits for a reply: a slot of a lane's table of asks. It may outlive the ask: the number tells.
struct ReplyAddress {
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  static constexpr std::uint32_t kCallback = UINT32_MAX - 1;  // `slot` is one of the parcel's callbacks

  std::uint32_t lane = kNobody;
  std::uint32_t slot = 0;
  std::uint64_t number = 0;  // of the ask, never used again

  bool somebody() const { return lane != kNobody; }
  bool operator==(const ReplyAddress&) const = default;
};

// An acknowledgement goes to a shard that sent reliable tells.
enum class EnvelopeKind : std::uint8_t { tell, ask, reply, acknowledgement };

// Which one of its sender's reliable tells it is; of an acknowledgement: which of them it is about.
struct TellMark {
  std::uint32_t source = 0;  // the sender, as the receiver's log names it
  TypeIndex peer_type{};     // the shard at the other end: of a tell, who sent it
  ShardId peer_shard{};
  bool again = false;               // of an acknowledgement: all from `number` on is wanted again, at once
  std::uint64_t number = 0;         // from 0 without gaps; of an acknowledgement: all below it count
  std::uint64_t first_pending = 0;  // of a tell: all below it are acknowledged
};

// What the sender of a tell is told of it. Such a tell goes as an ask whose reply is the host's.
enum class Receipt : std::uint8_t {
  none,
  accepted,   // the shard's lane has taken it: it has its turn, at once or later
  processed,  // its turn has ended well
};

// What an envelope is packed from. Views are copied.
struct EnvelopeParts {
  EnvelopeKind kind = EnvelopeKind::tell;
  bool only_if_active = false;
  bool is_to_durable = false;  // to the turn that sends it
  Receipt receipt = Receipt::none;
  TypeIndex type{};
  ShardId shard{};
  std::uint32_t message_index = 0;
  std::string_view id{};
  std::uint64_t hash = 0;  // hash_of(id)
  shoal_bytes body{nullptr, 0};
  std::string_view traceparent{};         // at most 255 bytes
  std::string_view request_id{};          // at most 64 bytes
  ReplyAddress reply_to{};                // of a reply: where it goes
  std::int64_t deadline_ns = 0;           // of an ask: steady clock
  shoal_status status = SHOAL_STATUS_OK;  // of a reply
  shoal_codec codec = SHOAL_CODEC_BYTES;  // of a reply
  bool from_host = false;                 // of a reply: the host says why there is no answer
  const TellMark* tell = nullptr;         // of a reliable tell, and of an acknowledgement
};

class Envelope {
 public:
  // Bytes an envelope of these parts takes, its padding included.
  static std::size_t size_of(const EnvelopeParts& parts);
  // Writes it to `memory`, which has size_of(parts) bytes on an 8-byte boundary.
  static Envelope& pack(void* memory, const EnvelopeParts& parts);

  std::uint32_t size() const { return size_; }
  EnvelopeKind kind() const { return kind_; }
  bool only_if_active() const { return (flags_ & kOnlyIfActive) != 0; }
  bool from_host() const { return (flags_ & kFromHost) != 0; }
  Receipt receipt() const {
    return Receipt{static_cast<std::uint8_t>((flags_ & kReceiptBits) >> kReceiptShift)};
  }
  // A tell or an ask: else it goes back to a sender of one, and always finds room.
  bool is_message() const { return kind_ < EnvelopeKind::reply; }
  // A reliable tell, or an acknowledgement.
  bool has_tell_mark() const { return (flags_ & kTellMark) != 0; }
  // Requires: it has one.
  TellMark tell_mark() const;
  void set_tell_mark(const TellMark& mark);
  TypeIndex type() const { return TypeIndex{type_}; }
  ShardId shard() const { return ShardId{shard_}; }
  std::uint32_t message_index() const { return message_index_or_status_; }
  shoal_status status() const { return message_index_or_status_; }
  shoal_codec codec() const { return codec_; }
  std::uint64_t hash() const { return hash_; }
  std::int64_t deadline_ns() const { return deadline_ns_; }
  void move_deadline(std::int64_t by_ns) { deadline_ns_ += by_ns; }
  const ReplyAddress& reply_to() const { return reply_to_; }
  // Who waits for what the behaviour replies: not somebody who waits for a receipt.
  const ReplyAddress& asker() const { return receipt() == Receipt::none ? reply_to_ : kNoAsker; }
  void set_reply_to(const ReplyAddress& address) { reply_to_ = address; }
  // Gives who waits for the receipt; from then on it is a tell without one.
  ReplyAddress take_receipt() {
    kind_ = EnvelopeKind::tell;
    flags_ &= static_cast<std::uint8_t>(~kReceiptBits);
    deadline_ns_ = 0;
    return std::exchange(reply_to_, ReplyAddress{});
  }

  std::string_view id() const { return {bytes(), id_size_}; }
  shoal_bytes body() const {
    if (body_size_ == kNullBody) return {nullptr, 0};
    return {reinterpret_cast<const std::uint8_t*>(bytes()) + id_size_, body_size_};
  }
  std::string_view traceparent() const { return {bytes() + id_size_ + body_bytes(), traceparent_size_}; }
  bool has_request_id() const { return request_id_size_ != 0; }
  std::string_view request_id() const {
    return {bytes() + id_size_ + body_bytes() + traceparent_size_, request_id_size_};
  }

 private:
  static constexpr std::uint8_t kOnlyIfActive = 1;
  static constexpr std::uint8_t kFromHost = 2;
  static constexpr unsigned kReceiptShift = 2;
  static constexpr std::uint8_t kReceiptBits = 3U << kReceiptShift;
  static constexpr std::uint8_t kTellMark = 16;
  static constexpr std::uint32_t kNullBody = UINT32_MAX;
  static constexpr ReplyAddress kNoAsker{};

  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  std::uint32_t body_bytes() const { return body_size_ == kNullBody ? 0 : body_size_; }

  std::uint32_t size_ = 0;
  EnvelopeKind kind_ = EnvelopeKind::tell;
  std::uint8_t flags_ = 0;
  std::uint16_t id_size_ = 0;
  std::uint64_t hash_ = 0;
  std::uint32_t type_ = 0;
  std::uint32_t shard_ = 0;
  std::uint32_t message_index_or_status_ = 0;
  std::uint32_t body_size_ = 0;
  ReplyAddress reply_to_;
  std::int64_t deadline_ns_ = 0;
  std::uint16_t codec_ = 0;
  std::uint8_t traceparent_size_ = 0;
  std::uint8_t request_id_size_ = 0;
  [[maybe_unused]] std::uint32_t unused_ = 0;
};
static_assert(sizeof(Envelope) == 64 && alignof(Envelope) == 8);

// Envelopes one behind another in memory that is reused.
class EnvelopeBuffer {
 public:
  EnvelopeBuffer() = default;
  // With room for about so many bytes; it grows beyond.
  explicit EnvelopeBuffer(std::size_t bytes_expected) {
    reallocate(std::bit_ceil(bytes_expected) / sizeof(std::uint64_t));
  }

  std::size_t bytes() const { return used_ * sizeof(std::uint64_t); }
  std::size_t capacity_bytes() const { return capacity_ * sizeof(std::uint64_t); }
  bool empty() const { return used_ == 0; }
  void clear() { used_ = 0; }

  // The reference lives until the next `add`.
  Envelope& add(const EnvelopeParts& parts);
  Envelope& add(const Envelope& envelope);

  // The envelope that begins `at` bytes from the first. Requires: one does.
  Envelope& at(std::size_t at) {
    return *reinterpret_cast<Envelope*>(words_.get() + at / sizeof(std::uint64_t));
  }
  const Envelope& at(std::size_t at) const {
    return *reinterpret_cast<const Envelope*>(words_.get() + at / sizeof(std::uint64_t));
  }

  // Drops all from `bytes` on.
  void cut(std::size_t bytes) { used_ = bytes / sizeof(std::uint64_t); }

 private:
  std::uint64_t* grow(std::size_t bytes);
  void reallocate(std::size_t words);

  std::unique_ptr<std::uint64_t[]> words_;  // not zeroed: every envelope is written whole
  std::size_t capacity_ = 0;                // words
  std::size_t used_ = 0;                    // words
};

}  // namespace shoal::lanes
