#include "cluster/singleton_message.hpp"

#include "cluster/wire_fields.hpp"

namespace shoal::cluster {

void encode(const SingletonMessage& message, std::string& bytes) {
  WireWriter writer(bytes);
  writer.put(singleton_wire_version);
  writer.put(about_singleton);
  writer.put(static_cast<std::uint8_t>(message.kind));
  writer.put(message.from.value);
  writer.put(message.to.value);
  writer.put(message.attempt);
  put_text(writer, message.singleton);
  put_payload(writer, message.payload);
}

Result<SingletonMessage> decode_singleton(std::string_view bytes) {
  WireReader reader(bytes);
  const auto version = reader.number<std::uint8_t>("version");
  reader.require(version == singleton_wire_version, "version", "is not 1: run hosts of one release line");
  reader.require(reader.number<std::uint8_t>("subject") == about_singleton, "subject", "is no singleton");
  SingletonMessage message;
  const auto kind = reader.number<std::uint8_t>("kind");
  reader.require(kind <= static_cast<std::uint8_t>(SingletonMessageKind::deliver), "kind", "is none");
  if (reader.ok()) message.kind = SingletonMessageKind{kind};
  message.from = Uid{reader.number<std::uint64_t>("sender")};
  message.to = Uid{reader.number<std::uint64_t>("receiver")};
  message.attempt = reader.number<std::uint32_t>("attempt");
  message.singleton = reader.text("name");
  message.payload = reader.payload("payload");
  reader.require(reader.at_end(), "message", "is longer than it says");
  if (!reader.ok()) {
    return error(ErrorCode::invalid_argument, "a message about a singleton: " + reader.error());
  }
  return message;
}

}  // namespace shoal::cluster
