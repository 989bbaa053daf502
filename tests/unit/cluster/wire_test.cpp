// Goal: a message comes off the wire as it went on, the bytes of version 1 stay what they are, and whatever
// else comes is refused by name. Method: messages with a value in every field, cut and changed at every byte.
#include "cluster/wire.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace shoal::cluster {
namespace {

Record record(std::uint64_t uid, MemberState state) {
  Record record;
  record.member.profile = std::make_shared<const Profile>(
      Profile{"node-" + std::to_string(uid), "10.0.0.1:7000", Uid{uid}, {"frontend", "b"}});
  record.member.state = state;
  record.member.up_number = 7;
  record.member.health.refutation = 3;
  record.member.health.unreachable_through = 5;
  record.member.health.accusers.insert(Uid{11});
  record.member.health.accusers.insert(Uid{12});
  record.removed_age_ms = 9'000;
  return record;
}

// With a value in each field that every message has.
Message headed(MessageKind kind) {
  Message message;
  message.kind = kind;
  message.is_view_agreed = true;
  message.from = Uid{0x0102030405060708};
  message.to = Uid{2};
  message.content = 3;
  message.view = 4;
  message.sequence = 5;
  message.subject = Uid{6};
  return message;
}

Message full_message() {
  Message message = headed(MessageKind::records);
  message.accepted = true;
  message.wanted = 0x8000000000000001;
  message.acknowledged = Bits(70);
  message.acknowledged.set(69);
  message.buckets = {1, UINT64_MAX};
  message.records = {record(20, MemberState::up), record(21, MemberState::removed)};
  message.metrics = {{.uid = Uid{20},
                      .sequence = 1,
                      .cpu_permille = 2,
                      .lanes_permille = 3,
                      .memory_mib = 4,
                      .shards = 5,
                      .lag = 6}};
  message.settings = {{"shards", "64"}, {"partitioner", "murmur2"}};
  message.reason = "no";
  return message;
}

std::string bytes_of(const Message& message) {
  std::string bytes;
  encode(message, bytes);
  return bytes;
}

std::string refusal_of(std::string_view bytes) {
  const auto message = decode(bytes);
  return message ? "" : message.error().message;
}

TEST(WireTest, EveryFieldComesAsItWent) {
  const Message sent = full_message();
  const std::string bytes = bytes_of(sent);
  EXPECT_EQ(bytes.size(), wire_bytes(sent));
  const Message message = decode(bytes).value();
  EXPECT_EQ(message.kind, sent.kind);
  EXPECT_TRUE(message.accepted);
  EXPECT_TRUE(message.is_view_agreed);
  EXPECT_EQ(message.from, sent.from);
  EXPECT_EQ(message.to, sent.to);
  EXPECT_EQ(message.content, sent.content);
  EXPECT_EQ(message.view, sent.view);
  EXPECT_EQ(message.sequence, sent.sequence);
  EXPECT_EQ(message.subject, sent.subject);
  EXPECT_EQ(message.wanted, sent.wanted);
  EXPECT_EQ(message.acknowledged.words(), sent.acknowledged.words());
  EXPECT_EQ(message.buckets, sent.buckets);
  EXPECT_EQ(message.metrics, sent.metrics);
  EXPECT_EQ(message.settings, sent.settings);
  EXPECT_EQ(message.reason, sent.reason);
  ASSERT_EQ(message.records.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Member& member = message.records[i].member;
    const Member& expected = sent.records[i].member;
    EXPECT_EQ(member.profile->name, expected.profile->name);
    EXPECT_EQ(member.profile->address, expected.profile->address);
    EXPECT_EQ(member.profile->uid, expected.profile->uid);
    EXPECT_EQ(member.profile->roles, expected.profile->roles);
    EXPECT_EQ(member.state, expected.state);
    EXPECT_EQ(member.up_number, expected.up_number);
    EXPECT_EQ(member.health, expected.health);
    EXPECT_EQ(message.records[i].removed_age_ms, 9'000);
  }
}

TEST(WireTest, TheBytesOfVersionOneStay) {
  Message message = headed(MessageKind::ack);
  message.acknowledged = Bits(1);
  message.acknowledged.set(0);
  Record told;
  told.member.profile = std::make_shared<const Profile>(Profile{"n", "a:1", Uid{9}, {"r"}});
  told.member.state = MemberState::up;
  told.member.up_number = 1;
  told.member.health.accusers.insert(Uid{8});
  message.records = {told};
  message.metrics = {{.uid = Uid{9},
                      .sequence = 7,
                      .cpu_permille = 500,
                      .lanes_permille = 250,
                      .memory_mib = 64,
                      .shards = 3,
                      .lag = 1}};
  using namespace std::string_literals;
  const std::string expected =
      "\x01\x02\x02"s                                                      // version, ack, view agreed
      "\x08\x07\x06\x05\x04\x03\x02\x01\x02\0\0\0\0\0\0\0"s                // from, to
      "\x03\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\x05\0\0\0\x06\0\0\0\0\0\0\0"s  // content, view, sequence, subject
      "\0\0\0\0\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\x01\0"s                // wanted, lists
      "\x09\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02\x01"s  // record
      "\x08\0\0\0\0\0\0\0\x01\0n\x03\0"s
      "a:1\x01\0\x01\0r"s                    // accuser, name, address, role
      "\x01\0\x09\0\0\0\0\0\0\0\x07\0\0\0"s  // metrics: uid, sequence
      "\xf4\x01\xfa\0\x40\0\0\0\x03\0\0\0"s  // processors, lanes, memory, shards
      "\x01\0\0\0\0\0\0\0"s                  // lag
      "\0\0\0\0"s;                           // settings, reason
  EXPECT_EQ(bytes_of(message), expected);
}

TEST(WireTest, WhateverIsCutOffIsRefused) {
  const std::string bytes = bytes_of(full_message());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal_of(std::string_view(bytes).substr(0, size)), "") << size;
  }
  EXPECT_EQ(refusal_of(bytes + "x"), "a message of the cluster: message is longer than it says");
  EXPECT_EQ(refusal_of(""), "a message of the cluster: version is cut off");
}

