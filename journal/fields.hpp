#pragma once
// Fields of the journal's files: little-endian numbers of fixed width, and varints (LEB128, as short as they
// can be; signed ones zigzag) with texts and counts by them. Pure.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shoal::journal {

template <std::unsigned_integral Number>
constexpr Number byte_swapped(Number number) {
  Number swapped = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    swapped = static_cast<Number>(swapped << 8 | (number >> 8 * i & 0xff));
  }
  return swapped;
}

// Little-endian, whatever the machine is.
template <std::unsigned_integral Number>
void store(char* at, Number number) {
  if constexpr (std::endian::native == std::endian::big) number = byte_swapped(number);
  std::memcpy(at, &number, sizeof number);
}

template <std::unsigned_integral Number>
Number load(const char* at) {
  Number number = 0;
  std::memcpy(&number, at, sizeof number);
  if constexpr (std::endian::native == std::endian::big) number = byte_swapped(number);
  return number;
}

inline std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}

inline std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1 ^ (~(number & 1) + 1));
}

// FieldSize, FieldSizeMax and FieldWriter are given the same fields in the same order.
class FieldSize {
 public:
  void put(std::uint64_t number) { bytes_ += (static_cast<std::size_t>(std::bit_width(number | 1)) + 6) / 7; }
  void put_bytes(std::string_view bytes) { bytes_ += bytes.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

// As FieldSize, but every number counts as its longest: what is put adds up without looking at it.
class FieldSizeMax {
 public:
  void put(std::uint64_t) { bytes_ += 10; }
  void put_bytes(std::string_view bytes) { bytes_ += bytes.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

class FieldWriter {
 public:
  explicit FieldWriter(char* at) : at_(at) {}
  void put(std::uint64_t number) {
    for (; number >= 0x80; number >>= 7) *at_++ = static_cast<char>((number & 0x7f) | 0x80);
    *at_++ = static_cast<char>(number);
  }
  void put_bytes(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  const char* end() const { return at_; }

 private:
  char* at_;
};

template <class Sink>
void put_signed(Sink& sink, std::int64_t number) {
  sink.put(zigzag(number));
}

template <class Sink>
void put_text(Sink& sink, std::string_view text) {
  sink.put(text.size());
  sink.put_bytes(text);
}

// Takes fields off the front. After the first that is wrong all are zero and empty, and `ok` is false.
class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;  // more than 64 bits
      number |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte >= 0x80) continue;
      if (byte == 0 && shift > 0) break;  // could be shorter
      return number;
    }
    fail();
    return 0;
  }

  template <std::unsigned_integral Number>
  Number number_of() {
    const std::uint64_t wide = number();
    if (wide > static_cast<Number>(-1)) fail();
    return ok_ ? static_cast<Number>(wide) : 0;
  }

  std::int64_t signed_number() { return unzigzag(number()); }

  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) fail();
    if (!ok_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }
  std::string_view text() { return bytes(number()); }

  // Of elements with at least one byte each.
  std::size_t count() {
    const std::uint64_t count = number();
    if (count > rest_.size()) fail();
    return ok_ ? count : 0;
  }

  // All that is left; nothing after a field that is wrong.
  std::string_view rest() const { return rest_; }

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  void fail() {
    ok_ = false;
    rest_ = {};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace shoal::journal
