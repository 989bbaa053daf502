#include "host/modules/check.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "host/modules/handshake.hpp"

namespace shoal::modules {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t listed_max = 10;  // names of one list in a report

// The report while it grows.
class Report {
 public:
  void line(const std::string& name, const std::string& value) {
    std::string label = name;
    label.resize(std::max<std::size_t>(label.size() + 1, 12), ' ');
    text_ += label + value + "\n";
  }
  void problem(const std::string& what) {
    text_ += "problem: " + what + "\n";
    ++problems_;
  }
  CheckReport finish() {
    line("verdict", problems_ == 0 ? "passed" : "failed, " + std::to_string(problems_) + " problem(s)");
    return {problems_ == 0, std::move(text_)};
  }

 private:
  std::string text_;
  std::size_t problems_ = 0;
};

// A directory of its own for the copy, so that the check never meets a copy that a host has mapped.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::error_code code;
    std::string name = (fs::temp_directory_path(code) / "shoal-module-check-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      failure_ = std::generic_category().message(errno);
    }
    path_ = name;
  }
  ~TemporaryDirectory() {
    if (failure_.empty()) {
      std::error_code code;
      fs::remove_all(path_, code);
    }
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const fs::path& path() const { return path_; }
  const std::string& failure() const { return failure_; }  // empty: it is there

 private:
  fs::path path_;
  std::string failure_;
};

std::string readable(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name{
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free};
  return status == 0 ? std::string{name.get()} : symbol;
}

std::string join(const std::vector<std::string>& names, std::uint64_t count) {
  std::string text;
  for (std::size_t index = 0; index < names.size() && index < listed_max; ++index) {
    text += (index == 0 ? "" : ", ") + readable(names[index]);
  }
  if (count > listed_max) {
    text += " and " + std::to_string(count - listed_max) + " more";
  }
  return text.empty() ? "nothing" : text;
}

const char* codec_name(shoal_codec codec) {
  switch (codec) {
    case SHOAL_CODEC_JSON:
      return "json";
    case SHOAL_CODEC_MSGPACK:
      return "msgpack";
    default:
      return "bytes";
  }
}

void report_exports(const ElfSummary& elf, Report& report) {
  report.line("needs", join(elf.needed, elf.needed.size()));
  report.line("exports", join(elf.exported, elf.exported_count));
  std::vector<std::string> others = elf.exported;
  std::erase(others, SHOAL_MODULE_ENTRY_NAME);
  const std::uint64_t count = elf.exported_count - 1;
  if (elf.exports_entry && count != 0) {  // without an entry it is no module, and that is all to say
    report.problem(
        "it exports more than " SHOAL_MODULE_ENTRY_NAME ": " + join(others, count) +
        "; another module may be bound to them. Build it with shoal_add_module(), or link it with a version "
        "script that keeps everything else local");
  }
}

// The functions a type may leave out and has not.
std::string optional_functions(const shoal_entity_type& type) {
  std::string text;
  const auto add = [&](bool is_there, const char* name) {
    if (is_there) {
      text += (text.empty() ? "" : ", ") + std::string{name};
    }
  };
  add(type.configure != nullptr, "configure");
  add(type.admit != nullptr, "admit");
  add(type.on_reply != nullptr, "on_reply");
  add(type.on_timer != nullptr, "on_timer");
  add(type.on_receive_timeout != nullptr, "on_receive_timeout");
  add(type.on_reminder != nullptr, "on_reminder");
  add(type.on_stop != nullptr, "on_stop");
  add(type.apply != nullptr, "apply");
  add(type.save != nullptr, "save");
  add(type.load != nullptr, "load");
  add(type.describe != nullptr, "describe");
  return text.empty() ? "no optional function" : text;
}

void report_type(const shoal_entity_type& type, Report& report) {
  report.line("type", std::string{type.name} + ": slot of " + std::to_string(type.slot_size) +
                          " bytes aligned to " + std::to_string(type.slot_alignment) + ", state version " +
                          std::to_string(type.state_version));
  report.line("  has", optional_functions(type));
  for (std::uint32_t index = 0; index < type.message_count; ++index) {
    const shoal_message_type& message = *table_element(type.messages, index);
    const bool accepts_null = (message.flags & SHOAL_MESSAGE_TYPE_ACCEPTS_NULL) != 0;
    report.line("  message", std::string{message.name} + " (" + codec_name(message.codec) +
                                 (accepts_null ? ", may be null)" : ")"));
  }
  for (std::uint32_t index = 0; index < type.event_count; ++index) {
    const shoal_event_type& event = *table_element(type.events, index);
    report.line("  event", std::string{event.name} + " version " + std::to_string(event.version) + " (" +
                               codec_name(event.codec) + ")");
  }
}

Result<void> run_module(const std::shared_ptr<Generation>& generation, const CheckOptions& options,
                        Report& report) {
  SHOAL_TRYV(generation->init(options.module_config));
  SHOAL_TRY(tables, generation->entity_types());
  for (const shoal_entity_type* table : tables) {
    report_type(*table, report);
    SHOAL_TRYV(EntityType::configure(
        generation, *table, options.type_config ? options.type_config(table->name) : config::ModuleTable{}));
  }
  return success();
}

std::string pins(const ElfSummary& elf) {
  std::string text;
  if (elf.unique_count != 0) {
    text += "; unique symbols (build it with -fno-gnu-unique): " + join(elf.unique, elf.unique_count);
  }
  if (elf.no_delete) {
    text += "; it is linked with -z nodelete";
  }
  if (elf.registers_thread_exits) {
    text += "; a thread_local variable with a destructor, as long as a thread that has touched it lives";
  }
  return text.empty() ? "; what pins it is unknown: look for code that opens the library again" : text;
}

void report_unmapping(Library& library, const ElfSummary& elf, Report& report) {
  const bool unmapped = library.close();
  report.line("unmaps", unmapped ? "yes" : "no");
  if (!unmapped) {
    report.problem("it stays mapped after deinit" + pins(elf));
  }
}

void load_and_end(const ModuleFile& file, const fs::path& copies_dir, const CheckOptions& options,
                  Report& report) {
  auto opened = Generation::open(file, {GenerationNumber{1}, copies_dir, options.host_version, options.log});
  if (!opened) {
    report.problem(opened.error().message);
    return;
  }
  std::shared_ptr<Generation> generation = std::move(opened).value();
  report.line("module", generation->id() + " " + generation->version());
  report.line("built with", generation->built_with());
  report.line("abi", describe_abi(generation->abi()));
  const std::shared_ptr<Library> library = generation->library();
  if (const auto ran = run_module(generation, options, report); !ran) {
    report.problem(ran.error().message);
  }
  generation.reset();  // deinit
  report_unmapping(*library, file.elf, report);
}

}  // namespace

CheckReport check_module_file(const fs::path& path, const CheckOptions& options) {
  Report report;
  const auto file = read_module_file(path);
  if (!file) {
    report.line("file", path.string());
    report.problem(file.error().message);
    return report.finish();
  }
  report.line("file", file.value().source.string());
  report.line("sha256", file.value().sha256);
  report_exports(file.value().elf, report);
  const TemporaryDirectory copies;
  if (copies.failure().empty()) {
    load_and_end(file.value(), copies.path(), options, report);
  } else {
    report.problem("no temporary directory for a copy of it: " + copies.failure());
  }
  return report.finish();
}

}  // namespace shoal::modules
