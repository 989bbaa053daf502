#pragma once
// shoal::json: JSON text (RFC 8259) straight into structs with SHOAL_FIELDS and back, without a tree in
// between. Needs nlohmann_json; the CMake target is shoal::json.
//
// Reading: fields that a struct does not have are skipped; numbers are checked against the field's range;
// 1400.0 is taken for a whole number; text must be UTF-8; a field twice, a missing field and what follows the
// value are errors. Writing: an empty std::optional is null; whole numbers have no fraction (1400, never
// 1400.0); text that is not UTF-8 and numbers that are not finite are errors.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "shoal/codec.hpp"
#include "shoal/detail/json_writer.hpp"
#include "shoal/detail/value_reader.hpp"

namespace shoal {
namespace detail {

// Counts the characters the parser has taken: its events do not say where they stand.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* position, const char** furthest) : position_(position), furthest_(furthest) {}

  reference operator*() const { return *position_; }
  CountingIterator& operator++() {
    *furthest_ = ++position_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& one, const CountingIterator& other) {
    return one.position_ == other.position_;
  }
  friend bool operator!=(const CountingIterator& one, const CountingIterator& other) {
    return !(one == other);
  }

 private:
  const char* position_;
  const char** furthest_;
};

// Hands the events of nlohmann's parser to a ValueReader. The names are the parser's.
class JsonEvents {
 public:
  explicit JsonEvents(ValueReader& reader) : reader_(reader) {}

  bool null() { return reader_.value({.kind = EventKind::null}); }
  bool boolean(bool value) { return reader_.value({.kind = EventKind::boolean, .boolean = value}); }
  bool number_integer(std::int64_t value) {
    return reader_.value({.kind = EventKind::integer, .integer = value});
  }
  bool number_unsigned(std::uint64_t value) {
    return reader_.value({.kind = EventKind::natural, .natural = value});
  }
  bool number_float(double value, const std::string&) {
    return reader_.value({.kind = EventKind::real, .real = value});
  }
  bool string(const std::string& value) { return reader_.value({.kind = EventKind::text, .text = value}); }
  bool binary(const nlohmann::json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return reader_.value({.kind = EventKind::object}); }
  bool key(const std::string& name) { return reader_.key(name); }
  bool end_object() { return reader_.end(); }
  bool start_array(std::size_t) { return reader_.value({.kind = EventKind::array}); }
  bool end_array() { return reader_.end(); }

  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& exception) {
    const std::string_view text = exception.what();
    const std::size_t reason =
        text.find(" - ");  // "[…] parse error at line 1, column 5: … - invalid literal; …"
    const bool overflow = text.find("number overflow") != std::string_view::npos;
    syntax_error_ = overflow                           ? "the number is too large"
                    : reason != std::string_view::npos ? std::string(text.substr(reason + 3))
                                                       : std::string(text);
    // The parser quotes what it read, which may be no text at all.
    for (char& character : syntax_error_) {
      if (static_cast<unsigned char>(character) >= 0x80) character = '?';
    }
    return false;
  }

  std::string error() const { return reader_.failed() ? reader_.error() : "not JSON: " + syntax_error_; }

 private:
  ValueReader& reader_;
  std::string syntax_error_;
};

inline void decode_json(std::string_view text, const ValueSlot& value, UnknownFields unknown_fields) {
  ValueReader reader(value, unknown_fields == UnknownFields::refuse);
  JsonEvents events(reader);
  const char* const begin = text.data();
  const char* furthest = begin;
  const CountingIterator first(begin, &furthest);
  const CountingIterator last(begin + text.size(), &furthest);
  const bool parsed = nlohmann::json::sax_parse(first, last, &events);
  // The parser takes a NUL for the end, whatever follows.
  const bool whole = parsed && furthest[-1] != '\0';
  if (whole) return;
  throw DecodeError((parsed ? "not JSON: a NUL character" : events.error()) + " (at byte " +
                    std::to_string(furthest - begin) + " of " + std::to_string(text.size()) + ")");
}

inline void encode_json(const ValueView& value, Buffer& out) { write_json(value, out, Unwritable::refuse); }

}  // namespace detail

inline constexpr Codec json{SHOAL_CODEC_JSON, "json", &detail::encode_json, &detail::decode_json};

}  // namespace shoal
