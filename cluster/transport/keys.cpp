#include "cluster/transport/keys.hpp"

#include <sodium.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cluster/transport/key_file.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::transport {

namespace {

constexpr std::size_t kHexDigits = 2 * key_bytes;
constexpr mode_t kOwnerOnly = 0600;
constexpr mode_t kOthers = 0077;

static_assert(crypto_box_PUBLICKEYBYTES == key_bytes && crypto_box_SECRETKEYBYTES == key_bytes);

using Bytes = std::array<std::uint8_t, key_bytes>;

std::string hex_of(const Bytes& bytes) {
  std::array<char, kHexDigits + 1> text{};
  ::sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  return {text.data(), kHexDigits};
}

bool read_hex(std::string_view hex, Bytes& bytes) {
  std::size_t size = 0;
  return hex.size() == kHexDigits &&
         ::sodium_hex2bin(bytes.data(), bytes.size(), hex.data(), hex.size(), nullptr, &size, nullptr) == 0 &&
         size == bytes.size();
}

std::string text_of(const KeyPair& pair) {
  return "# A node's key pair. The secret stays in this file; others need the public one.\npublic " +
         hex_of(pair.public_key.bytes) + "\nsecret " + hex_of(pair.secret_key.bytes) + "\n";
}

}  // namespace

SecretKey::~SecretKey() { ::sodium_memzero(bytes.data(), bytes.size()); }

KeyPair generate_key_pair() {
  SHOAL_ASSERT(::sodium_init() >= 0);
  KeyPair pair;
  ::crypto_box_keypair(pair.public_key.bytes.data(), pair.secret_key.bytes.data());
  return pair;
}

std::string to_hex(const PublicKey& key) { return hex_of(key.bytes); }

std::optional<PublicKey> key_from_hex(std::string_view hex) {
  PublicKey key;
  if (!read_hex(hex, key.bytes)) return std::nullopt;
  return key;
}

Result<void> write_key_pair(const std::filesystem::path& path, const KeyPair& pair) {
  return create_file(path, text_of(pair), kOwnerOnly);
}

Result<void> replace_key_pair(const std::filesystem::path& path, const KeyPair& pair) {
  const std::filesystem::path old = path.string() + ".old";
  ::unlink(old.c_str());
  if (::link(path.c_str(), old.c_str()) != 0) {
    return error(errno == ENOENT ? ErrorCode::not_found : ErrorCode::failed,
                 path.string() + " cannot be kept as " + old.string() + ": " + std::strerror(errno));
  }
  return replace_file(path, text_of(pair), kOwnerOnly);
}

Result<KeyPair> read_key_pair(const std::filesystem::path& path) {
  SHOAL_TRY(file, read_file(path));
  if ((file.mode & kOthers) != 0) {
    return error(ErrorCode::bad_config, path.string() +
                                            " holds a secret key and others may read it: chmod 600 " +
                                            path.string() + ", and make a new key if they could have");
  }
  KeyPair pair;
  bool has_public = false;
  bool has_secret = false;
  for (const FileLine& line : lines_of(file.text)) {
    const bool is_pair = line.words.size() == 2;
    if (is_pair && line.words[0] == "public" && !has_public) {
      has_public = read_hex(line.words[1], pair.public_key.bytes);
      if (has_public) continue;
    } else if (is_pair && line.words[0] == "secret" && !has_secret) {
      has_secret = read_hex(line.words[1], pair.secret_key.bytes);
      if (has_secret) continue;
    }
    return line_error(path, line.number, "neither 'public' nor 'secret' with 64 hexadecimal digits");
  }
  if (!has_public || !has_secret) {
    return error(ErrorCode::bad_config, path.string() + " lacks the " + (has_public ? "secret" : "public") +
                                            " key: take it from a copy, or make a new pair");
  }
  Bytes expected{};
  SHOAL_ASSERT(::sodium_init() >= 0);
  ::crypto_scalarmult_base(expected.data(), pair.secret_key.bytes.data());
  if (expected != pair.public_key.bytes) {
    return error(ErrorCode::bad_config, path.string() +
                                            ": the public key is not that of the secret key: take "
                                            "both from one copy, or make a new pair");
  }
  return pair;
}

}  // namespace shoal::transport
