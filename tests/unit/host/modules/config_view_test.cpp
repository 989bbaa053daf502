// Goal: a module reads from its table what the operator wrote, by dotted path. Method: call through the ABI
// struct.

#include "host/modules/config_view.hpp"

#include <gtest/gtest.h>

#include <string_view>

#include "shoal/base/bytes.hpp"

namespace shoal::modules {
namespace {

constexpr const char* module_table =
    R"({"name": "N1", "limit": 180, "low": -5, "ratio": 0.5, "on": true, "off": false,
  "huge": 18446744073709551615, "list": [1, 2], "deep": {"inner": {"text": ""}}, "": "empty key"})";

class ConfigViewTest : public testing::Test {
 protected:
  void SetUp() override {
    auto parsed = ConfigView::parse({module_table});
    ASSERT_TRUE(parsed.has_value());
    view_ = std::move(parsed).value();
  }

  shoal_status get(std::string_view path) {
    value_ = {};
    value_.size = sizeof(value_);
    return view_->abi()->get(view_->abi()->state, to_bytes(path), &value_);
  }

  std::unique_ptr<ConfigView> view_;
  shoal_value value_{};
};

TEST_F(ConfigViewTest, GivesTheWholeTable) { EXPECT_EQ(to_view(view_->abi()->json), module_table); }

TEST_F(ConfigViewTest, GivesStrings) {
  ASSERT_EQ(get("name"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.kind, static_cast<shoal_value_kind>(SHOAL_VALUE_STRING));
  EXPECT_EQ(to_view(value_.string), "N1");
  ASSERT_EQ(get("deep.inner.text"), SHOAL_STATUS_OK);
  EXPECT_FALSE(is_null(value_.string));
  EXPECT_EQ(value_.string.size, 0U);
}

TEST_F(ConfigViewTest, GivesNumbers) {
  ASSERT_EQ(get("limit"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.kind, static_cast<shoal_value_kind>(SHOAL_VALUE_INTEGER));
  EXPECT_EQ(value_.integer, 180);
  EXPECT_EQ(value_.real, 180.0);
  ASSERT_EQ(get("low"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.integer, -5);
  ASSERT_EQ(get("ratio"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.kind, static_cast<shoal_value_kind>(SHOAL_VALUE_FLOAT));
  EXPECT_EQ(value_.real, 0.5);
}

TEST_F(ConfigViewTest, GivesBooleans) {
  ASSERT_EQ(get("on"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.kind, static_cast<shoal_value_kind>(SHOAL_VALUE_BOOLEAN));
  EXPECT_EQ(value_.integer, 1);
  ASSERT_EQ(get("off"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.integer, 0);
}

TEST_F(ConfigViewTest, GivesTheRestAsJson) {
  ASSERT_EQ(get("list"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.kind, static_cast<shoal_value_kind>(SHOAL_VALUE_OTHER));
  const auto list = to_view(value_.string);
  ASSERT_EQ(get("deep"), SHOAL_STATUS_OK);
  EXPECT_EQ(to_view(value_.string), R"({"inner":{"text":""}})");
  EXPECT_EQ(list, "[1,2]");  // still alive after the next call
  ASSERT_EQ(get("huge"), SHOAL_STATUS_OK);
  EXPECT_EQ(value_.kind, static_cast<shoal_value_kind>(SHOAL_VALUE_OTHER));
  EXPECT_EQ(to_view(value_.string), "18446744073709551615");
}

TEST_F(ConfigViewTest, SaysWhatIsNotThere) {
  for (const char* path :
       {"nam", "name.first", "list.0", "deep.inner.text.", "deep..inner", ".", "limit.x"}) {
    EXPECT_EQ(get(path), SHOAL_STATUS_NOT_FOUND) << path;
  }
  EXPECT_EQ(get(""), SHOAL_STATUS_OK);  // the key "" of this table
}

TEST_F(ConfigViewTest, RefusesBadArguments) {
  const auto* abi = view_->abi();
  EXPECT_EQ(abi->get(abi->state, to_bytes("name"), nullptr), SHOAL_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(abi->get(abi->state, null_bytes, &value_), SHOAL_STATUS_INVALID_ARGUMENT);
  value_.size = sizeof(value_) - 1;
  EXPECT_EQ(abi->get(abi->state, to_bytes("name"), &value_), SHOAL_STATUS_INVALID_ARGUMENT);
}

TEST(ConfigViewParseTest, RefusesWhatIsNoObject) {
  for (const char* text : {"", "[]", "1", "{", "{} {}", "null", "{\"a\": \xff}"}) {
    const auto parsed = ConfigView::parse({text});
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::bad_config);
  }
}

}  // namespace
}  // namespace shoal::modules
