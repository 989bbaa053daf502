#pragma once
// Fields of the wire: numbers, texts and lists as cluster/WIRE.md describes them, for all that nodes send
// each other. Pure; a reader allocates nothing before it has seen that the bytes for it are there.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "shoal/base/assert.hpp"

namespace shoal::cluster {

// The longest name, address, role, setting or reason.
inline constexpr std::size_t wire_text_bytes_max = 4'096;
inline constexpr std::size_t wire_text_bytes_min = 2;
inline constexpr std::size_t wire_list_max = 65'535;  // elements
inline constexpr std::size_t wire_payload_bytes_max = 240 * 1024;

// WireSize and WireWriter are given the same fields in the same order.
class WireSize {
 public:
  template <std::unsigned_integral Number>
  void put(Number) {
    bytes_ += sizeof(Number);
  }
  void put_bytes(std::string_view text) { bytes_ += text.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

class WireWriter {
 public:
  explicit WireWriter(std::string& bytes) : bytes_(bytes) {}

  // Little-endian, whatever the machine is.
  template <std::unsigned_integral Number>
  void put(Number number) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) bytes_ += static_cast<char>(number >> 8 * i & 0xff);
  }
  void put_bytes(std::string_view text) { bytes_ += text; }

 private:
  std::string& bytes_;
};

template <class Sink>
void put_count(Sink& sink, std::size_t count) {
  SHOAL_ASSERT(count <= wire_list_max);
  sink.put(static_cast<std::uint16_t>(count));
}

template <class Sink>
void put_text(Sink& sink, std::string_view text) {
  SHOAL_ASSERT(text.size() <= wire_text_bytes_max);
  put_count(sink, text.size());
  sink.put_bytes(text);
}

template <class Sink>
void put_payload(Sink& sink, std::string_view payload) {
  SHOAL_ASSERT(payload.size() <= wire_payload_bytes_max);
  sink.put(static_cast<std::uint32_t>(payload.size()));
  sink.put_bytes(payload);
}

// Takes fields off the front. The first that is wrong is the error; all after it are zero and empty.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <std::unsigned_integral Number>
  Number number(const char* field) {
    if (rest_.size() < sizeof(Number)) {
      fail(field, "is cut off");
      return 0;
    }
    Number number = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      number |= static_cast<Number>(Number{static_cast<unsigned char>(rest_[i])} << 8 * i);
    }
    rest_.remove_prefix(sizeof(Number));
    return number;
  }

  // Of elements with at least so many bytes each.
  std::size_t count(const char* field, std::size_t element_bytes_min) {
    const std::size_t count = number<std::uint16_t>(field);
    if (count * element_bytes_min <= rest_.size()) return count;
    fail(field, "is cut off");
    return 0;
  }

  std::string text(const char* field) {
    const std::size_t size = number<std::uint16_t>(field);
    require(size <= wire_text_bytes_max, field, "is too long");
    require(size <= rest_.size(), field, "is cut off");
    if (!ok()) return "";
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }

  void skip(std::size_t bytes, const char* field) {
    require(bytes <= rest_.size(), field, "is cut off");
    if (ok()) rest_.remove_prefix(bytes);
  }

  std::string payload(const char* field) {
    const std::size_t size = number<std::uint32_t>(field);
    require(size <= wire_payload_bytes_max, field, "is too long");
    require(size <= rest_.size(), field, "is cut off");
    if (!ok()) return "";
    std::string payload(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return payload;
  }

  void fail(const char* field, const char* problem) {
    if (error_.empty()) error_ = std::string(field) + " " + problem;
    rest_ = {};
  }
  void require(bool condition, const char* field, const char* problem) {
    if (!condition) fail(field, problem);
  }

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  std::string error_;
};

}  // namespace shoal::cluster
