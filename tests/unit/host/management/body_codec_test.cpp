// Goal: bodies cross between JSON and the codec of a message, and hostile ones are refused before they cost
// anything. Method: examples made by hand from the MessagePack specification.
#include "host/management/body_codec.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace shoal::management {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text.push_back(static_cast<char>(value));
  return text;
}

std::string shown(std::string_view body, shoal_codec codec) {
  const auto result = to_json(body, codec);
  return result.has_value() ? result.value() : "error: " + result.error().message;
}

TEST(BodyCodec, JsonStaysAsItWasWritten) {
  EXPECT_EQ(transcode("{\"a\": 1.00}", SHOAL_CODEC_JSON).value(), "{\"a\": 1.00}");
  EXPECT_EQ(shown("{\"a\": 1.00}", SHOAL_CODEC_JSON), "{\"a\": 1.00}");
}

TEST(BodyCodec, NoBodyIsAnEmptyObjectOrNoBytes) {
  EXPECT_EQ(transcode("", SHOAL_CODEC_JSON).value(), "{}");
  EXPECT_EQ(transcode("", SHOAL_CODEC_MSGPACK).value(), bytes({0x80}));
  EXPECT_EQ(transcode("", SHOAL_CODEC_BYTES).value(), "");
}

TEST(BodyCodec, JsonBecomesMessagePack) {
  EXPECT_EQ(transcode("{\"a\":[1,true,null,\"x\"]}", SHOAL_CODEC_MSGPACK).value(),
            bytes({0x81, 0xa1, 'a', 0x94, 0x01, 0xc3, 0xc0, 0xa1, 'x'}));
}

TEST(BodyCodec, JsonStringsBecomeBytes) {
  EXPECT_EQ(transcode("\"a\\u0000b\"", SHOAL_CODEC_BYTES).value(), std::string("a\0b", 3));
  EXPECT_EQ(transcode("{\"base64\":\"AP8=\"}", SHOAL_CODEC_BYTES).value(), bytes({0x00, 0xff}));
  for (const char* text : {"1", "{}", "{\"base64\":1}", "{\"base64\":\"AP8\"}", "{\"base64\":\"A\"}",
                           "{\"base64\":\"AP8=\",\"more\":1}", "[\"x\"]"}) {
    const auto result = transcode(text, SHOAL_CODEC_BYTES);
    ASSERT_FALSE(result.has_value()) << text;
    EXPECT_EQ(result.error().code, ErrorCode::invalid_argument);
  }
}

TEST(BodyCodec, RefusesRequestsThatAreNoJson) {
  for (const shoal_codec codec : {SHOAL_CODEC_JSON, SHOAL_CODEC_MSGPACK, SHOAL_CODEC_BYTES}) {
    EXPECT_FALSE(transcode("{", codec).has_value());
    EXPECT_FALSE(transcode(std::string(40, '[') + std::string(40, ']'), codec).has_value());
  }
  EXPECT_FALSE(transcode("{}", shoal_codec{99}).has_value());
}

