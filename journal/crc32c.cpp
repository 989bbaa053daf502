#include "journal/crc32c.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace shoal::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected

using Table = std::array<std::uint32_t, 256>;

// tables[k][b]: what byte b does to the sum when k bytes come after it.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1U) != 0 ? polynomial : 0U);
    tables[0][byte] = sum;
  }
  for (std::size_t k = 1; k < tables.size(); ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t sum = tables[k - 1][byte];
      tables[k][byte] = (sum >> 8) ^ tables[0][sum & 0xff];
    }
  }
  return tables;
}

constexpr std::array<Table, 8> tables = make_tables();

using Function = std::uint32_t (*)(std::string_view bytes, std::uint32_t before);
using FunctionOfThree = Crc32cSums (*)(const Crc32cPieces& pieces, const Crc32cSums& before);

// How many bytes all of them have, in whole numbers of 8.
std::size_t common_bytes(const Crc32cPieces& pieces) {
  return std::min({pieces[0].size(), pieces[1].size(), pieces[2].size()}) / 8 * 8;
}

// The instructions take the bytes of a number from the lowest on.
#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view bytes, std::uint32_t before) {
  std::uint64_t sum = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    sum = __builtin_ia32_crc32di(sum, word);
  }
  auto narrow = static_cast<std::uint32_t>(sum);
  // What is left in at most three steps, each of which waits for the one before.
  if ((left & 4) != 0) {
    std::uint32_t word = 0;
    std::memcpy(&word, at, 4);
    narrow = __builtin_ia32_crc32si(narrow, word);
    at += 4;
  }
  if ((left & 2) != 0) {
    std::uint16_t word = 0;
    std::memcpy(&word, at, 2);
    narrow = __builtin_ia32_crc32hi(narrow, word);
    at += 2;
  }
  if ((left & 1) != 0) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(*at));
  return ~narrow;
}

__attribute__((target("sse4.2"))) Crc32cSums three_by_instruction(const Crc32cPieces& pieces,
                                                                  const Crc32cSums& before) {
  std::array<std::uint64_t, crc32c_lanes> sums{~before[0], ~before[1], ~before[2]};
  const std::size_t common = common_bytes(pieces);
  for (std::size_t at = 0; at < common; at += 8) {
    std::array<std::uint64_t, crc32c_lanes> words;
    for (std::size_t i = 0; i < crc32c_lanes; ++i) std::memcpy(&words[i], pieces[i].data() + at, 8);
    for (std::size_t i = 0; i < crc32c_lanes; ++i) sums[i] = __builtin_ia32_crc32di(sums[i], words[i]);
  }
  Crc32cSums rest;
  for (std::size_t i = 0; i < crc32c_lanes; ++i)
    rest[i] = by_instruction(pieces[i].substr(common), ~static_cast<std::uint32_t>(sums[i]));
  return rest;
}

bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

#elif defined(__aarch64__)

std::uint32_t by_instruction(std::string_view bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(sum) : "r"(word));
  }
  for (; left > 0; ++at, --left) {
    const std::uint32_t byte = static_cast<unsigned char>(*at);
    __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(sum) : "r"(byte));
  }
  return ~sum;
}

Crc32cSums three_by_instruction(const Crc32cPieces& pieces, const Crc32cSums& before) {
  Crc32cSums sums{~before[0], ~before[1], ~before[2]};
  const std::size_t common = common_bytes(pieces);
  for (std::size_t at = 0; at < common; at += 8) {
    for (std::size_t i = 0; i < crc32c_lanes; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, pieces[i].data() + at, 8);
      __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(sums[i]) : "r"(word));
    }
  }
  for (std::size_t i = 0; i < crc32c_lanes; ++i) sums[i] = by_instruction(pieces[i].substr(common), ~sums[i]);
  return sums;
}

bool has_instruction() { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

#endif

Crc32cSums three_by_table(const Crc32cPieces& pieces, const Crc32cSums& before) {
  Crc32cSums sums;
  for (std::size_t i = 0; i < crc32c_lanes; ++i) sums[i] = crc32c_by_table(pieces[i], before[i]);
  return sums;
}

#if !defined(__x86_64__) && !defined(__aarch64__)

constexpr Function by_instruction = crc32c_by_table;
constexpr FunctionOfThree three_by_instruction = three_by_table;

bool has_instruction() { return false; }

#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  std::size_t at = 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
  for (; bytes.size() - at >= 8; at += 8) {
    sum = tables[7][(sum ^ byte(0)) & 0xff] ^ tables[6][(sum >> 8 ^ byte(1)) & 0xff] ^
          tables[5][(sum >> 16 ^ byte(2)) & 0xff] ^ tables[4][(sum >> 24 ^ byte(3)) & 0xff] ^
          tables[3][byte(4)] ^ tables[2][byte(5)] ^ tables[1][byte(6)] ^ tables[0][byte(7)];
  }
  for (; at < bytes.size(); ++at) sum = (sum >> 8) ^ tables[0][(sum ^ byte(0)) & 0xff];
  return ~sum;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  static const Function function = has_instruction() ? by_instruction : crc32c_by_table;
  return function(bytes, before);
}

Crc32cSums crc32c(const Crc32cPieces& pieces, const Crc32cSums& before) {
  static const FunctionOfThree function = has_instruction() ? three_by_instruction : three_by_table;
  return function(pieces, before);
}

}  // namespace shoal::journal
