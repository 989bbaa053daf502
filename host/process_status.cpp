#include "host/process_status.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace shoal::host {
namespace {

// Fields of /proc/self/stat behind the process's name, which may hold any byte (man 5 proc; the numbers are
// those of the page less 3).
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

std::vector<double> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text.size()) return {};
  std::istringstream words(text.substr(name_end + 4));  // behind the one letter of the state
  std::vector<double> fields{0};
  for (double field = 0; words >> field;) fields.push_back(field);
  return fields;
}

// When the machine started, in seconds since the Unix epoch.
double boot_time_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return 0;
}

std::uint64_t open_fds() {
  std::error_code failed;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", failed), end; !failed && entry != end;
       entry.increment(failed)) {
    ++count;
  }
  return count == 0 ? 0 : count - 1;  // less the one that lists them
}

}  // namespace

management::ProcessStatus read_process_status() {
  management::ProcessStatus status;
  const std::vector<double> fields = stat_fields();
  if (fields.size() > kResidentPages) {
    const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    status.cpu_seconds_total = (fields[kUserTicks] + fields[kSystemTicks]) / ticks_per_second;
    status.threads = static_cast<std::uint64_t>(fields[kThreads]);
    status.start_time_seconds = boot_time_seconds() + fields[kStartTicks] / ticks_per_second;
    status.virtual_memory_bytes = static_cast<std::uint64_t>(fields[kVirtualBytes]);
    status.resident_memory_bytes = static_cast<std::uint64_t>(fields[kResidentPages]) *
                                   static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  status.open_fds = open_fds();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) status.max_fds = limit.rlim_cur;
  return status;
}

}  // namespace shoal::host