TEST(WireTest, WhateverIsChangedIsRefusedOrHasOneForm) {
  const std::string bytes = bytes_of(full_message());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
      if (const auto message = decode(changed)) {
        EXPECT_EQ(bytes_of(message.value()), changed) << at;
      }
    }
  }
}

TEST(WireTest, WhatNoMemberWouldSayIsNamed) {
  std::string bytes = bytes_of(full_message());
  const auto with = [&bytes](std::size_t at, char value) {
    std::string changed = bytes;
    changed[at] = value;
    return refusal_of(changed);
  };
  EXPECT_EQ(with(0, 2),
            "the sender speaks version 2 of the cluster's protocol, this host version 1: run hosts of one "
            "release line");
  EXPECT_EQ(with(1, 12), "a message of the cluster: kind is none");
  EXPECT_EQ(with(2, 4), "a message of the cluster: flags are unknown");
  const std::size_t first_record = 55 + 2 + 2 * 8 + 2 + 2 * 8 + 2;
  EXPECT_EQ(with(first_record, 0), "a message of the cluster: uid of a record is 0");
  EXPECT_EQ(with(first_record + 28, 7), "a message of the cluster: state is none");
  EXPECT_EQ(with(first_record + 29, 5), "a message of the cluster: number of accusers is above 4");
  EXPECT_EQ(with(first_record + 38, 11), "a message of the cluster: accuser is not above the one before");
  EXPECT_EQ(with(first_record + 47, '\x7f'), "a message of the cluster: name is too long");
  EXPECT_EQ(refusal_of(std::string(wire_message_bytes_max + 1, '\1')),
            "a message of the cluster is longer than 256 KiB");
}

TEST(WireTest, ACountAloneMakesNothing) {
  Message message;
  std::string bytes = bytes_of(message);
  for (const std::size_t list : {55, 57, 59, 61, 63}) {
    std::string changed = bytes;
    changed[list] = changed[list + 1] = '\xff';
    EXPECT_NE(refusal_of(changed).find("is cut off"), std::string::npos) << list;
  }
}

TEST(WireTest, AnAgeIsInSecondsAndStopsAtTheLongest) {
  Message message;
  message.records = {record(20, MemberState::removed)};
  message.records[0].removed_age_ms = 1'999;
  EXPECT_EQ(decode(bytes_of(message)).value().records[0].removed_age_ms, 1'000);
  message.records[0].removed_age_ms = INT64_MAX;
  EXPECT_EQ(decode(bytes_of(message)).value().records[0].removed_age_ms, std::int64_t{UINT32_MAX} * 1'000);
}

}  // namespace
}  // namespace shoal::cluster
