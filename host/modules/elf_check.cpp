#include "host/modules/elf_check.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "shoal/abi/module.h"

namespace shoal::modules {

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half host_machine = EM_X86_64;
constexpr const char* host_machine_name = "x86-64";
#elif defined(__aarch64__)
constexpr Elf64_Half host_machine = EM_AARCH64;
constexpr const char* host_machine_name = "AArch64";
#else
#error "the ELF check knows x86-64 and AArch64"
#endif

constexpr std::size_t program_headers_max = 256;
constexpr std::uint64_t memory_bytes_max = std::uint64_t{1} << 32;  // of all segments together
constexpr const char* truncated = "the file is truncated: copy it again";

Error refuse(std::string reason) { return error(ErrorCode::failed, std::move(reason)); }

// Bounded reads of a file; every offset may be any 64-bit number.
class Image {
 public:
  explicit Image(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t size() const { return bytes_.size(); }

  bool holds(std::uint64_t offset, std::uint64_t length) const {
    return offset <= bytes_.size() && length <= bytes_.size() - offset;
  }

  template <class T>
  std::optional<T> read(std::uint64_t offset) const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (!holds(offset, sizeof(T))) {
      return std::nullopt;
    }
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  // Requires: `holds(offset, length)`.
  std::string_view text(std::uint64_t offset, std::uint64_t length) const {
    return {reinterpret_cast<const char*>(bytes_.data()) + offset, static_cast<std::size_t>(length)};
  }

 private:
  std::span<const std::byte> bytes_;
};

Result<Elf64_Ehdr> check_file_header(const Image& image) {
  if (image.size() == 0) {
    return refuse("the file is empty");
  }
  if (!image.holds(0, SELFMAG) || std::memcmp(image.text(0, SELFMAG).data(), ELFMAG, SELFMAG) != 0) {
    return refuse("it is not an ELF file, a module is a shared library");
  }
  const auto header = image.read<Elf64_Ehdr>(0);
  if (!header) {
    return refuse(std::string{"the ELF header does not fit: "} + truncated);
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != host_machine) {
    return refuse("it is built for another machine (ELF class " + std::to_string(header->e_ident[EI_CLASS]) +
                  ", machine " + std::to_string(header->e_machine) + "), this host is " + host_machine_name +
                  ": rebuild it for this machine");
  }
  if (header->e_ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT ||
      header->e_ehsize != sizeof(Elf64_Ehdr)) {
    return refuse("its ELF header is damaged: rebuild it or copy it again");
  }
  if (header->e_type != ET_DYN) {
    return refuse("it is an ELF file but no shared library: link it with -shared");
  }
  return *header;
}

Result<std::vector<Elf64_Phdr>> read_program_headers(const Image& image, const Elf64_Ehdr& header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0 ||
      header.e_phnum > program_headers_max) {
    return refuse("its program header table is damaged: rebuild it or copy it again");
  }
  std::vector<Elf64_Phdr> segments;
  for (std::uint64_t index = 0; index < header.e_phnum; ++index) {
    // The table starts inside the file or the sum wraps around to a place that `read` refuses or that is
    // harmless.
    const auto segment = image.holds(header.e_phoff, 0)
                             ? image.read<Elf64_Phdr>(header.e_phoff + index * sizeof(Elf64_Phdr))
                             : std::nullopt;
    if (!segment) {
      return refuse(std::string{"its program headers end beyond the file: "} + truncated);
    }
    segments.push_back(*segment);
  }
  return segments;
}

// The linker does not read sections, but they stand at the end of the file: where they are missing, so is
// more.
Result<void> check_sections(const Image& image, const Elf64_Ehdr& header) {
  if (header.e_shoff == 0) {
    return success();
  }
  if (header.e_shentsize != sizeof(Elf64_Shdr)) {
    return refuse("its section header table is damaged: rebuild it or copy it again");
  }
  const std::uint64_t count = header.e_shnum == 0 ? 1 : header.e_shnum;
  if (!image.holds(header.e_shoff, count * sizeof(Elf64_Shdr))) {
    return refuse(std::string{"its section headers end beyond the file: "} + truncated);
  }
  for (std::uint64_t index = 0; index < count; ++index) {
    const auto section = image.read<Elf64_Shdr>(header.e_shoff + index * sizeof(Elf64_Shdr));
    if (section && section->sh_type != SHT_NOBITS && section->sh_type != SHT_NULL &&
        !image.holds(section->sh_offset, section->sh_size)) {
      return refuse("its section " + std::to_string(index) + " ends beyond the file: " + truncated);
    }
  }
  return success();
}

// What the linker takes for granted of segments it maps: whole in the file, ascending, not overlapping,
// aligned.
Result<void> check_load_segment(const Image& image, const Elf64_Phdr& segment, const std::string& name,
                                std::uint64_t memory_end) {
  if (!image.holds(segment.p_offset, segment.p_filesz)) {
    return refuse("its " + name + " needs the file up to byte " +
                  std::to_string(segment.p_offset + segment.p_filesz) + ", which has " +
                  std::to_string(image.size()) + ": " + truncated);
  }
  const bool is_alignment = (segment.p_align & (segment.p_align - 1)) == 0;
  const bool is_aligned = segment.p_align < 2 || (segment.p_vaddr - segment.p_offset) % segment.p_align == 0;
  if (segment.p_filesz > segment.p_memsz || segment.p_memsz > memory_bytes_max ||
      segment.p_vaddr > memory_bytes_max || segment.p_vaddr < memory_end ||
      segment.p_align > memory_bytes_max || !is_alignment || !is_aligned) {
    return refuse("its " + name + " is damaged: rebuild it or copy it again");
  }
  return success();
}

Result<void> check_segments(const Image& image, const std::vector<Elf64_Phdr>& segments) {
  std::uint64_t memory_end = 0;
  std::size_t load_count = 0;
  for (std::size_t index = 0; index < segments.size(); ++index) {
    const Elf64_Phdr& segment = segments[index];
    const std::string name = "segment " + std::to_string(index);
    if (segment.p_type == PT_LOAD) {
      SHOAL_TRYV(check_load_segment(image, segment, name, memory_end));
      memory_end = segment.p_vaddr + segment.p_memsz;
      ++load_count;
    } else if (segment.p_type != PT_GNU_STACK && !image.holds(segment.p_offset, segment.p_filesz)) {
      return refuse("its " + name + " ends beyond the file: " + truncated);
    } else if (segment.p_type == PT_TLS && segment.p_filesz > segment.p_memsz) {
      return refuse("its " + name + " is damaged: rebuild it or copy it again");
    }
  }
  if (load_count == 0) {
    return refuse("it has nothing to load: rebuild it");
  }
  return success();
}

// The dynamic section and what it points to.
class Dynamic {
 public:
  Dynamic(const Image& image, const std::vector<Elf64_Phdr>& segments) : image_(image), segments_(segments) {}

