// Goal: rows come out by RFC 4180 however the reads cut the bytes, and a broken file is an error with its
// line. Method: each text is read in pieces of every small size and at once; all must agree.

#include "host/kafka/csv_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace shoal::kafka {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Parsed {
  std::vector<std::vector<std::string>> rows;  // the header first
  std::vector<std::uint64_t> lines;            // of the rows after the header
  std::string error;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

Parsed parse_in_pieces(std::string_view text, std::size_t piece_bytes) {
  Parsed parsed;
  CsvReader reader{"data.csv", [&](std::span<char> buffer) -> Result<std::size_t> {
                     const auto count = std::min({buffer.size(), piece_bytes, text.size()});
                     std::copy_n(text.begin(), count, buffer.begin());
                     text.remove_prefix(count);
                     return count;
                   }};
  const auto header = reader.read_header();
  if (!header) {
    parsed.error = header.error().message;
    return parsed;
  }
  parsed.rows.push_back(reader.columns());
  while (true) {
    const auto found = reader.next();
    if (!found) {
      parsed.error = found.error().message;
      return parsed;
    }
    if (!found.value()) {
      return parsed;
    }
    parsed.rows.emplace_back(reader.fields().begin(), reader.fields().end());
    parsed.lines.push_back(reader.line());
  }
}

Parsed parse(std::string_view text) {
  const auto parsed = parse_in_pieces(text, text.size() + 1);
  for (std::size_t piece_bytes = 1; piece_bytes < std::min<std::size_t>(text.size(), 12); ++piece_bytes) {
    EXPECT_EQ(parse_in_pieces(text, piece_bytes), parsed)
        << "in pieces of " << piece_bytes << " bytes: " << text;
  }
  return parsed;
}

TEST(CsvReader, PlainRows) {
  const auto parsed = parse("a,b,c\n1,2,3\n,,\n x , y,z\n");
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("a", "b", "c"), ElementsAre("1", "2", "3"),
                                       ElementsAre("", "", ""), ElementsAre(" x ", " y", "z")));
  EXPECT_THAT(parsed.lines, ElementsAre(2, 3, 4));
}

TEST(CsvReader, TheLastRowNeedsNoNewline) {
  const auto expected = ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"));
  EXPECT_THAT(parse("a,b\n1,2").rows, expected);
  EXPECT_THAT(parse("a,b\r\n1,2").rows, expected);
  EXPECT_THAT(parse("a,b\r\n1,2\r").rows, expected);
  EXPECT_THAT(parse("a,b\n1,").rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "")));
  EXPECT_THAT(parse("a,b\n1,\"2\"").rows, expected);
}

TEST(CsvReader, CarriageReturnLineFeedEndsARow) {
  const auto parsed = parse("a,b\r\n1,\r\n\"x\",\"y\"\r\n");
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", ""), ElementsAre("x", "y")));
}

TEST(CsvReader, ACarriageReturnAloneIsACharacter) {
  EXPECT_THAT(parse("a,b\nx\ry,\r\r\n").rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("x\ry", "\r")));
}

TEST(CsvReader, QuotedFieldsHoldCommasQuotesAndNewlines) {
  const auto parsed =
      parse("a,b\n\"x, y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\r\n\"\n\"\",\"\"\"\"\nend,1\n");
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.rows,
              ElementsAre(ElementsAre("a", "b"), ElementsAre("x, y", "say \"hi\""),
                          ElementsAre("two\nlines", "\r\n"), ElementsAre("", "\""), ElementsAre("end", "1")));
  EXPECT_THAT(parsed.lines, ElementsAre(2, 3, 6, 7));
}

