// Goal: what waits goes in the order of channels, in its own order, and in frames that are no larger than
// they should be. Method: batches of known sizes put in and frames taken out.
#include "cluster/transport/outbox.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal::transport {
namespace {

Batch batch_of(Channel channel, const std::string& text) {
  Batch batch(channel);
  batch.add(text);
  return batch;
}

std::vector<std::string> next_frame(Outbox& outbox) {
  std::vector<Batch> frame;
  outbox.take_frame(frame);
  std::vector<std::string> texts;
  for (const Batch& batch : frame) texts.emplace_back(*batch.begin());
  return texts;
}

TEST(OutboxTest, MembershipThenShardingThenUser) {
  Outbox outbox;
  EXPECT_TRUE(outbox.empty());
  outbox.put(batch_of(Channel::user, "u1"));
  outbox.put(batch_of(Channel::sharding, "s1"));
  outbox.put(batch_of(Channel::membership, "m1"));
  outbox.put(batch_of(Channel::user, "u2"));
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{"m1"});
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{"s1"});
  outbox.put(batch_of(Channel::membership, "m2"));
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{"m2"}) << "before what has waited longer";
  EXPECT_EQ(next_frame(outbox), (std::vector<std::string>{"u1", "u2"}));
  EXPECT_TRUE(outbox.empty());
}

TEST(OutboxTest, AFrameIsFilledAndNotMore) {
  Outbox outbox;
  const std::size_t third = Outbox::frame_bytes_joined / 3;
  for (const char* text : {"a", "b", "c", "d"})
    outbox.put(batch_of(Channel::user, text + std::string(third, '.')));
  EXPECT_EQ(next_frame(outbox).size(), 2);
  EXPECT_EQ(next_frame(outbox).size(), 2);
  outbox.put(batch_of(Channel::user, "small"));
  outbox.put(batch_of(Channel::user, std::string(10 * third, 'x')));
  outbox.put(batch_of(Channel::user, "after"));
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{"small"});
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{std::string(10 * third, 'x')})
      << "a large one alone";
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{"after"});
}

TEST(OutboxTest, AChannelIsTakenWhole) {
  Outbox outbox;
  outbox.put(batch_of(Channel::membership, "m1"));
  outbox.put(batch_of(Channel::membership, "m2"));
  outbox.put(batch_of(Channel::user, "u"));
  EXPECT_EQ(outbox.take_all(Channel::membership).size(), 2);
  EXPECT_TRUE(outbox.take_all(Channel::membership).empty());
  EXPECT_EQ(next_frame(outbox), std::vector<std::string>{"u"});
  EXPECT_TRUE(outbox.empty());
}

}  // namespace
}  // namespace shoal::transport
