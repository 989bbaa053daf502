#pragma once
// SHOAL_FIELDS: names the fields of a plain struct, so that codecs can read and write it.
//
//   struct Flight {
//     std::string dest;
//     std::int64_t distance = 0;
//     std::optional<std::int64_t> arr_delay;
//     SHOAL_FIELDS(Flight, dest, distance, arr_delay)
//   };
//
// It stands inside the struct (private fields are fine there) or beside it, in the same namespace; the struct
// stays an aggregate. At most 64 fields; a struct with no member at all needs no SHOAL_FIELDS. A field is
//   bool, an integer, float, double, std::string, a struct with SHOAL_FIELDS, or
//   std::optional<T>, std::vector<T>, std::map<std::string, T> of these.
// Fields of std::string_view can be written but not read.
//
// A field that is absent when a struct is read is an error, unless it is a std::optional (which becomes
// empty) or is named in SHOAL_DEFAULTED (which keeps the value it was constructed with):
//
//   struct Settings {
//     std::int64_t alert_minutes = 180;
//     SHOAL_FIELDS(Settings, alert_minutes)
//     SHOAL_DEFAULTED(Settings, alert_minutes)
//   };

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "shoal/detail/for_each.hpp"

namespace shoal {

// One field of a struct: its name and where it is.
template <class Struct, class Member>
struct Field {
  using member_type = Member;

  std::string_view name;
  Member Struct::*pointer;
};

// Picks the description of a type by argument-dependent lookup.
template <class Struct>
struct FieldsOf {};

namespace detail {

template <class Struct, class Member>
constexpr Field<Struct, Member> make_field(std::string_view name, Member Struct::*pointer) {
  return {name, pointer};
}

template <class T>
concept FieldsInside = requires { T::shoal_fields(FieldsOf<T>{}); };
template <class T>
concept FieldsBeside = requires { shoal_fields(FieldsOf<T>{}); };
template <class T>
concept DefaultsInside = requires { T::shoal_defaulted(FieldsOf<T>{}); };
template <class T>
concept DefaultsBeside = requires { shoal_defaulted(FieldsOf<T>{}); };

// A struct without any member, such as a question that has no parameters.
template <class T>
concept Empty = std::is_class_v<T> && std::is_empty_v<T> && std::is_aggregate_v<T>;

}  // namespace detail

// A struct whose fields are named, or that has none.
template <class T>
concept Described = detail::FieldsInside<T> || detail::FieldsBeside<T> || detail::Empty<T>;

// The fields of a described struct, as a std::tuple of Field.
template <Described T>
constexpr auto fields() {
  if constexpr (detail::FieldsInside<T>) {
    return T::shoal_fields(FieldsOf<T>{});
  } else if constexpr (detail::FieldsBeside<T>) {
    return shoal_fields(FieldsOf<T>{});
  } else {
    return std::tuple<>{};
  }
}

template <Described T>
inline constexpr std::size_t field_count = std::tuple_size_v<decltype(fields<T>())>;

// Calls visit(name, value) for each field, in the order they are named.
template <class T, class Visit>
  requires Described<std::remove_const_t<T>>
constexpr void for_each_field(T& object, Visit&& visit) {
  std::apply([&](const auto&... field) { (visit(field.name, object.*field.pointer), ...); },
             fields<std::remove_const_t<T>>());
}

namespace detail {

template <class T, class Field>
constexpr bool is_defaulted(const Field& field) {
  constexpr auto same = [](const auto& one, const auto& other) {
    if constexpr (std::is_same_v<decltype(one.pointer), decltype(other.pointer)>) {
      return one.pointer == other.pointer;
    } else {
      return false;
    }
  };
  const auto among = [&](const auto&... defaulted) { return (same(defaulted, field) || ...); };
  if constexpr (DefaultsInside<T>) {
    return std::apply(among, T::shoal_defaulted(FieldsOf<T>{}));
  } else if constexpr (DefaultsBeside<T>) {
    return std::apply(among, shoal_defaulted(FieldsOf<T>{}));
  } else {
    return false;
  }
}

}  // namespace detail
}  // namespace shoal

// `static` is a member function inside a struct and a function of this file beside it: one macro for both
// places.
#define SHOAL_FIELDS(Struct, ...)                                                        \
  [[maybe_unused]] static constexpr auto shoal_fields(::shoal::FieldsOf<Struct>) {       \
    return ::std::tuple{SHOAL_DETAIL_FOR_EACH(SHOAL_DETAIL_FIELD, Struct, __VA_ARGS__)}; \
  }
#define SHOAL_DEFAULTED(Struct, ...)                                                     \
  [[maybe_unused]] static constexpr auto shoal_defaulted(::shoal::FieldsOf<Struct>) {    \
    return ::std::tuple{SHOAL_DETAIL_FOR_EACH(SHOAL_DETAIL_FIELD, Struct, __VA_ARGS__)}; \
  }
#define SHOAL_DETAIL_FIELD(Struct, member) ::shoal::detail::make_field(#member, &Struct::member)
