#pragma once
// Writes a value as JSON text. It needs the standard library only, so that `describe` works in every module.

#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "shoal/buffer.hpp"
#include "shoal/detail/utf8.hpp"
#include "shoal/detail/value_writer.hpp"
#include "shoal/errors.hpp"

namespace shoal::detail {

// What becomes of text that is not UTF-8, and of numbers that JSON does not have.
enum class Unwritable {
  refuse,   // EncodeError, for what programs read
  replace,  // U+FFFD and null, for what people read
};

class JsonWriter final : public ValueWriter {
 public:
  JsonWriter(Buffer& out, Unwritable unwritable) : out_(out), unwritable_(unwritable) {}

  void null() override { put("null"); }
  void boolean(bool value) override { put(value ? "true" : "false"); }
  void integer(std::int64_t value) override { number(value); }
  void natural(std::uint64_t value) override { number(value); }
  void real(double value) override { fraction(value); }
  void real(float value) override { fraction(value); }

  void text(std::string_view value) override {
    separate();
    quote(value);
  }

  void begin_array(std::size_t) override { open('['); }
  void end_array() override { close(']'); }
  void begin_object(std::size_t) override { open('{'); }
  void end_object() override { close('}'); }

  void key(std::string_view name) override {
    separate();
    field_ = name;
    quote(name);
    out_.append(':');
    comma_due_ = false;
  }

 private:
  // The longest shortest form of a double is 24 characters.
  static constexpr std::size_t number_bytes_max = 32;

  void separate() {
    if (comma_due_) out_.append(',');
    comma_due_ = true;
  }

  void put(std::string_view token) {
    separate();
    out_.append(token);
  }

  void open(char bracket) {
    separate();
    out_.append(bracket);
    comma_due_ = false;
  }

  void close(char bracket) {
    out_.append(bracket);
    comma_due_ = true;
  }

  template <class Number, class... Format>
  void number(Number value, Format... format) {
    char digits[number_bytes_max];
    const auto result = std::to_chars(digits, digits + number_bytes_max, value, format...);
    put({digits, static_cast<std::size_t>(result.ptr - digits)});
  }

  // Whole numbers print as whole numbers: 1400, not 1400.0 and not 1.4e+03. Fractions, and what passes 64
  // bits, print with the fewest digits that read back as the same number.
  template <class Number>
  void fraction(Number value) {
    constexpr Number integer_end = 9223372036854775808.0F;  // 2^63
    if (!std::isfinite(value)) {
      if (unwritable_ == Unwritable::refuse)
        throw EncodeError(named("JSON has no number that is not finite"));
      null();
    } else if (std::fabs(value) < integer_end && std::trunc(value) == value) {
      number(static_cast<std::int64_t>(value));
    } else {
      number(value, std::chars_format::general);
    }
  }

  void quote(std::string_view text) {
    out_.append('"');
    std::size_t done = 0;
    for (std::size_t i = 0; i < text.size();) {
      const auto byte = static_cast<unsigned char>(text[i]);
      if (byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\') {
        ++i;
        continue;
      }
      const std::size_t length = byte < 0x80 ? 0 : utf8_sequence_bytes(text.substr(i));
      if (length > 0) {
        i += length;
        continue;
      }
      out_.append(text.substr(done, i - done));
      escape(byte);
      done = ++i;
    }
    out_.append(text.substr(done));
    out_.append('"');
  }

  void escape(unsigned char byte) {
    constexpr std::string_view hex = "0123456789abcdef";
    if (byte >= 0x80) {
      if (unwritable_ == Unwritable::refuse) throw EncodeError(named("the text is not UTF-8"));
      out_.append("\xEF\xBF\xBD");
      return;
    }
    switch (byte) {
      case '"':
        out_.append("\\\"");
        return;
      case '\\':
        out_.append("\\\\");
        return;
      case '\n':
        out_.append("\\n");
        return;
      case '\r':
        out_.append("\\r");
        return;
      case '\t':
        out_.append("\\t");
        return;
      default:
        out_.append("\\u00");
        out_.append(hex[byte >> 4]);
        out_.append(hex[byte & 15]);
    }
  }

  std::string named(std::string_view what) const {
    if (field_.empty()) return std::string(what);
    return "field '" + std::string(field_) + "': " + std::string(what);
  }

  Buffer& out_;
  Unwritable unwritable_;
  std::string_view field_;  // the last key, for errors
  bool comma_due_ = false;
};

inline void write_json(const ValueView& value, Buffer& out, Unwritable unwritable) {
  JsonWriter writer(out, unwritable);
  value.write(value.value, writer);
}

}  // namespace shoal::detail
