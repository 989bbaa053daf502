#include "cluster/transport/hello.hpp"

#include "cluster/transport/frame.hpp"
#include "cluster/wire_fields.hpp"

namespace shoal::transport {

namespace {

void put(cluster::WireWriter& writer, const Node& node) {
  cluster::put_text(writer, node.name);
  cluster::put_text(writer, node.address);
  writer.put(node.uid.value);
}

Node read_node(cluster::WireReader& reader) {
  Node node;
  node.name = reader.text("name");
  reader.require(!node.name.empty(), "name", "is empty");
  node.address = reader.text("address");
  reader.require(!node.address.empty(), "address", "is empty");
  node.uid = cluster::Uid{reader.number<std::uint64_t>("uid")};
  reader.require(node.uid != cluster::Uid{}, "uid", "is 0");
  return node;
}

FrameKind kind_of(const Greeting& greeting) {
  if (std::holds_alternative<Hello>(greeting)) return FrameKind::hello;
  return std::holds_alternative<Welcome>(greeting) ? FrameKind::welcome : FrameKind::refusal;
}

Greeting read_fields(FrameKind kind, cluster::WireReader& reader) {
  if (kind == FrameKind::refusal) return Refusal{reader.text("reason")};
  if (kind == FrameKind::welcome) return Welcome{read_node(reader)};
  Hello hello;
  hello.cluster_name = reader.text("cluster's name");
  hello.from = read_node(reader);
  return hello;
}

}  // namespace

std::string encode(const Greeting& greeting) {
  std::string bytes;
  cluster::WireWriter writer(bytes);
  writer.put(static_cast<std::uint8_t>(kind_of(greeting)));
  writer.put(transport_version);
  if (const auto* hello = std::get_if<Hello>(&greeting)) {
    cluster::put_text(writer, hello->cluster_name);
    put(writer, hello->from);
  } else if (const auto* welcome = std::get_if<Welcome>(&greeting)) {
    put(writer, welcome->from);
  } else {
    cluster::put_text(writer, std::get<Refusal>(greeting).reason);
  }
  return bytes;
}

bool is_greeting(std::string_view frame) {
  return !frame.empty() &&
         static_cast<unsigned char>(frame[0]) < static_cast<unsigned char>(FrameKind::messages);
}

Result<Greeting> decode_greeting(std::string_view frame) {
  cluster::WireReader reader(frame);
  const auto kind = reader.number<std::uint8_t>("kind");
  reader.require(kind < static_cast<std::uint8_t>(FrameKind::messages), "kind", "is not that of a greeting");
  const auto version = reader.number<std::uint8_t>("version");
  if (reader.ok() && version != transport_version) {
    return error(ErrorCode::invalid_argument, "a greeting of version " + std::to_string(version) +
                                                  " of the transport, where this host speaks version 1: run "
                                                  "hosts of one release line");
  }
  Greeting greeting = read_fields(FrameKind{kind}, reader);
  reader.require(reader.at_end(), "greeting", "is longer than it says");
  if (!reader.ok()) return error(ErrorCode::invalid_argument, "a greeting: " + reader.error());
  return greeting;
}

}  // namespace shoal::transport
