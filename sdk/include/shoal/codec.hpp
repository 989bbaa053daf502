#pragma once
// Codec: how values become bytes and bytes become values. `shoal/json.hpp` gives shoal::json,
// `shoal/msgpack.hpp` gives shoal::msgpack; shoal::raw here takes bodies as they are.
//
//   std::string text = shoal::encode(shoal::json, flight);
//   Flight copy = shoal::decode<Flight>(shoal::json, text);
//
// Decoders are bounded: at most 32 levels of arrays and objects, no size believed beyond the bytes at hand.

#include <string>
#include <string_view>
#include <type_traits>

#include "shoal/abi/base.h"
#include "shoal/buffer.hpp"
#include "shoal/detail/value_reader.hpp"
#include "shoal/detail/value_writer.hpp"
#include "shoal/errors.hpp"

namespace shoal {

// What a decoder does with a field its struct does not have.
enum class UnknownFields { skip, refuse };

// A codec is two functions over the shape of a value, so it is compiled once and not once a type. Instances
// have static storage.
struct Codec {
  shoal_codec id;
  const char* name;
  // Appends the value; throws EncodeError.
  void (*encode)(const detail::ValueView& value, Buffer& out);
  // Fills the value from exactly all of `bytes`; throws DecodeError. After an error the value is half filled.
  void (*decode)(std::string_view bytes, const detail::ValueSlot& value, UnknownFields unknown_fields);
};

// Bytes taken as they are: the body of a message whose codec is shoal::raw, and a way to send what is
// encoded.
struct Raw {
  std::string_view data;
};

// The codec of bodies that are no values: messages of it are `Raw`, or a struct of yours with one
// std::string_view.
inline constexpr Codec raw{
    SHOAL_CODEC_BYTES, "raw",
    [](const detail::ValueView&, Buffer&) {
      throw EncodeError("the codec `raw` encodes no struct: send shoal::Raw, or name another codec");
    },
    [](std::string_view, const detail::ValueSlot&, UnknownFields) {
      throw DecodeError("the codec `raw` decodes no struct: take shoal::Raw, or name another codec");
    }};

// Appends `value` to `out`. A Raw is appended as it is.
template <class T>
void encode_into(const Codec& codec, const T& value, Buffer& out) {
  if constexpr (std::is_same_v<T, Raw>) {
    out.append(value.data);
  } else {
    codec.encode(detail::ValueView::of(value), out);
  }
}

template <class T>
std::string encode(const Codec& codec, const T& value) {
  Buffer out;
  encode_into(codec, value, out);
  return std::string(out.view());
}

template <class T>
void decode_into(const Codec& codec, std::string_view bytes, T& value,
                 UnknownFields unknown_fields = UnknownFields::skip) {
  if constexpr (std::is_same_v<T, Raw>) {
    value.data = bytes;
  } else {
    codec.decode(bytes, detail::ValueSlot::of(value), unknown_fields);
  }
}

template <class T>
T decode(const Codec& codec, std::string_view bytes, UnknownFields unknown_fields = UnknownFields::skip) {
  T value{};
  decode_into(codec, bytes, value, unknown_fields);
  return value;
}

}  // namespace shoal
