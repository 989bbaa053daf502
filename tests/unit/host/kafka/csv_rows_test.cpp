// Goal: a file, plain or gzip, comes out as keyed records; damage is named. Method: real files, the year's
// flights among them, counted against what is known of them.

#include "host/kafka/csv_rows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

namespace shoal::kafka {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A directory that goes with the test.
class CsvRowsTest : public testing::Test {
 protected:
  CsvRowsTest() {
    std::string pattern = testing::TempDir() + "shoal-csv-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~CsvRowsTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& name, const std::string& bytes) {
    std::ofstream{directory_ / name, std::ios::binary} << bytes;
    return directory_ / name;
  }

  std::filesystem::path write_packed(const std::string& name, const std::string& text) {
    gzFile file = gzopen((directory_ / name).c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return directory_ / name;
  }

  static std::string text_of(CsvRows& rows) {
    std::string text;
    while (true) {
      const auto record = rows.next();
      if (!record) {
        return text + "error: " + record.error().message;
      }
      if (!record.value()) {
        return text;
      }
      const auto& found = *record.value();
      text += std::to_string(found.line) + " " + std::string{found.key.value_or("(null)")} + " " +
              std::string{found.json} + "\n";
    }
  }

  std::filesystem::path directory_;
};

constexpr const char* small = "id,name\n7,Ada\nNA,Bob\n,\"C, D\"\n";
constexpr const char* small_records =
    "2 7 {\"id\":7,\"name\":\"Ada\"}\n3 (null) {\"id\":null,\"name\":\"Bob\"}\n4 (null) "
    "{\"id\":null,\"name\":\"C, D\"}\n";

TEST_F(CsvRowsTest, PlainAndPackedFilesGiveTheSame) {
  auto plain = CsvRows::open(write("small.csv", small), "id");
  ASSERT_TRUE(plain);
  EXPECT_EQ(text_of(*plain.value()), small_records);
  auto packed = CsvRows::open(write_packed("small.csv.gz", small), "id");
  ASSERT_TRUE(packed);
  EXPECT_EQ(text_of(*packed.value()), small_records);
  EXPECT_DOUBLE_EQ(packed.value()->file_fraction().value(), 1.0);
}

TEST_F(CsvRowsTest, AnUnknownKeyColumnListsTheColumns) {
  const auto rows = CsvRows::open(write("small.csv", small), "tailnum");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(rows.error().message,
              AllOf(HasSubstr("small.csv has no column \"tailnum\""), HasSubstr("id, name")));
}

TEST_F(CsvRowsTest, FilesThatCannotBeReadAreNamed) {
  const auto absent = CsvRows::open(directory_ / "absent.csv", "id");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::not_found);
  EXPECT_THAT(absent.error().message, HasSubstr("absent.csv: no such file"));
  const auto directory = CsvRows::open(directory_, "id");
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("it is a directory"));
}

TEST_F(CsvRowsTest, AFileCutShortIsAnErrorNotAnEnd) {
  std::string text = "id,name\n";
  for (int row = 0; row < 50'000; ++row) {
    text += std::to_string(row * 7919 % 50'021) + ",x\n";
  }
  const auto file = write_packed("cut.csv.gz", text);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  auto rows = CsvRows::open(file, "id");
  ASSERT_TRUE(rows);
  EXPECT_THAT(text_of(*rows.value()),
              HasSubstr("error: " + file.string() + " ends in the middle of its gzip data"));
}

TEST_F(CsvRowsTest, DamagedGzipIsAnError) {
  const auto file = write_packed("damaged.csv.gz", small);
  std::fstream bytes{file, std::ios::binary | std::ios::in | std::ios::out};
  bytes.seekp(-8, std::ios::end);  // its checksum
  bytes << "XXXX";
  bytes.close();
  auto rows = CsvRows::open(file, "id");
  const auto message = rows ? text_of(*rows.value()) : rows.error().message;
  EXPECT_THAT(message, HasSubstr("cannot read " + file.string()));
}

TEST_F(CsvRowsTest, TextThatIsNotUtf8IsAnErrorWithFileAndLine) {
  const auto file = write("latin.csv", "id,name\n1,ok\n2,Z\xFCrich\n");
  auto rows = CsvRows::open(file, "id");
  ASSERT_TRUE(rows);
  EXPECT_THAT(text_of(*rows.value()),
              HasSubstr("error: " + file.string() + ":3: the text in column \"name\""));
}

TEST_F(CsvRowsTest, TheYearsFlights) {
  auto rows = CsvRows::open(SHOAL_FLIGHTS, "tailnum");
  ASSERT_TRUE(rows);
  std::uint64_t count = 0;
  std::uint64_t without_tailnum = 0;
  std::string first;
  for (auto record = rows.value()->next(); record.value(); record = rows.value()->next()) {
    first = first.empty() ? std::string{record.value()->json} : first;
    ++count;
    without_tailnum += record.value()->key ? 0 : 1;
  }
  EXPECT_EQ(count, 336'776);
  EXPECT_EQ(without_tailnum, 2'512);
  EXPECT_EQ(
      first,
      R"({"year":2013,"month":1,"day":1,"dep_time":517,"sched_dep_time":515,"dep_delay":2,"arr_time":830,)"
      R"("sched_arr_time":819,"arr_delay":11,"carrier":"UA","flight":1545,"tailnum":"N14228",)"
      R"("origin":"EWR","dest":"IAH","air_time":227,"distance":1400,"hour":5,"minute":15,)"
      R"("time_hour":"2013-01-01T10:00:00Z"})");
}

}  // namespace
}  // namespace shoal::kafka
