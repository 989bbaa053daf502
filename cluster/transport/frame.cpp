#include "cluster/transport/frame.hpp"

#include "cluster/wire_fields.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::transport {

const char* name_of(Channel channel) {
  switch (channel) {
    case Channel::membership:
      return "membership";
    case Channel::sharding:
      return "sharding";
    case Channel::user:
      return "user";
  }
  return "none";
}

Batch::Batch(Channel channel) {
  bytes_ += static_cast<char>(FrameKind::messages);
  bytes_ += static_cast<char>(channel);
}

Result<Batch> Batch::decode(std::string frame) {
  cluster::WireReader reader(frame);
  const auto kind = reader.number<std::uint8_t>("kind");
  reader.require(kind == static_cast<std::uint8_t>(FrameKind::messages), "kind", "is not that of messages");
  const auto channel = reader.number<std::uint8_t>("channel");
  reader.require(channel < channels, "channel", "is none");
  std::size_t count = 0;
  do {
    reader.skip(reader.number<std::uint32_t>("length of a message"), "message");
    ++count;
  } while (reader.ok() && !reader.at_end());
  if (!reader.ok()) return error(ErrorCode::invalid_argument, "a frame of messages: " + reader.error());
  return Batch(std::move(frame), count);
}

void Batch::add(std::string_view message) {
  SHOAL_ASSERT(message.size() <= UINT32_MAX);
  cluster::WireWriter writer(bytes_);
  writer.put(static_cast<std::uint32_t>(message.size()));
  writer.put_bytes(message);
  ++count_;
}

std::size_t Batch::Iterator::size() const {
  return cluster::WireReader(rest_).number<std::uint32_t>("length of a message");
}

}  // namespace shoal::transport
