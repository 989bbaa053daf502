#pragma once
// What holds for every record of the journal and every input: what is decoded has one form, and it is the one
// that came; what is refused is refused with a reason.

#include <string>
#include <string_view>

#include "journal/record_codec.hpp"
#include "journal/record_sums.hpp"
#include "target.hpp"

namespace shoal::fuzz {

// `input` is all of a record but its length and checksum.
inline void check_record(std::string_view input) {
  using namespace journal;
  std::string record(std::string(4, '\0') + std::string(4, '\0') + std::string(input));
  if (record.size() < record_header_bytes) return;
  for (std::size_t i = 0; i < 4; ++i) record[i] = static_cast<char>(record.size() >> 8 * i);
  require(length_at(record) == record.size(), "a record is as long as it says");
  RecordDecoder decoder;
  const auto decoded = decoder.decode(record);
  if (!decoded) {
    require(!decoded.error().message.empty(), "what is refused is refused with a reason");
    return;
  }
  const auto& [header, body] = decoded.value();
  require(encoded_bytes(body) == record.size(), "what decodes has as many bytes as it came with");
  require(encoded_bytes_max(body) >= record.size(), "its bound holds it");
  std::string again(record.size(), '\0');
  require(encode(header, body, again.data()) == record.size(), "encoding says how much it wrote");
  require(again == record, "what decodes encodes to the same bytes");
  require(sum_up(again, again.size(), 7) == again.size(), "all of it is summed up");
  require(sums_hold(again, 7), "a checksum holds where it was made");
}

}  // namespace shoal::fuzz
