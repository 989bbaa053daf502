// Goal: no struct, field, enumerator or number of the module ABI moves unseen. Method: layout.inc holds them
// as literal numbers; what a C11 and a C++20 compiler make of the headers is compared with it, and the
// headers' text is searched for anything the table lacks.
#include "tests/abi/layout.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace {

#define ALIGNMENT_OF(type) alignof(type)
#define SHOAL_ABI_STRUCT SHOAL_ABI_LAYOUT_ROW_STRUCT
#define SHOAL_ABI_FIELD SHOAL_ABI_LAYOUT_ROW_FIELD
#define SHOAL_ABI_VALUE SHOAL_ABI_LAYOUT_ROW_VALUE
#define SHOAL_ABI_NUMBER SHOAL_ABI_LAYOUT_ROW_VALUE
constexpr layout_row rows_as_cpp[] = {
#include "tests/abi/layout.inc"
};
#undef SHOAL_ABI_STRUCT
#undef SHOAL_ABI_FIELD
#undef SHOAL_ABI_VALUE
#undef SHOAL_ABI_NUMBER

// Nothing but plain data crosses.
#define SHOAL_ABI_STRUCT(name, bytes, alignment) \
  static_assert(std::is_standard_layout_v<name> && std::is_trivial_v<name>);
#define SHOAL_ABI_FIELD(name, member, place, bytes)
#define SHOAL_ABI_VALUE(name, number)
#define SHOAL_ABI_NUMBER(name, number)
#include "tests/abi/layout.inc"

std::string differences(std::span<const layout_row> rows) {
  std::ostringstream out;
  for (const layout_row& row : rows) {
    if (row.expected != row.actual) {
      out << row.kind << " of " << row.type << (*row.type != '\0' && *row.field != '\0' ? "." : "")
          << row.field << ": the ABI says " << row.expected << ", the header gives " << row.actual << '\n';
    }
  }
  return out.str();
}

std::set<std::string> names_in_table() {
  std::set<std::string> names;
  for (const layout_row& row : rows_as_cpp) {
    names.insert(*row.type == '\0' ? row.field : row.type);
  }
  return names;
}

std::string text_of_headers() {
  std::string text;
  for (const char* name : {"base.h", "entity.h", "module.h", "offsets.h"}) {
    std::ifstream file(std::string(SHOAL_ABI_HEADERS) + "/" + name);
    EXPECT_TRUE(file) << name;
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  return text;
}

TEST(Layout, IsWhatTheAbiSaysInC) {
  std::size_t count = 0;
  const layout_row* rows = layout_as_c(&count);
  EXPECT_EQ(differences({rows, count}), "");
}

TEST(Layout, IsWhatTheAbiSaysInCpp) { EXPECT_EQ(differences(rows_as_cpp), ""); }

TEST(Layout, HasNoHoles) {
  // A hole is padding whose bytes nobody sets, or a field that the table lacks.
  std::string type;
  std::uint64_t end = 0;
  std::uint64_t size = 0;
  for (const layout_row& row : rows_as_cpp) {
    const std::string kind = row.kind;
    if (kind == "size") {
      EXPECT_EQ(end, size) << "end of the fields of " << type;
      type = row.type;
      size = row.expected;
      end = 0;
    } else if (kind == "offset") {
      EXPECT_EQ(row.expected, end) << row.type << "." << row.field;
    } else if (kind == "field size") {
      end += row.expected;
    }
  }
  EXPECT_EQ(end, size) << "end of the fields of " << type;
}

TEST(Layout, TableNamesEverythingInTheHeaders) {
  const std::string text = text_of_headers();
  const std::set<std::string> names = names_in_table();
  const std::regex declared(
      R"(\n\} (shoal_\w+);|\b(SHOAL_[A-Z0-9_]+) = \d|#define (SHOAL_\w+) (?:\(|\d|U?INT))");
  std::size_t found = 0;
  for (std::sregex_iterator match(text.begin(), text.end(), declared), end; match != end; ++match) {
    const std::string name = (*match)[1].str() + (*match)[2].str() + (*match)[3].str();
    EXPECT_TRUE(names.contains(name)) << name << " is declared and not in layout.inc";
    ++found;
  }
  EXPECT_EQ(found, names.size())
      << "layout.inc names something that the headers do not declare in the usual form";
}

TEST(Layout, NamesAreFixed) {
  EXPECT_STREQ(SHOAL_ENTITY_FACTORY_ID, "shoal.entity/1");
  EXPECT_STREQ(SHOAL_MODULE_ENTRY_NAME, "shoal_module_entry");
}

}  // namespace
