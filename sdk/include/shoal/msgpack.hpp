#pragma once
// shoal::msgpack: MessagePack straight into structs with SHOAL_FIELDS and back, without a tree in between.
// Needs msgpack-c for C++; the CMake target is shoal::msgpack.
//
// A struct is a map with string keys. Reading follows the same rules as shoal::json; a std::string takes str
// and bin, whatever bytes they hold. A size that is declared is believed only where so many bytes are left,
// before anything is made for it; nothing may follow the value.

#include <cstddef>
#include <cstdint>
#include <msgpack/null_visitor.hpp>
#include <msgpack/pack.hpp>
#include <msgpack/unpack.hpp>
#include <string>
#include <string_view>

#include "shoal/codec.hpp"
#include "shoal/detail/value_reader.hpp"
#include "shoal/detail/value_writer.hpp"

namespace shoal {
namespace detail {

// Hands the events of msgpack-c's parser to a ValueReader. The names are the parser's.
class MsgpackEvents : public ::msgpack::null_visitor {
 public:
  MsgpackEvents(ValueReader& reader, std::size_t size)
      : reader_(reader), unclaimed_bytes_(size > 0 ? size - 1 : 0) {}

  bool visit_nil() { return event({.kind = EventKind::null}); }
  bool visit_boolean(bool value) { return event({.kind = EventKind::boolean, .boolean = value}); }
  bool visit_positive_integer(std::uint64_t value) {
    return event({.kind = EventKind::natural, .natural = value});
  }
  // The parser reports int8..int64 here whatever their sign.
  bool visit_negative_integer(std::int64_t value) {
    return event({.kind = EventKind::integer, .integer = value});
  }
  bool visit_float32(float value) { return event({.kind = EventKind::real, .real = value}); }
  bool visit_float64(double value) { return event({.kind = EventKind::real, .real = value}); }
  bool visit_str(const char* data, std::uint32_t size) {
    if (!claim(size)) return false;
    if (in_key_) return reader_.key({data, size});
    return event({.kind = EventKind::text, .text = {data, size}});
  }
  bool visit_bin(const char* data, std::uint32_t size) {
    return claim(size) && event({.kind = EventKind::bytes, .text = {data, size}});
  }
  bool visit_ext(const char*, std::uint32_t size) {
    return claim(size) && event({.kind = EventKind::extension});
  }

  bool start_array(std::uint32_t count) { return claim(count) && event({.kind = EventKind::array}); }
  bool end_array() { return reader_.end(); }
  bool start_map(std::uint32_t count) {
    return claim(std::uint64_t{count} * 2) && event({.kind = EventKind::object});
  }
  bool end_map() { return reader_.end(); }
  bool start_map_key() {
    in_key_ = true;
    return true;
  }
  bool end_map_key() {
    in_key_ = false;
    return true;
  }

  void parse_error(std::size_t, std::size_t) {
    syntax_error_ = "not MessagePack: a byte that starts no value";
  }
  void insufficient_bytes(std::size_t, std::size_t) { syntax_error_ = "the bytes end within the value"; }

  std::string error() const { return reader_.failed() ? reader_.error() : std::string(syntax_error_); }

 private:
  // Each element is at least one byte, the bytes of a string come on top, and nothing is shared: what is
  // declared in all never passes the size of the input.
  bool claim(std::uint64_t bytes) {
    if (bytes > unclaimed_bytes_) return reader_.fail("more is declared than bytes are left");
    unclaimed_bytes_ -= static_cast<std::size_t>(bytes);
    return true;
  }

  bool event(const Event& found) {
    if (in_key_) return reader_.fail("a key that is no string");
    return reader_.value(found);
  }

  ValueReader& reader_;
  std::size_t unclaimed_bytes_;
  bool in_key_ = false;
  const char* syntax_error_ = "not MessagePack";
};

inline void decode_msgpack(std::string_view bytes, const ValueSlot& value, UnknownFields unknown_fields) {
  ValueReader reader(value, unknown_fields == UnknownFields::refuse);
  MsgpackEvents events(reader, bytes.size());
  std::size_t offset = 0;
  const bool parsed = ::msgpack::parse(bytes.data(), bytes.size(), offset, events);
  if (parsed && offset == bytes.size()) return;
  const std::string reason = parsed ? "bytes follow the value" : events.error();
  throw DecodeError(reason + " (at byte " + std::to_string(offset) + " of " + std::to_string(bytes.size()) +
                    ")");
}

class MsgpackWriter final : public ValueWriter {
 public:
  explicit MsgpackWriter(Buffer& out) : packer_(out) {}

  void null() override { packer_.pack_nil(); }
  void boolean(bool value) override { value ? packer_.pack_true() : packer_.pack_false(); }
  void integer(std::int64_t value) override { packer_.pack_int64(value); }
  void natural(std::uint64_t value) override { packer_.pack_uint64(value); }
  void real(double value) override { packer_.pack_double(value); }
  void real(float value) override { packer_.pack_float(value); }
  void text(std::string_view value) override { string(value); }
  void begin_array(std::size_t count) override { packer_.pack_array(length(count)); }
  void end_array() override {}
  void begin_object(std::size_t count) override { packer_.pack_map(length(count)); }
  void key(std::string_view name) override { string(name); }
  void end_object() override {}

 private:
  void string(std::string_view value) {
    packer_.pack_str(length(value.size()));
    packer_.pack_str_body(value.data(), length(value.size()));
  }

  static std::uint32_t length(std::size_t size) {
    if (size > UINT32_MAX)
      throw EncodeError("MessagePack counts no more than 4,294,967,295 elements or bytes");
    return static_cast<std::uint32_t>(size);
  }

  ::msgpack::packer<Buffer> packer_;
};

inline void encode_msgpack(const ValueView& value, Buffer& out) {
  MsgpackWriter writer(out);
  value.write(value.value, writer);
}

}  // namespace detail

inline constexpr Codec msgpack{SHOAL_CODEC_MSGPACK, "msgpack", &detail::encode_msgpack,
                               &detail::decode_msgpack};

}  // namespace shoal