TEST(CsvReader, AByteOrderMarkIsSkipped) {
  EXPECT_THAT(parse("\xEF\xBB\xBF"
                    "a,b\n1,2\n")
                  .rows,
              ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(parse("\xEF\xBB\xBF"
                    "\"a\",b\n")
                  .rows,
              ElementsAre(ElementsAre("a", "b")));
  EXPECT_THAT(parse("a\n\xEF\xBB\xBF\n").rows, ElementsAre(ElementsAre("a"), ElementsAre("\xEF\xBB\xBF")));
}

TEST(CsvReader, RowsWithoutAnyCharacterAreSkipped) {
  const auto parsed = parse("\n\na,b\n\n1,2\r\n\r\n\n3,4\n\n");
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.rows, ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2"), ElementsAre("3", "4")));
  EXPECT_THAT(parsed.lines, ElementsAre(5, 8));
  EXPECT_THAT(parse("a\n\"\"\n\n").rows, ElementsAre(ElementsAre("a"), ElementsAre("")));
}

TEST(CsvReader, RowsLongerThanTheReadBuffer) {
  const std::string wide(300'000, 'x');
  const auto parsed = parse_in_pieces("a,b\n" + wide + ",\"" + wide + "\"\n1,2\n", 1'000'000);
  EXPECT_EQ(parsed.error, "");
  EXPECT_THAT(parsed.rows,
              ElementsAre(ElementsAre("a", "b"), ElementsAre(wide, wide), ElementsAre("1", "2")));
}

TEST(CsvReader, AWrongFieldCountIsAnErrorWithItsLine) {
  EXPECT_EQ(parse("a,b\n1,2\n1,2,3\n").error, "data.csv:3: the row has 3 fields, the header has 2");
  EXPECT_EQ(parse("a,b\n\"x\ny\",2\n1\n").error, "data.csv:4: the row has 1 fields, the header has 2");
}

TEST(CsvReader, AnUnterminatedQuoteIsAnErrorWithTheLineThatOpensIt) {
  EXPECT_EQ(parse("a,b\n1,2\n\"x\ny\",\"open\nmore\nand more").error,
            "data.csv:4: a quote opened here never closes");
  const std::string endless(CsvReader::row_bytes_max + 10, 'x');
  EXPECT_EQ(parse_in_pieces("a,b\n1,\"" + endless, 1'000'000).error,
            "data.csv:2: a quote opened here does not close within 1 MiB");
}

TEST(CsvReader, ARowIsBounded) {
  EXPECT_EQ(parse_in_pieces("a,b\n1," + std::string(CsvReader::row_bytes_max + 10, 'x'), 1'000'000).error,
            "data.csv:2: the row is longer than 1 MiB");
  EXPECT_EQ(parse_in_pieces("a,b\n1," + std::string(CsvReader::row_bytes_max + 10, ','), 1'000'000).error,
            "data.csv:2: the row is longer than 1 MiB");
}

TEST(CsvReader, AQuoteOutOfPlaceIsAnError) {
  EXPECT_THAT(parse("a,b\n5\" pipe,2\n").error,
              HasSubstr("data.csv:2: a quote inside a field that is not quoted"));
  EXPECT_THAT(parse("a,b\n\"x\"y,2\n").error, HasSubstr("data.csv:2: a closing quote must be followed by"));
  EXPECT_THAT(parse("a,b\n\"x\"\r,2\n").error, HasSubstr("data.csv:2: a closing quote must be followed by"));
}

TEST(CsvReader, AnEmptyFileAndAColumnTwiceAreErrors) {
  EXPECT_THAT(parse("").error, HasSubstr("data.csv:1: the file is empty"));
  EXPECT_THAT(parse("\xEF\xBB\xBF").error, HasSubstr("data.csv:1: the file is empty"));
  EXPECT_EQ(parse("a,b,a\n").error, "data.csv:1: two columns are named \"a\": rename one");
}

TEST(CsvReader, AnErrorOfTheReadIsHandedOn) {
  int reads = 0;
  CsvReader reader{"data.csv", [&](std::span<char> buffer) -> Result<std::size_t> {
                     if (++reads > 1) {
                       return error(ErrorCode::failed, "the disk is gone");
                     }
                     const std::string_view text = "a,b\n1,2\n3,";
                     std::copy(text.begin(), text.end(), buffer.begin());
                     return text.size();
                   }};
  ASSERT_TRUE(reader.read_header());
  EXPECT_TRUE(reader.next().value());
  const auto broken = reader.next();
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "the disk is gone");
}

}  // namespace
}  // namespace shoal::kafka
