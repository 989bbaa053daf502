#pragma once
// Walks a value and tells a codec what it finds. The walk is compiled once a type, the codec once.

#include <cstdint>
#include <string_view>

#include "shoal/detail/value_kinds.hpp"
#include "shoal/errors.hpp"

namespace shoal::detail {

// What a codec implements to write values. Each call may throw EncodeError.
class ValueWriter {
 public:
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void integer(std::int64_t value) = 0;
  virtual void natural(std::uint64_t value) = 0;
  virtual void real(double value) = 0;
  virtual void real(float value) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void begin_array(std::size_t count) = 0;
  virtual void end_array() = 0;
  virtual void begin_object(std::size_t count) = 0;
  virtual void key(std::string_view name) = 0;
  virtual void end_object() = 0;

 protected:
  ~ValueWriter() = default;
};

// Requires: `depth` is the number of arrays and objects around the value. What is deeper than decoders read
// is refused.
template <class T>
void write_value(const T& value, ValueWriter& writer, unsigned depth = 0);

inline unsigned enter(unsigned depth) {
  if (depth == depth_max) throw EncodeError("arrays and objects nest deeper than 32 levels");
  return depth + 1;
}

template <class T>
void write_object(const T& object, ValueWriter& writer, unsigned depth) {
  writer.begin_object(field_count<T>);
  for_each_field(object, [&](std::string_view name, const auto& field) {
    writer.key(name);
    write_value(field, writer, depth);
  });
  writer.end_object();
}

template <class T>
void write_value(const T& value, ValueWriter& writer, unsigned depth) {
  if constexpr (Boolean<T>) {
    writer.boolean(value);
  } else if constexpr (Integer<T> && std::is_signed_v<T>) {
    writer.integer(value);
  } else if constexpr (Integer<T>) {
    writer.natural(value);
  } else if constexpr (Real<T>) {
    writer.real(value);
  } else if constexpr (Text<T>) {
    writer.text(value);
  } else if constexpr (Optional<T>) {
    if (value) {
      write_value(*value, writer, depth);
    } else {
      writer.null();
    }
  } else if constexpr (List<T>) {
    const unsigned inside = enter(depth);
    writer.begin_array(value.size());
    for (const auto& element : value) write_value(element, writer, inside);
    writer.end_array();
  } else if constexpr (Dictionary<T>) {
    const unsigned inside = enter(depth);
    writer.begin_object(value.size());
    for (const auto& [name, element] : value) {
      writer.key(name);
      write_value(element, writer, inside);
    }
    writer.end_object();
  } else if constexpr (Described<T>) {
    write_object(value, writer, enter(depth));
  } else {
    static_assert(always_false<T>, "no codec can write this type: see the list of types in shoal/fields.hpp");
  }
}

// A value whose type is known by how it is written only. Borrowed.
struct ValueView {
  const void* value;
  void (*write)(const void* value, ValueWriter& writer);

  template <class T>
  static ValueView of(const T& value) {
    return {&value, [](const void* object, ValueWriter& writer) {
              write_value(*static_cast<const T*>(object), writer);
            }};
  }
};

}  // namespace shoal::detail
