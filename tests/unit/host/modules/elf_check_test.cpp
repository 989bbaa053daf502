// Goal: only a whole shared library of this machine passes, and any bytes at all are judged without harm.
// Method: real fixtures, cut at every length, with single header fields changed, and with seeded random
// damage.

#include "host/modules/elf_check.hpp"

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>

#include "tests/modules/fixtures/test_modules.hpp"

namespace shoal::modules {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using tests::test_module;

using Bytes = std::vector<std::byte>;

template <class T>
T get(const Bytes& file, std::uint64_t offset) {
  T value;
  std::memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

template <class T>
void put(Bytes& file, std::uint64_t offset, const T& value) {
  std::memcpy(file.data() + offset, &value, sizeof(T));
}

std::string refusal(const Bytes& file) {
  const auto summary = check_elf(file);
  EXPECT_FALSE(summary.has_value());
  return summary.has_value() ? "" : summary.error().message;
}

class ElfCheckTest : public testing::Test {
 protected:
  // Offset of the first program header of a type.
  std::uint64_t segment_offset(std::uint32_t type) const {
    const auto header = get<Elf64_Ehdr>(good_, 0);
    for (std::uint64_t index = 0; index < header.e_phnum; ++index) {
      const std::uint64_t offset = header.e_phoff + index * sizeof(Elf64_Phdr);
      if (get<Elf64_Phdr>(good_, offset).p_type == type) {
        return offset;
      }
    }
    ADD_FAILURE() << "no segment of type " << type;
    return 0;
  }

  // Offset of the first dynamic entry with a tag.
  std::uint64_t dynamic_offset(std::int64_t tag) const {
    const auto segment = get<Elf64_Phdr>(good_, segment_offset(PT_DYNAMIC));
    for (std::uint64_t at = 0; at < segment.p_filesz; at += sizeof(Elf64_Dyn)) {
      if (get<Elf64_Dyn>(good_, segment.p_offset + at).d_tag == tag) {
        return segment.p_offset + at;
      }
    }
    ADD_FAILURE() << "no dynamic entry " << tag;
    return 0;
  }

  Bytes with_header(void (*change)(Elf64_Ehdr&)) const {
    Bytes file = good_;
    auto header = get<Elf64_Ehdr>(file, 0);
    change(header);
    put(file, 0, header);
    return file;
  }

  Bytes with_segment(std::uint32_t type, void (*change)(Elf64_Phdr&)) const {
    Bytes file = good_;
    auto segment = get<Elf64_Phdr>(file, segment_offset(type));
    change(segment);
    put(file, segment_offset(type), segment);
    return file;
  }

  Bytes with_dynamic(std::int64_t tag, std::uint64_t value) const {
    Bytes file = good_;
    put(file, dynamic_offset(tag), Elf64_Dyn{tag, {value}});
    return file;
  }

  const Bytes good_ = tests::read_file(test_module("good"));
};

TEST_F(ElfCheckTest, SummarizesAGoodModule) {
  const auto summary = check_elf(good_);
  ASSERT_TRUE(summary.has_value()) << summary.error().message;
  EXPECT_THAT(summary.value().exported, ElementsAre("shoal_module_entry"));
  EXPECT_EQ(summary.value().exported_count, 1U);
  EXPECT_TRUE(summary.value().exports_entry);
  EXPECT_FALSE(summary.value().no_delete);
  EXPECT_FALSE(summary.value().registers_thread_exits);
  EXPECT_EQ(summary.value().unique_count, 0U);
  EXPECT_THAT(summary.value().needed, Contains(StartsWith("libc.so")));
}

TEST_F(ElfCheckTest, SeesWhatPins) {
  EXPECT_THAT(check_elf(tests::read_file(test_module("pinned"))).value().unique,
              ElementsAre("pinned_static"));
  EXPECT_TRUE(check_elf(tests::read_file(test_module("no_delete"))).value().no_delete);
  EXPECT_TRUE(check_elf(tests::read_file(test_module("thread_exit"))).value().registers_thread_exits);
  EXPECT_FALSE(check_elf(tests::read_file(test_module("no_entry"))).value().exports_entry);
}

TEST_F(ElfCheckTest, EveryShorterLengthIsRefused) {
  for (std::size_t length = 0; length < good_.size(); ++length) {
    const auto summary = check_elf(std::span{good_}.first(length));
    ASSERT_FALSE(summary.has_value()) << length;
  }
}

TEST_F(ElfCheckTest, CutWithinASegmentWithoutSectionsIsRefused) {
  const auto header = with_header([](Elf64_Ehdr& changed) { changed.e_shoff = 0; });
  const auto dynamic = get<Elf64_Phdr>(good_, segment_offset(PT_DYNAMIC));
  const Bytes cut(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(dynamic.p_offset));
  EXPECT_THAT(refusal(cut), HasSubstr("truncated"));
  EXPECT_TRUE(check_elf(header).has_value());  // a library stripped of its sections is whole
}

TEST_F(ElfCheckTest, WrongHeadersAreNamed) {
  EXPECT_THAT(refusal({}), HasSubstr("empty"));
  EXPECT_THAT(refusal(Bytes(100)), HasSubstr("not an ELF file"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_machine = EM_RISCV; })),
              HasSubstr("another machine"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_ident[EI_CLASS] = ELFCLASS32; })),
              HasSubstr("another machine"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_ident[EI_DATA] = ELFDATA2MSB; })),
              HasSubstr("another machine"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_type = ET_REL; })), HasSubstr("-shared"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_version = 9; })), HasSubstr("damaged"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_phentsize = 8; })), HasSubstr("damaged"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_phnum = 0; })), HasSubstr("damaged"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_phnum = PN_XNUM; })),
              HasSubstr("damaged"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_phoff = ~std::uint64_t{0} - 8; })),
              HasSubstr("truncated"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_shoff = ~std::uint64_t{0} - 8; })),
              HasSubstr("truncated"));
  EXPECT_THAT(refusal(with_header([](Elf64_Ehdr& header) { header.e_shentsize = 1; })), HasSubstr("damaged"));
}

