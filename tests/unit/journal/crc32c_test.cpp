// Goal: the checksum is CRC32C, the same by instruction and by table, in one piece or in several. Method:
// known sums, and every length and alignment up to 100 bytes.
#include "journal/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace shoal::journal {
namespace {

TEST(Crc32cTest, HasTheKnownSums) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32cTest, IsTheSameByTableAndInPieces) {
  std::string bytes;
  for (int i = 0; i < 120; ++i) bytes += static_cast<char>(i * 37 + 11);
  const std::string_view all = bytes;
  for (std::size_t from = 0; from < 20; ++from) {
    for (std::size_t size = 0; size <= 100; ++size) {
      const std::string_view piece = all.substr(from, size);
      const std::uint32_t sum = crc32c(piece);
      ASSERT_EQ(crc32c_by_table(piece), sum) << from << " " << size;
      ASSERT_EQ(crc32c(piece.substr(size / 3), crc32c(piece.substr(0, size / 3))), sum);
    }
  }
}

TEST(Crc32cTest, IsTheSameOfThreePiecesAtOnce) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes += static_cast<char>(i * 53 + 7);
  const std::string_view all = bytes;
  for (std::size_t size = 0; size <= 60; ++size) {
    const Crc32cPieces pieces{all.substr(3, size), all.substr(70, 2 * size), all.substr(11, 40)};
    const Crc32cSums before{0, 17, 0xffffffffU};
    const Crc32cSums sums = crc32c(pieces, before);
    for (std::size_t i = 0; i < crc32c_lanes; ++i)
      ASSERT_EQ(sums[i], crc32c_by_table(pieces[i], before[i])) << size << " " << i;
  }
}

}  // namespace
}  // namespace shoal::journal
