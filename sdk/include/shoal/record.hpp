#pragma once
// Record: the record of a Kafka source that a turn runs for. Borrowed: valid during the call it is handed to.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/abi/entity.h"
#include "shoal/detail/abi_bytes.hpp"

namespace shoal {

// Milliseconds since 1970-01-01 UTC, as Kafka has them.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

// A header of a record. Borrowed. Laid out as the ABI's, so that an array of them needs no copy.
class Header {
 public:
  Header() = default;
  Header(std::string_view name, std::optional<std::string_view> value)
      : abi_{detail::to_abi(name), detail::to_nullable_abi(value)} {}

  std::string_view name() const { return detail::to_view(abi_.name); }
  std::optional<std::string_view> value() const { return detail::to_optional_view(abi_.value); }

 private:
  friend class Record;
  friend class Context;
  shoal_header abi_{};
};
static_assert(sizeof(Header) == sizeof(shoal_header));

class Record {
 public:
  // Requires: `abi` outlives the object.
  explicit Record(const shoal_record& abi) : abi_(&abi) {}

  std::string_view topic() const { return detail::to_view(abi_->topic); }
  std::int32_t partition() const { return abi_->partition; }
  std::int64_t offset() const { return abi_->offset; }
  // The consumer group that keeps the source's offsets; std::nullopt where none does.
  std::optional<std::string_view> group() const {
    if (abi_->size < sizeof(shoal_record)) return std::nullopt;  // of a host that has no such field yet
    return detail::to_optional_view(abi_->group);
  }
  std::optional<std::string_view> key() const { return detail::to_optional_view(abi_->key); }
  std::optional<std::string_view> value() const { return detail::to_optional_view(abi_->value); }

  std::optional<Timestamp> timestamp() const {
    if (abi_->timestamp_ms < 0) return std::nullopt;
    return Timestamp{std::chrono::milliseconds{abi_->timestamp_ms}};
  }

  // Header number `index`, from 0; std::nullopt past the last one.
  std::optional<Header> header(std::uint32_t index) const {
    Header header;
    if (abi_->header(abi_, index, &header.abi_) != SHOAL_STATUS_OK) return std::nullopt;
    return header;
  }

  // The value of the last header of that name, which is the one Kafka's own tools take.
  std::optional<std::string_view> header(std::string_view name) const {
    std::optional<std::string_view> value;
    for (std::uint32_t index = 0;; ++index) {
      const std::optional<Header> next = header(index);
      if (!next) return value;
      if (next->name() == name) value = next->value();
    }
  }

 private:
  const shoal_record* abi_;
};

// What `admit` says of a record.
class Admission {
 public:
  static Admission accept() { return Admission(true, {}); }

  // The record becomes a dead letter with this reason.
  static Admission dead_letter(std::string reason) { return Admission(false, std::move(reason)); }

  bool accepted() const { return accepted_; }
  const std::string& reason() const { return reason_; }

 private:
  Admission(bool accepted, std::string reason) : accepted_(accepted), reason_(std::move(reason)) {}

  bool accepted_;
  std::string reason_;
};

// A record without a value: what `on(ctx, shoal::Tombstone)` takes, and what `emit` sends as a null value.
struct Tombstone {};

}  // namespace shoal