TEST_F(ElfCheckTest, WrongSegmentsAreNamed) {
  EXPECT_THAT(
      refusal(with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_filesz = ~std::uint64_t{0}; })),
      HasSubstr("truncated"));
  EXPECT_THAT(refusal(with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_memsz = 0; })),
              HasSubstr("damaged"));
  EXPECT_THAT(refusal(with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_align = 3; })),
              HasSubstr("damaged"));
  EXPECT_THAT(refusal(with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_vaddr += 1; })),
              HasSubstr("damaged"));
  EXPECT_THAT(
      refusal(with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_memsz = ~std::uint64_t{0}; })),
      HasSubstr("damaged"));
  EXPECT_THAT(
      refusal(with_segment(PT_LOAD, [](Elf64_Phdr& segment) { segment.p_memsz = std::uint64_t{1} << 30; })),
      HasSubstr("damaged"));  // into the next segment
  EXPECT_THAT(refusal(with_segment(PT_DYNAMIC, [](Elf64_Phdr& segment) { segment.p_type = PT_NULL; })),
              HasSubstr("no dynamic section"));
  EXPECT_THAT(refusal(with_segment(PT_DYNAMIC, [](Elf64_Phdr& segment) { segment.p_vaddr += 16; })),
              HasSubstr("dynamic section is damaged"));
  EXPECT_THAT(refusal(with_segment(PT_DYNAMIC, [](Elf64_Phdr& segment) { segment.p_filesz = 16; })),
              HasSubstr("dynamic section is damaged"));  // no end mark
}

TEST_F(ElfCheckTest, WrongDynamicEntriesAreNamed) {
  const std::uint64_t beyond = std::uint64_t{1} << 40;
  for (const std::int64_t tag :
       {DT_STRTAB, DT_STRSZ, DT_SYMTAB, DT_SYMENT, DT_GNU_HASH, DT_RELA, DT_RELASZ}) {
    EXPECT_THAT(refusal(with_dynamic(tag, beyond)), HasSubstr("dynamic section is damaged")) << tag;
    EXPECT_THAT(refusal(with_dynamic(tag, ~std::uint64_t{0})), HasSubstr("dynamic section is damaged"))
        << tag;
  }
}

TEST_F(ElfCheckTest, AProgramIsNoModule) {
  EXPECT_THAT(refusal(tests::read_file("/proc/self/exe")), HasSubstr("not a shared library"));
}

TEST_F(ElfCheckTest, DamageOfAnyKindIsJudged) {
  std::mt19937_64 random{20261121};  // fixed: the same damage in every run
  const std::uint64_t tables[] = {0, segment_offset(PT_LOAD),
                                  get<Elf64_Phdr>(good_, segment_offset(PT_DYNAMIC)).p_offset,
                                  get<Elf64_Dyn>(good_, dynamic_offset(DT_GNU_HASH)).d_un.d_val,
                                  get<Elf64_Dyn>(good_, dynamic_offset(DT_SYMTAB)).d_un.d_val};
  std::size_t refused = 0;
  for (int round = 0; round < 5'000; ++round) {
    Bytes file = good_;
    for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
      const std::uint64_t offset = tables[random() % std::size(tables)] + random() % 512;
      const std::uint64_t values[] = {random(), ~std::uint64_t{0}, 0, std::uint64_t{1} << (random() % 64)};
      std::memcpy(file.data() + offset, &values[random() % std::size(values)], 1 + random() % 8);
    }
    refused += check_elf(file).has_value() ? 0 : 1;
  }
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace shoal::modules
