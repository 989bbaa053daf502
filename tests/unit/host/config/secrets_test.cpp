// Goal: no secret is shown, and what is no secret is. Method: keys of librdkafka and of modules, URLs, nested
// tables.
#include "host/config/secrets.hpp"

#include <gtest/gtest.h>

#include "host/config/toml_text.hpp"

namespace shoal::config {
namespace {

TEST(SecretKeys, AreRecognizedWhateverTheirSpelling) {
  for (const char* key :
       {"sasl.password", "ssl.key.password", "SSL_KEYSTORE_PASSWORD", "ssl.key.pem", "ssl_key",
        "sasl.oauthbearer.client.secret", "sasl.jaas.config", "sasl.oauthbearer.config", "api_key", "apiKey",
        "access-token", "passphrase", "credentials", "private_key"}) {
    EXPECT_TRUE(is_secret_key(key)) << key;
  }
}

TEST(SecretKeys, LeaveOthersVisible) {
  for (const char* key : {"sasl.username", "ssl.ca.location", "ssl.key.location", "ssl.certificate.pem",
                          "bootstrap_servers", "key", "name", "linger.ms"}) {
    EXPECT_FALSE(is_secret_key(key)) << key;
  }
}

TEST(MaskUrls, HidesTheUserPartOnly) {
  EXPECT_EQ(mask_urls("http://joe:hunter2@proxy:80/a?b@c"), "http://********@proxy:80/a?b@c");
  EXPECT_EQ(mask_urls("a://u:p@ss@h and b://v:q@i"), "a://********@h and b://********@i");
  EXPECT_EQ(mask_urls("see https://example.org/mail@x"), "see https://example.org/mail@x");
  EXPECT_EQ(mask_urls("nobody@example.org"), "nobody@example.org");
  EXPECT_EQ(mask_urls("://"), "://");
  EXPECT_EQ(mask_urls(""), "");
}

TEST(Masked, ReachesEveryDepth) {
  const auto value = read_toml_value(
      R"({a = {password = "hunter2", list = [{token = "t"}, "ftp://u:p@h"]}, secret = {x = "y"}, n = 5})");
  EXPECT_EQ(write_toml(masked("config", *value)),
            R"({ a = { list = [{ token = "********" }, "ftp://********@h"], password = "********" }, n = 5, )"
            R"(secret = "********" })");
  EXPECT_EQ(write_toml(masked("sasl.password", *read_toml_value("12345"))), R"("********")");
}

}  // namespace
}  // namespace shoal::config
