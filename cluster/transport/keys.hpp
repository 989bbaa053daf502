#pragma once
// Keys: a node's own key pair, by which others know it, and the file it is kept in:
//
//   public 64HEX
//   secret 64HEX
//
// Keys are Curve25519's, as ZeroMQ's CURVE takes them, in hexadecimal. Empty lines and lines that begin with
// `#` say nothing. Errors name file and line. Any thread.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/base/result.hpp"

namespace shoal::transport {

inline constexpr std::size_t key_bytes = 32;

struct PublicKey {
  std::array<std::uint8_t, key_bytes> bytes{};
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

// Wiped when it goes.
struct SecretKey {
  std::array<std::uint8_t, key_bytes> bytes{};
  SecretKey() = default;
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();
};

struct KeyPair {
  PublicKey public_key;
  SecretKey secret_key;
};

KeyPair generate_key_pair();

std::string to_hex(const PublicKey& key);  // 64 lowercase digits
std::optional<PublicKey> key_from_hex(std::string_view hex);

// Writes a new file with mode 0600. already_exists: there is one, which is left as it is.
Result<void> write_key_pair(const std::filesystem::path& path, const KeyPair& pair);
// Replaces the file, at once or not at all; the old pair is kept beside it as PATH.old. not_found: none
// there.
Result<void> replace_key_pair(const std::filesystem::path& path, const KeyPair& pair);
// bad_config: others may read the file, it is malformed, or its two keys do not belong together.
Result<KeyPair> read_key_pair(const std::filesystem::path& path);

}  // namespace shoal::transport
