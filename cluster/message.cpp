#include "cluster/message.hpp"

namespace shoal::cluster {

namespace {

constexpr std::size_t length_bytes = 2;

std::size_t text_bytes(const std::string& text) { return length_bytes + text.size(); }

}  // namespace

std::size_t wire_bytes(const Record& record) {
  // uid, up number, refutation, unreachable through, age in seconds, state, number of accusers
  constexpr std::size_t fixed = 8 + 8 + 4 + 4 + 4 + 1 + 1;
  const Profile& profile = *record.member.profile;
  std::size_t bytes = fixed + text_bytes(profile.name) + text_bytes(profile.address) + length_bytes;
  for (const std::string& role : profile.roles) bytes += text_bytes(role);
  return bytes + record.member.health.accusers.size() * sizeof(std::uint64_t);
}

std::size_t wire_bytes(const Message& message) {
  // kind, flags, from, to, content, view, sequence, subject, wanted
  constexpr std::size_t fixed = 1 + 1 + 8 + 8 + 8 + 8 + 4 + 8 + 8;
  std::size_t bytes = fixed + 4 * length_bytes + message.acknowledged.bytes() +
                      message.buckets.size() * sizeof(std::uint64_t) + text_bytes(message.reason);
  for (const Record& record : message.records) bytes += wire_bytes(record);
  for (const auto& [name, value] : message.settings) bytes += text_bytes(name) + text_bytes(value);
  return bytes;
}

}  // namespace shoal::cluster
