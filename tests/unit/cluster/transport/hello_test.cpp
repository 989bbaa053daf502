// Goal: greetings come as they went, the bytes of version 1 stay what they are, and what is none is refused
// by name. Method: each kind there and back, cut at every byte, and with each field wrong.
#include "cluster/transport/hello.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shoal::transport {
namespace {

const Hello hello{"c", {"n", "h:1", cluster::Uid{0x0102030405060708}}};

std::string hello_refusal(const std::string& frame) {
  const auto greeting = decode_greeting(frame);
  return greeting ? "" : greeting.error().message;
}

TEST(HelloTest, EachKindComesAsItWent) {
  const auto came = decode_greeting(encode(hello));
  ASSERT_TRUE(came);
  EXPECT_EQ(std::get<Hello>(came.value()).cluster_name, hello.cluster_name);
  EXPECT_EQ(std::get<Hello>(came.value()).from, hello.from);
  const auto welcome = decode_greeting(encode(Welcome{hello.from}));
  ASSERT_TRUE(welcome);
  EXPECT_EQ(std::get<Welcome>(welcome.value()).from, hello.from);
  const auto refusal = decode_greeting(encode(Refusal{"because"}));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(std::get<Refusal>(refusal.value()).reason, "because");
}

TEST(HelloTest, TheBytesStayWhatTheyAre) {
  EXPECT_EQ(encode(hello), std::string("\0\x01\x01\0c\x01\0n\x03\0h:1\x08\x07\x06\x05\x04\x03\x02\x01", 21));
  EXPECT_EQ(encode(Welcome{hello.from}).substr(0, 2), std::string("\x01\x01", 2));
  EXPECT_EQ(encode(Refusal{"no"}), std::string("\x02\x01\x02\0no", 6));
}

TEST(HelloTest, AGreetingIsToldByItsFirstByte) {
  EXPECT_TRUE(is_greeting(encode(hello)));
  EXPECT_TRUE(is_greeting(encode(Refusal{""})));
  EXPECT_FALSE(is_greeting(""));
  EXPECT_FALSE(is_greeting("\x03"));
  EXPECT_FALSE(is_greeting("\xff"));
}

TEST(HelloTest, WhatIsNoneIsRefusedByName) {
  for (const Greeting& greeting : {Greeting{hello}, Greeting{Welcome{hello.from}}, Greeting{Refusal{"no"}}}) {
    const std::string bytes = encode(greeting);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_NE(hello_refusal(bytes.substr(0, size)), "") << size;
    EXPECT_EQ(hello_refusal(bytes + "x"), "a greeting: greeting is longer than it says");
  }
  std::string newer = encode(hello);
  newer[1] = 2;
  EXPECT_NE(hello_refusal(newer).find("version 2"), std::string::npos);
  EXPECT_NE(hello_refusal(newer).find("run hosts of one release line"), std::string::npos);
  EXPECT_EQ(hello_refusal("\x03\x01"), "a greeting: kind is not that of a greeting");
  Hello wrong = hello;
  wrong.from.name.clear();
  EXPECT_EQ(hello_refusal(encode(wrong)), "a greeting: name is empty");
  wrong = hello;
  wrong.from.address.clear();
  EXPECT_EQ(hello_refusal(encode(wrong)), "a greeting: address is empty");
  wrong = hello;
  wrong.from.uid = cluster::Uid{};
  EXPECT_EQ(hello_refusal(encode(wrong)), "a greeting: uid is 0");
}

}  // namespace
}  // namespace shoal::transport
