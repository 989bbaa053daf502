#pragma once
// Kept: a record or message whose turn has to wait: stashed by the behaviour, or come while the entity could
// not run. A copy, since what it came in goes. A kept record holds its offset until its turn has ended.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/lanes/envelope.hpp"
#include "host/lanes/request_window.hpp"
#include "shoal/abi/entity.h"

namespace shoal::lanes {

class Kept {
 public:
  // `request` is the message's place among the requests seen, where it has one.
  explicit Kept(const Envelope& envelope, std::optional<RequestKey> request = std::nullopt);
  Kept(const shoal_record& record, std::uint32_t message_index, std::uint64_t tag);

  // Null for a message.
  const shoal_record* record() const { return record_ ? &record_->abi : nullptr; }
  // Requires: it is a record.
  std::uint32_t message_index() const { return record_->message_index; }
  std::uint64_t tag() const { return record_->tag; }
  // Requires: it is a message.
  const Envelope& envelope() const { return envelope_.at(0); }
  const std::optional<RequestKey>& request() const { return request_; }

  std::size_t bytes() const { return bytes_; }

  Kept copy() const;

 private:
  struct Record {
    shoal_record abi{};
    std::string topic;
    std::string key;
    std::string value;
    std::string group;
    std::vector<std::string> header_bytes;  // name and value of each
    std::vector<shoal_header> headers;
    std::uint32_t message_index = 0;
    std::uint64_t tag = 0;
  };

  static shoal_status header_of(const shoal_record* record, std::uint32_t index, shoal_header* header);

  EnvelopeBuffer envelope_;
  std::unique_ptr<Record> record_;
  std::optional<RequestKey> request_;
  std::size_t bytes_ = 0;
};

}  // namespace shoal::lanes
