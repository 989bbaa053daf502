#pragma once
// Fills values from what a codec finds in its bytes, without a tree in between. A codec reports events in
// order; the reader keeps the open arrays and objects on a fixed stack and allocates nothing itself.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "shoal/detail/value_kinds.hpp"
#include "shoal/errors.hpp"

namespace shoal::detail {

enum class EventKind : std::uint8_t {
  null,
  boolean,
  integer,
  natural,
  real,
  text,
  bytes,
  array,
  object,
  extension
};

// A value's beginning, or all of it where it is no array or object. `text` is borrowed.
struct Event {
  EventKind kind;
  bool boolean = false;
  std::int64_t integer = 0;   // EventKind::integer: negative numbers
  std::uint64_t natural = 0;  // EventKind::natural: the others
  double real = 0;
  std::string_view text = {};
};

constexpr std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::null:
      return "null";
    case EventKind::boolean:
      return "a boolean";
    case EventKind::integer:
    case EventKind::natural:
      return "a whole number";
    case EventKind::real:
      return "a number";
    case EventKind::text:
      return "a string";
    case EventKind::bytes:
      return "binary data";
    case EventKind::array:
      return "an array";
    case EventKind::object:
      return "an object";
    case EventKind::extension:
      return "an extension";
  }
  return "a value";
}

class ValueReader;

// Where the next value goes. `accept` is null for a value nobody wants.
struct ValueSlot {
  void* value = nullptr;
  bool (*accept)(ValueReader& reader, void* value, const Event& event) = nullptr;

  template <class T>
  static ValueSlot of(T& value);
};

// An open array or object. `value` is null where its content is skipped.
struct Frame {
  void* value = nullptr;
  ValueSlot (*child)(ValueReader& reader, Frame& frame, std::string_view key) = nullptr;
  bool (*finish)(ValueReader& reader, Frame& frame) = nullptr;
  std::uint64_t seen = 0;     // a bit a field of a struct
  std::uint64_t index = 0;    // the next element of an array
  std::string_view key = {};  // the field being read; lives as long as the frame
};

class ValueReader {
 public:
  ValueReader(const ValueSlot& root, bool refuse_unknown) : root_(root), refuse_unknown_(refuse_unknown) {}

  // What a codec reports. False ends the parse; `error` then says why. An array or object is ended by `end`.
  bool value(const Event& event) {
    const ValueSlot slot = next_slot();
    if (failed_) return false;
    if (slot.accept != nullptr) return slot.accept(*this, slot.value, event);
    return !opens(event) || push({});
  }

  bool key(std::string_view name) {
    Frame& frame = frame_at(depth_ - 1);
    pending_ = frame.child == nullptr ? ValueSlot{} : frame.child(*this, frame, name);
    return !failed_;
  }

  bool end() {
    Frame& frame = frame_at(depth_ - 1);
    if (frame.finish != nullptr && !frame.finish(*this, frame)) return false;
    --depth_;
    return true;
  }

  // What values call while they are filled.
  bool push(const Frame& frame) {
    if (depth_ == depth_max) return fail("arrays and objects nest deeper than 32 levels");
    ::new (frames_ + depth_ * sizeof(Frame)) Frame(frame);
    ++depth_;
    return true;
  }

  bool fail(std::string_view reason) {
    if (!failed_) error_ = path() + std::string(reason);
    failed_ = true;
    return false;
  }

  bool mismatch(std::string_view expected, const Event& event) {
    return fail("expected " + std::string(expected) + ", found " + std::string(to_string(event.kind)));
  }

  bool refuse_unknown() const { return refuse_unknown_; }
  bool failed() const { return failed_; }
  const std::string& error() const { return error_; }

  static bool opens(const Event& event) {
    return event.kind == EventKind::array || event.kind == EventKind::object;
  }

 private:
  static_assert(std::is_trivially_destructible_v<Frame>);

  // Requires: index < depth_.
  Frame& frame_at(unsigned index) {
    return *std::launder(reinterpret_cast<Frame*>(frames_ + index * sizeof(Frame)));
  }
  const Frame& frame_at(unsigned index) const {
    return *std::launder(reinterpret_cast<const Frame*>(frames_ + index * sizeof(Frame)));
  }

  ValueSlot next_slot() {
    if (depth_ == 0) return root_;
    Frame& frame = frame_at(depth_ - 1);
    if (frame.value == nullptr) return {};
    const bool in_array = frame.finish == nullptr;
    return in_array ? frame.child(*this, frame, {}) : pending_;
  }

  // "field 'legs[2].dest': ", or nothing at the root.
  std::string path() const {
    std::string names;
    for (unsigned i = 0; i < depth_; ++i) {
      const Frame& frame = frame_at(i);
      if (frame.value == nullptr) break;
      if (frame.finish == nullptr) {
        if (frame.index > 0) names += '[' + std::to_string(frame.index - 1) + ']';
      } else if (!frame.key.empty()) {
        if (!names.empty()) names += '.';
        names += frame.key;
      }
    }
    return names.empty() ? std::string{} : "field '" + names + "': ";
  }

  ValueSlot root_;
  ValueSlot pending_;
  bool refuse_unknown_;
  bool failed_ = false;
  unsigned depth_ = 0;
  std::string error_;
  // Raw memory: to make all frames for each message costs as much as to read a small one.
  alignas(Frame) std::byte frames_[depth_max * sizeof(Frame)];
};

// A whole number with a fraction's spelling, such as 1400.0, is a whole number. Beyond 2^53 a double may
// stand for its neighbours, too, and is refused.
inline bool exact_integer(double real) {
  constexpr double exact_max = 9007199254740992.0;
  return std::trunc(real) == real && std::fabs(real) <= exact_max;
}

