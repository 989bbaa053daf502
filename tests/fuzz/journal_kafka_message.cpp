// A message of the Kafka log, as it is and with a checksum that holds: what is taken is written so that it
// reads back, to the byte.
#include <string>

#include "journal/crc32c.hpp"
#include "journal/fields.hpp"
#include "journal/kafka_message.hpp"
#include "target.hpp"

namespace shoal::fuzz {

namespace {

using namespace journal;

constexpr std::size_t summed_from = 8;

void check_message(std::string_view input) {
  const auto message = decode_kafka_message(input);
  if (!message) return require(!message.error().message.empty(), "what is refused is refused with a reason");
  std::string written(kafka_head_bytes, '\0');
  written += message.value().records;
  seal_kafka_message(message.value().head, written);
  require(written == input, "a message reads back");
}

}  // namespace

void run(std::string_view input) {
  check_message(input);
  if (input.size() < kafka_head_bytes) return;
  std::string summed(input);
  store(summed.data() + 4, crc32c(std::string_view(summed).substr(summed_from)));
  check_message(summed);
}

}  // namespace shoal::fuzz
