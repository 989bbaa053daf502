// Goal: messages come out of a frame as they went in, frames join, and what is no frame is refused by name.
// Method: batches of messages of every size, and frames that are cut at every byte.
#include "cluster/transport/frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal::transport {
namespace {

std::vector<std::string> messages_of(const Batch& batch) {
  std::vector<std::string> messages;
  for (const std::string_view message : batch) messages.emplace_back(message);
  return messages;
}

std::string frame_refusal(const std::string& frame) {
  const auto batch = Batch::decode(frame);
  return batch ? "" : batch.error().message;
}

TEST(FrameTest, MessagesComeOutAsTheyWentIn) {
  const std::vector<std::string> messages{"one", "", std::string(100'000, 'x'), std::string("\0\xff", 2)};
  Batch batch(Channel::sharding);
  EXPECT_TRUE(batch.empty());
  for (const std::string& message : messages) batch.add(message);
  EXPECT_EQ(batch.count(), messages.size());
  const auto decoded = Batch::decode(batch.frame());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded.value().channel(), Channel::sharding);
  EXPECT_EQ(decoded.value().count(), messages.size());
  EXPECT_EQ(messages_of(decoded.value()), messages);
  EXPECT_EQ(decoded.value().frame(), batch.frame());
}

TEST(FrameTest, TheBytesStayWhatTheyAre) {
  Batch batch(Channel::user);
  batch.add("ab");
  batch.add("");
  EXPECT_EQ(batch.frame(), std::string("\x03\x02\x02\0\0\0ab\0\0\0\0", 12));
}

TEST(FrameTest, TwoFramesJoin) {
  Batch first(Channel::user);
  first.add("a");
  Batch second(Channel::user);
  second.add("b");
  second.add("c");
  const auto joined = Batch::decode(first.frame() + std::string(second.body()));
  ASSERT_TRUE(joined);
  EXPECT_EQ(messages_of(joined.value()), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(FrameTest, WhatIsNoFrameIsRefusedByName) {
  EXPECT_EQ(frame_refusal(""), "a frame of messages: kind is cut off");
  EXPECT_EQ(frame_refusal(std::string("\x02\x00", 2)), "a frame of messages: kind is not that of messages");
  EXPECT_EQ(frame_refusal(std::string("\x03\x03\0\0\0\0", 6)), "a frame of messages: channel is none");
  EXPECT_EQ(frame_refusal(std::string("\x03\x02", 2)), "a frame of messages: length of a message is cut off");
  EXPECT_EQ(frame_refusal(std::string("\x03\x02\xff\xff\xff\xff", 6)),
            "a frame of messages: message is cut off");
  Batch batch(Channel::user);
  batch.add("some text");
  for (std::size_t size = 0; size < batch.frame().size(); ++size) {
    EXPECT_NE(frame_refusal(batch.frame().substr(0, size)), "") << size;
  }
  EXPECT_NE(frame_refusal(batch.frame() + "x"), "");
}

}  // namespace
}  // namespace shoal::transport
