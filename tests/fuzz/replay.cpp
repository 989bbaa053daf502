// Calls a target once for each file of the folders it is given, without a fuzzer: every compiler can. Exit 1
// where a folder cannot be read or holds no file, so that a corpus that got lost is noticed.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "target.hpp"

namespace {

// In an order of its own, whatever the file system's is.
std::vector<std::filesystem::path> files_of(const char* folder) {
  std::error_code failed;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

bool replay(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.good() && !stream.eof()) return false;
  // Said before, so that it is known which file ended the program.
  std::fprintf(stderr, "replay: %s\n", file.c_str());
  const auto exact = std::make_unique<char[]>(text.size());
  std::ranges::copy(text, exact.get());
  shoal::fuzz::run({exact.get(), text.size()});
  return true;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count < 2) {
    std::fprintf(stderr, "usage: %s CORPUS…\n", arguments[0]);
    return 2;
  }
  for (int i = 1; i < argument_count; ++i) {
    const auto files = files_of(arguments[i]);
    if (files.empty()) {
      std::fprintf(stderr, "replay: %s: no such folder, or nothing in it\n", arguments[i]);
      return 1;
    }
    for (const auto& file : files) {
      if (replay(file)) continue;
      std::fprintf(stderr, "replay: %s cannot be read\n", file.c_str());
      return 1;
    }
  }
  return 0;
}
