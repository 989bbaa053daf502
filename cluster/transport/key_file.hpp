#pragma once
// KeyFile: reading and writing the text files that keys stand in.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/base/result.hpp"

namespace shoal::transport {

inline constexpr std::size_t key_file_bytes_max = 1024 * 1024;

struct FileText {
  std::string text;
  mode_t mode = 0;
};

// not_found, or failed with the system's reason.
Result<FileText> read_file(const std::filesystem::path& path);

// The file is there whole or not at all. already_exists: it is left as it is.
Result<void> create_file(const std::filesystem::path& path, std::string_view text, mode_t mode);
// The file has the new text or the old one, whatever happens.
Result<void> replace_file(const std::filesystem::path& path, std::string_view text, mode_t mode);

struct FileLine {
  std::size_t number = 0;
  std::vector<std::string_view> words;
};

// Lines that say something, cut at blanks. The views are of `text`.
std::vector<FileLine> lines_of(std::string_view text);

// "PATH:LINE: problem", as bad_config.
Error line_error(const std::filesystem::path& path, std::size_t line, std::string_view problem);

}  // namespace shoal::transport