  Result<void> read();
  Result<ElfSummary> summarize() const;

 private:
  struct Table {
    std::uint64_t address = 0;  // in memory, relative to the library's start; 0: absent
    std::uint64_t offset = 0;   // in the file
  };

  void keep(const Elf64_Dyn& entry);
  Result<void> check_tables();
  std::optional<std::uint64_t> file_offset(std::uint64_t address, std::uint64_t length) const;
  Result<std::uint64_t> symbol_count() const;
  Result<std::uint64_t> gnu_hash_symbol_count() const;
  void add_symbol(const Elf64_Sym& symbol, ElfSummary& summary) const;
  std::string_view name_at(std::uint64_t offset) const;

  const Image& image_;
  const std::vector<Elf64_Phdr>& segments_;
  Table strings_;
  Table symbols_;
  Table hash_;
  Table gnu_hash_;
  std::uint64_t strings_size_ = 0;
  std::uint64_t symbol_size_ = sizeof(Elf64_Sym);
  std::uint64_t flags_1_ = 0;
  std::vector<std::uint64_t> needed_;  // offsets into the strings
  // Tables the linker reads while it relocates: start and size.
  std::pair<std::uint64_t, std::uint64_t> relocations_{};
  std::pair<std::uint64_t, std::uint64_t> jump_relocations_{};
};

Error damaged_dynamic() { return refuse("its dynamic section is damaged: rebuild it or copy it again"); }

std::optional<std::uint64_t> Dynamic::file_offset(std::uint64_t address, std::uint64_t length) const {
  for (const Elf64_Phdr& segment : segments_) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr <= segment.p_filesz &&
        length <= segment.p_filesz - (address - segment.p_vaddr)) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  return std::nullopt;
}