template <class T>
bool accept_integer(ValueReader& reader, T& value, const Event& event) {
  constexpr std::string_view range = "the whole number is out of the field's range";
  if (event.kind == EventKind::integer || (event.kind == EventKind::real && exact_integer(event.real))) {
    const std::int64_t integer =
        event.kind == EventKind::integer ? event.integer : static_cast<std::int64_t>(event.real);
    if (!std::in_range<T>(integer)) return reader.fail(range);
    value = static_cast<T>(integer);
    return true;
  }
  if (event.kind != EventKind::natural) return reader.mismatch("a whole number", event);
  if (!std::in_range<T>(event.natural)) return reader.fail(range);
  value = static_cast<T>(event.natural);
  return true;
}

template <class T>
bool accept_real(ValueReader& reader, T& value, const Event& event) {
  switch (event.kind) {
    case EventKind::integer:
      value = static_cast<T>(event.integer);
      return true;
    case EventKind::natural:
      value = static_cast<T>(event.natural);
      return true;
    case EventKind::real:
      if (std::isfinite(event.real) && std::fabs(event.real) > std::numeric_limits<T>::max()) {
        return reader.fail("the number is out of the field's range");
      }
      value = static_cast<T>(event.real);
      return true;
    default:
      return reader.mismatch("a number", event);
  }
}

// The struct's frame: which field a key names, and which are missing at its end.
template <class T>
struct ObjectFrame {
  static_assert(field_count<T> <= 64, "SHOAL_FIELDS takes at most 64 fields");

  static ValueSlot child(ValueReader& reader, Frame& frame, std::string_view key) {
    T& object = *static_cast<T*>(frame.value);
    ValueSlot slot;
    std::uint64_t bit = 1;
    const auto take = [&](const auto& field) {
      if (field.name == key) {
        frame.key = field.name;
        if ((frame.seen & bit) != 0) reader.fail("the field is there twice");
        frame.seen |= bit;
        slot = ValueSlot::of(object.*field.pointer);
        return true;
      }
      bit <<= 1;
      return false;
    };
    const bool known = std::apply([&](const auto&... field) { return (take(field) || ...); }, fields<T>());
    if (!known) {
      frame.key = {};
      if (reader.refuse_unknown()) reader.fail("there is no field '" + std::string(key) + "'");
    }
    return slot;
  }

  static bool finish(ValueReader& reader, Frame& frame) {
    std::uint64_t bit = 1;
    const auto present = [&]<class F>(const F& field) {
      const bool seen = (frame.seen & bit) != 0;
      bit <<= 1;
      if (seen || is_optional<typename F::member_type> || is_defaulted<T>(field)) return true;
      frame.key = field.name;
      return reader.fail("the field is missing");
    };
    return std::apply([&](const auto&... field) { return (present(field) && ...); }, fields<T>());
  }
};

template <class T>
struct DictionaryFrame {
  static ValueSlot child(ValueReader& reader, Frame& frame, std::string_view key) {
    const auto [place, added] = static_cast<T*>(frame.value)->try_emplace(std::string(key));
    frame.key = place->first;
    if (!added) reader.fail("the key is there twice");
    return ValueSlot::of(place->second);
  }
  static bool finish(ValueReader&, Frame&) { return true; }
};

template <class T>
struct ListFrame {
  static ValueSlot child(ValueReader&, Frame& frame, std::string_view) {
    T& list = *static_cast<T*>(frame.value);
    ++frame.index;
    return ValueSlot::of(list.emplace_back());
  }
};

template <class T>
bool accept_value(ValueReader& reader, T& value, const Event& event) {
  if constexpr (Optional<T>) {
    if (event.kind == EventKind::null) {
      value.reset();
      return true;
    }
    return accept_value(reader, value.emplace(), event);
  } else if constexpr (Boolean<T>) {
    if (event.kind != EventKind::boolean) return reader.mismatch("a boolean", event);
    value = event.boolean;
    return true;
  } else if constexpr (Integer<T>) {
    return accept_integer(reader, value, event);
  } else if constexpr (Real<T>) {
    return accept_real(reader, value, event);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (event.kind != EventKind::text && event.kind != EventKind::bytes)
      return reader.mismatch("a string", event);
    value = event.text;
    return true;
  } else if constexpr (List<T>) {
    if (event.kind != EventKind::array) return reader.mismatch("an array", event);
    value.clear();
    return reader.push({.value = &value, .child = &ListFrame<T>::child});
  } else if constexpr (Dictionary<T>) {
    if (event.kind != EventKind::object) return reader.mismatch("an object", event);
    value.clear();
    return reader.push(
        {.value = &value, .child = &DictionaryFrame<T>::child, .finish = &DictionaryFrame<T>::finish});
  } else if constexpr (Described<T>) {
    if (event.kind != EventKind::object) return reader.mismatch("an object", event);
    return reader.push({.value = &value, .child = &ObjectFrame<T>::child, .finish = &ObjectFrame<T>::finish});
  } else {
    static_assert(always_false<T>, "no codec can read this type: see the list of types in shoal/fields.hpp");
  }
}

// A struct of which nothing came: what must be there is missing.
inline void read_no_body(const ValueSlot& value) {
  ValueReader reader(value, false);
  if (!reader.value({.kind = EventKind::object}) || !reader.end())
    throw DecodeError("no body: " + reader.error());
}

template <class T>
ValueSlot ValueSlot::of(T& value) {
  return {&value, [](ValueReader& reader, void* object, const Event& event) {
            return accept_value(reader, *static_cast<T*>(object), event);
          }};
}

}  // namespace shoal::detail
