// JSON text into structs with the SDK's codec.
#include "codec_laws.hpp"
#include "shoal/json.hpp"
#include "shoal/msgpack.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto value = check_codec(json, input);
  if (!value) return;
  const auto other = decoded(msgpack, encode(msgpack, *value), UnknownFields::refuse);
  require(other && encode(json, *other) == encode(json, *value), "MessagePack carries what JSON can say");
}

}  // namespace shoal::fuzz