void Dynamic::keep(const Elf64_Dyn& entry) {
  const std::uint64_t value = entry.d_un.d_val;
  switch (entry.d_tag) {
    case DT_STRTAB:
      strings_.address = value;
      break;
    case DT_STRSZ:
      strings_size_ = value;
      break;
    case DT_SYMTAB:
      symbols_.address = value;
      break;
    case DT_SYMENT:
      symbol_size_ = value;
      break;
    case DT_HASH:
      hash_.address = value;
      break;
    case DT_GNU_HASH:
      gnu_hash_.address = value;
      break;
    case DT_FLAGS_1:
      flags_1_ = value;
      break;
    case DT_NEEDED:
      needed_.push_back(value);
      break;
    case DT_RELA:
      relocations_.first = value;
      break;
    case DT_RELASZ:
      relocations_.second = value;
      break;
    case DT_JMPREL:
      jump_relocations_.first = value;
      break;
    case DT_PLTRELSZ:
      jump_relocations_.second = value;
      break;
    default:
      break;
  }
}

Result<void> Dynamic::read() {
  const auto is_dynamic = [](const Elf64_Phdr& segment) { return segment.p_type == PT_DYNAMIC; };
  if (std::ranges::count_if(segments_, is_dynamic) != 1) {
    return refuse("it has no dynamic section, so it is no shared library: link it with -shared");
  }
  const Elf64_Phdr& segment = *std::ranges::find_if(segments_, is_dynamic);
  if (file_offset(segment.p_vaddr, segment.p_filesz) != segment.p_offset) {
    return damaged_dynamic();
  }
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= segment.p_filesz; at += sizeof(Elf64_Dyn)) {
    const auto entry = image_.read<Elf64_Dyn>(segment.p_offset + at);
    if (!entry) {
      return damaged_dynamic();
    }
    if (entry->d_tag == DT_NULL) {
      return check_tables();
    }
    keep(*entry);
  }
  return damaged_dynamic();
}

Result<void> Dynamic::check_tables() {
  const auto strings = file_offset(strings_.address, strings_size_);
  const auto symbols = file_offset(symbols_.address, sizeof(Elf64_Sym));
  if (strings_.address == 0 || symbols_.address == 0 || strings_size_ == 0 || !strings || !symbols ||
      symbol_size_ != sizeof(Elf64_Sym)) {
    return damaged_dynamic();
  }
  strings_.offset = *strings;
  symbols_.offset = *symbols;
  for (const auto& [address, size] : {relocations_, jump_relocations_}) {
    if (size != 0 && !file_offset(address, size)) {
      return damaged_dynamic();
    }
  }
  for (Table* table : {&hash_, &gnu_hash_}) {
    const auto offset = file_offset(table->address, 4 * sizeof(Elf64_Word));
    if (table->address != 0 && !offset) {
      return damaged_dynamic();
    }
    table->offset = offset.value_or(0);
  }
  if ((flags_1_ & DF_1_PIE) != 0) {
    return refuse("it is a program, not a shared library: link it with -shared");
  }
  return success();
}

// The symbol table does not say how long it is; the hash tables do.
Result<std::uint64_t> Dynamic::symbol_count() const {
  std::uint64_t count = 0;
  if (hash_.address != 0) {
    count = image_.read<Elf64_Word>(hash_.offset + sizeof(Elf64_Word)).value_or(0);
  } else if (gnu_hash_.address != 0) {
    SHOAL_TRY(counted, gnu_hash_symbol_count());
    count = counted;
  } else {
    return damaged_dynamic();
  }
  if (!file_offset(symbols_.address, count * sizeof(Elf64_Sym))) {
    return damaged_dynamic();
  }
  return count;
}

