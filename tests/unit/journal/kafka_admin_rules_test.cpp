// Goal: a topic that would lose records is refused, with what to do. Method: each setting in turn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/kafka_admin.hpp"

namespace shoal::journal {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(KafkaAdminRulesTest, WhatATopicIsMadeWithHolds) {
  EXPECT_TRUE(check_topic_settings("t", journal_topic_settings()));
}

TEST(KafkaAdminRulesTest, EachSettingThatIsWrongOrUnknownIsNamed) {
  for (const auto& [name, value] : journal_topic_settings()) {
    for (const char* wrong : {"", "compact", "60000", "compact,delete", "true"}) {
      KafkaTopicSettings settings = journal_topic_settings();
      settings[name] = wrong;
      const auto checked = check_topic_settings("flights", settings);
      ASSERT_FALSE(checked) << name << " " << wrong;
      EXPECT_EQ(checked.error().code, ErrorCode::refused);
      EXPECT_THAT(checked.error().message, AllOf(HasSubstr("topic flights has " + name + "=" + wrong),
                                                 HasSubstr("set it to " + value)));
    }
  }
  EXPECT_FALSE(check_topic_settings("t", {}));
}

TEST(KafkaAdminRulesTest, AMessageMayBeLonger) {
  KafkaTopicSettings settings = journal_topic_settings();
  settings["max.message.bytes"] = "1114112";
  EXPECT_TRUE(check_topic_settings("t", settings));
  settings["max.message.bytes"] = "1114111";
  EXPECT_FALSE(check_topic_settings("t", settings));
}

TEST(KafkaAdminRulesTest, TooFewReplicasAreAWarning) {
  KafkaTopicSettings settings = {{"min.insync.replicas", "1"}};
  EXPECT_THAT(warnings_of("t", settings, 1), ElementsAre(HasSubstr("one replica")));
  EXPECT_THAT(warnings_of("t", settings, 3), ElementsAre(HasSubstr("min.insync.replicas=1 of 3")));
  settings["min.insync.replicas"] = "2";
  EXPECT_THAT(warnings_of("t", settings, 3), IsEmpty());
}

}  // namespace
}  // namespace shoal::journal
