#include "host/config/secrets.hpp"

#include <algorithm>
#include <array>

namespace shoal::config {
namespace {

constexpr std::array<std::string_view, 12> secret_parts = {
    "password", "passwd",      "passphrase", "secret",    "token",  "credential",
    "key.pem",  "private.key", "api.key",    "sasl.jaas", "apikey", "oauthbearer.config"};

// librdkafka's in-memory private key has a short name that is the beginning of harmless ones.
constexpr std::string_view secret_whole = "ssl.key";

char normalized(char c) {
  if (c == '_' || c == '-') return '.';
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_secret_key(std::string_view key) {
  std::string name{key};
  std::ranges::transform(name, name.begin(), normalized);
  // The location of a secret is a file name, which operators need to see.
  if (name.ends_with(".location")) return false;
  return name == secret_whole || std::ranges::any_of(secret_parts, [&](std::string_view part) {
           return name.find(part) != std::string::npos;
         });
}

std::string mask_urls(std::string_view text) {
  std::string shown;
  while (true) {
    const std::size_t scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return shown.append(text);
    const std::size_t begin = scheme_end + 3;
    shown.append(text.substr(0, begin));
    text.remove_prefix(begin);
    // The last '@' before the end of the authority: a password may hold an '@' itself.
    const std::string_view authority = text.substr(0, text.find_first_of("/?# \t\r\n\"'<>,"));
    const std::size_t at = authority.rfind('@');
    if (at == std::string_view::npos) continue;
    shown.append(secret_mask);
    text.remove_prefix(at);
  }
}

Value masked(std::string_view key, const Value& value) {
  Value shown = value;
  if (is_secret_key(key)) {
    shown.data = std::string{secret_mask};
  } else if (auto* text = std::get_if<std::string>(&shown.data)) {
    *text = mask_urls(*text);
  } else if (auto* list = std::get_if<List>(&shown.data)) {
    for (Value& element : *list) element = masked(key, element);
  } else if (auto* table = std::get_if<Table>(&shown.data)) {
    for (auto& [name, member] : *table) member = masked(name, member);
  }
  return shown;
}

}  // namespace shoal::config