// Table: bucket count, first hashed symbol, bloom size in 64-bit words, shift; bloom; buckets; chains. The
// last symbol is the end of the chain that starts last; the lowest bit marks an end.
Result<std::uint64_t> Dynamic::gnu_hash_symbol_count() const {
  const auto header = image_.read<std::array<Elf64_Word, 4>>(gnu_hash_.offset);
  if (!header) {
    return damaged_dynamic();
  }
  const std::uint64_t bucket_count = (*header)[0];
  const std::uint64_t first_hashed = (*header)[1];
  const std::uint64_t buckets = gnu_hash_.offset + sizeof(*header) + (*header)[2] * std::uint64_t{8};
  const std::uint64_t chains = buckets + bucket_count * sizeof(Elf64_Word);
  if (!image_.holds(buckets, bucket_count * sizeof(Elf64_Word))) {
    return damaged_dynamic();
  }
  std::uint64_t last = 0;
  for (std::uint64_t index = 0; index < bucket_count; ++index) {
    last = std::max<std::uint64_t>(last,
                                   image_.read<Elf64_Word>(buckets + index * sizeof(Elf64_Word)).value_or(0));
  }
  if (last < first_hashed) {
    return first_hashed;  // nothing is exported; what is below is imported
  }
  while (true) {
    const auto chain = image_.read<Elf64_Word>(chains + (last - first_hashed) * sizeof(Elf64_Word));
    if (!chain) {
      return damaged_dynamic();
    }
    ++last;
    if ((*chain & 1U) != 0) {
      return last;
    }
  }
}

std::string_view Dynamic::name_at(std::uint64_t offset) const {
  if (offset >= strings_size_) {
    return {};
  }
  const std::uint64_t length = std::min<std::uint64_t>(strings_size_ - offset, elf_name_bytes_max);
  const std::string_view rest = image_.text(strings_.offset + offset, length);
  return rest.substr(0, rest.find('\0'));
}

void Dynamic::add_symbol(const Elf64_Sym& symbol, ElfSummary& summary) const {
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  const std::string_view name = name_at(symbol.st_name);
  if (symbol.st_shndx == SHN_UNDEF) {
    summary.registers_thread_exits |= name.starts_with("__cxa_thread_atexit");
    return;
  }
  // An absolute symbol is the name of a version node, not something to call.
  if (binding == STB_LOCAL || symbol.st_shndx == SHN_ABS || visibility == STV_HIDDEN ||
      visibility == STV_INTERNAL) {
    return;
  }
  summary.exports_entry |= name == SHOAL_MODULE_ENTRY_NAME;
  if (++summary.exported_count <= elf_names_max) {
    summary.exported.emplace_back(name);
  }
  if (binding == STB_GNU_UNIQUE && ++summary.unique_count <= elf_names_max) {
    summary.unique.emplace_back(name);
  }
}

Result<ElfSummary> Dynamic::summarize() const {
  ElfSummary summary;
  summary.no_delete = (flags_1_ & DF_1_NODELETE) != 0;
  for (const std::uint64_t offset : needed_) {
    if (summary.needed.size() < elf_names_max) {
      summary.needed.emplace_back(name_at(offset));
    }
  }
  SHOAL_TRY(count, symbol_count());
  for (std::uint64_t index = 1; index < count; ++index) {  // number 0 is reserved
    const auto symbol = image_.read<Elf64_Sym>(symbols_.offset + index * sizeof(Elf64_Sym));
    if (symbol) {
      add_symbol(*symbol, summary);
    }
  }
  return summary;
}

}  // namespace

Result<ElfSummary> check_elf(std::span<const std::byte> file) {
  const Image image{file};
  SHOAL_TRY(header, check_file_header(image));
  SHOAL_TRY(segments, read_program_headers(image, header));
  SHOAL_TRYV(check_segments(image, segments));
  SHOAL_TRYV(check_sections(image, header));
  Dynamic dynamic{image, segments};
  SHOAL_TRYV(dynamic.read());
  return dynamic.summarize();
}

}  // namespace shoal::modules