TEST(BodyCodec, MessagePackBecomesJson) {
  EXPECT_EQ(shown(bytes({0x81, 0xa1, 'a',  0x93, 0xff, 0xcb, 0x3f, 0xf8, 0,    0,    0,   0,
                         0,    0,    0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
                  SHOAL_CODEC_MSGPACK),
            "{\"a\":[-1,1.5,18446744073709551615]}");
  EXPECT_EQ(shown(bytes({0xc4, 2, 0x00, 0xff}), SHOAL_CODEC_MSGPACK), "{\"base64\":\"AP8=\"}");
  EXPECT_EQ(shown(bytes({0x91, 0xd4, 0xfe, 0x01}), SHOAL_CODEC_MSGPACK),
            "[{\"base64\":\"AQ==\",\"type\":-2}]");
  EXPECT_EQ(shown(bytes({0xca, 0x7f, 0x80, 0, 0}), SHOAL_CODEC_MSGPACK), "null") << "infinity";
}

TEST(BodyCodec, EverySizedMessagePackItemIsWalked) {
  const std::string long_text(70'000, 'x');
  const nlohmann::json value = {
      {"strings", {std::string(10, 'a'), std::string(40, 'b'), std::string(300, 'c'), long_text}},
      {"numbers",
       {0, 200, 60'000, 4'000'000'000, 5'000'000'000, -1, -100, -30'000, -2'000'000'000, -3'000'000'000}},
      {"reals", {0.5, 0.1}},
      {"arrays", {std::vector<int>(10), std::vector<int>(100), std::vector<int>(70'000)}}};
  std::string packed;
  nlohmann::json::to_msgpack(value, packed);
  EXPECT_EQ(shown(packed, SHOAL_CODEC_MSGPACK), value.dump());
}

TEST(BodyCodec, RefusesBrokenMessagePack) {
  const std::string deep = std::string(1'000'000, static_cast<char>(0x91)) + '\x01';
  const std::vector<std::string> bodies = {bytes({0xc1}),
                                           bytes({0x92, 0x01}),
                                           bytes({0x01, 0x02}),
                                           bytes({0xdd, 0xff, 0xff, 0xff, 0xff}),
                                           bytes({0xdf, 0xff, 0xff, 0xff, 0xff}),
                                           bytes({0xc6, 0xff, 0xff, 0xff, 0xff}),
                                           bytes({0xdb, 0xff, 0xff, 0xff, 0xff}),
                                           bytes({0xa5, 'a'}),
                                           bytes({0x81, 0x01, 0x02}),
                                           bytes({0xa1, 0xff}),
                                           bytes({0xcd, 0x01}),
                                           deep};
  for (const std::string& body : bodies) {
    const auto result = to_json(body, SHOAL_CODEC_MSGPACK);
    ASSERT_FALSE(result.has_value()) << body.size();
    EXPECT_EQ(result.error().code, ErrorCode::failed);
  }
}

TEST(BodyCodec, MessagePackDepthIsBounded) {
  EXPECT_TRUE(to_json(std::string(32, static_cast<char>(0x91)) + '\x01', SHOAL_CODEC_MSGPACK).has_value());
  EXPECT_FALSE(to_json(std::string(33, static_cast<char>(0x91)) + '\x01', SHOAL_CODEC_MSGPACK).has_value());
}

TEST(BodyCodec, BytesBecomeTextOrBase64) {
  EXPECT_EQ(shown("gr\xc3\xbc\xc3\x9f \"x\"", SHOAL_CODEC_BYTES), "\"gr\xc3\xbc\xc3\x9f \\\"x\\\"\"");
  EXPECT_EQ(shown("", SHOAL_CODEC_BYTES), "\"\"");
  EXPECT_EQ(shown(bytes({0xff}), SHOAL_CODEC_BYTES), "{\"base64\":\"/w==\"}");
  EXPECT_EQ(shown("a\n", SHOAL_CODEC_BYTES), "{\"base64\":\"YQo=\"}");
}

TEST(BodyCodec, EmptyRepliesAreNull) {
  EXPECT_EQ(shown("", SHOAL_CODEC_JSON), "null");
  EXPECT_EQ(shown("", SHOAL_CODEC_MSGPACK), "null");
}

TEST(BodyCodec, RefusesRepliesThatAreNotWhatTheySay) {
  EXPECT_FALSE(to_json("{", SHOAL_CODEC_JSON).has_value());
  EXPECT_FALSE(to_json("\"\xff\"", SHOAL_CODEC_JSON).has_value());
  EXPECT_FALSE(to_json(std::string("{}\0x", 4), SHOAL_CODEC_JSON).has_value());
  EXPECT_FALSE(to_json("{}", shoal_codec{99}).has_value());
}

}  // namespace
}  // namespace shoal::management
