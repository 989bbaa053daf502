#pragma once
// What a fuzz target is: one function of bytes that nobody vouches for. It must take any input, keep nothing
// between calls and need nothing but its argument. Linked to libFuzzer (preset fuzz) or to `replay.cpp`,
// which calls it once for each file of its corpus.

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace shoal::fuzz {

// Each target defines it. `input` ends where its memory ends, so that reading on is seen.
void run(std::string_view input);

// Ends the program where something that holds for every input does not hold for this one.
inline void require(bool condition, std::string_view what) {
  if (condition) return;
  std::fprintf(stderr, "fuzz: does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

// Whether the text is one JSON value in UTF-8, also where a number in it is larger than the parser takes: the
// grammar knows no largest one.
bool is_json(std::string_view text);

// Cuts the first line off `rest`, without its line break.
inline std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// Cuts the first byte off `rest`; 0 where there is none.
inline unsigned char take_byte(std::string_view& rest) {
  if (rest.empty()) return 0;
  const char first = rest.front();
  rest.remove_prefix(1);
  return static_cast<unsigned char>(first);
}

}  // namespace shoal::fuzz
