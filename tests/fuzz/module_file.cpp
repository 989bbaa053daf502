// A file that is to be loaded as a module, before the dynamic linker sees it.
#include <span>

#include "host/modules/elf_check.hpp"
#include "target.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto summary = modules::check_elf(std::as_bytes(std::span{input}));
  if (!summary) {
    require(!summary.error().message.empty(), "what is refused is refused with a reason");
    return;
  }
  const modules::ElfSummary& elf = summary.value();
  require(elf.exported.size() <= elf.exported_count && elf.unique.size() <= elf.unique_count,
          "no more is listed than is there");
  for (const auto* names : {&elf.needed, &elf.exported, &elf.unique}) {
    require(names->size() <= modules::elf_names_max, "lists are bounded");
    for (const auto& name : *names) require(name.size() <= modules::elf_name_bytes_max, "names are bounded");
  }
}

}  // namespace shoal::fuzz
