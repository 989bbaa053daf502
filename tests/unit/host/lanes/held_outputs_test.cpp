// Goal: what is held is counted from the turn that sent it until its batch has left, also where a batch
// leaves bit by bit or loses something before it leaves. Method: batches of messages of known size.

#include "host/lanes/held_outputs.hpp"

#include <gtest/gtest.h>

#include <string>

#include "shoal/base/bytes.hpp"

namespace shoal::lanes {
namespace {

class HeldOutputsTest : public testing::Test {
 protected:
  // Gives the bytes it takes.
  std::size_t send(std::size_t body_bytes) {
    const std::string body(body_bytes, 'b');
    EnvelopeParts parts;
    parts.body = to_bytes(body);
    EXPECT_TRUE(held_.open().outputs.mail.add(parts));
    return Envelope::size_of(parts);
  }
  void take_mail() {
    held_.front()->outputs.mail.take_all([](Envelope&, const AskStart*) {});
  }

  HeldOutputs held_;
};

TEST_F(HeldOutputsTest, BatchesAreCountedUntilTheyHaveLeft) {
  EXPECT_EQ(held_.bytes(), 0U);
  const std::size_t first = send(100) + send(1'000);
  held_.seal();
  const std::size_t second = send(5'000'000);
  EXPECT_EQ(held_.bytes(), first + second);
  held_.seal();
  EXPECT_EQ(held_.batches(), 2U);
  const std::size_t third = send(10);
  EXPECT_EQ(held_.bytes(), first + second + third);
  take_mail();
  held_.pop();
  EXPECT_EQ(held_.bytes(), second + third);
  // What had to be left out of a batch before it left.
  held_.front()->outputs = {};
  held_.pop();
  EXPECT_EQ(held_.bytes(), third);
  held_.seal();
  take_mail();
  held_.pop();
  EXPECT_EQ(held_.bytes(), 0U);
  EXPECT_TRUE(held_.empty());
  EXPECT_EQ(held_.front(), nullptr);
}

TEST_F(HeldOutputsTest, ABatchWhoseMemoryIsUsedAgainHasNothingOfTheOneBefore) {
  for (int i = 0; i < 10; ++i) {
    const std::size_t bytes = send(100);
    held_.add_record(1, Ticket{7});
    EXPECT_EQ(held_.bytes(), bytes);
    held_.seal();
    EXPECT_TRUE(held_.open().empty());
    ASSERT_EQ(held_.front()->records.size(), 1U);
    EXPECT_EQ(held_.front()->records[0].count, 1U);
    take_mail();
    held_.pop();
    EXPECT_EQ(held_.bytes(), 0U);
  }
}

}  // namespace
}  // namespace shoal::lanes
