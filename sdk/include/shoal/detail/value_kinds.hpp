#pragma once
// Which C++ types a codec can read and write.

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "shoal/fields.hpp"

namespace shoal::detail {

// Levels of arrays and objects, the outermost counted.
inline constexpr unsigned depth_max = 32;

template <class T>
concept Boolean = std::same_as<T, bool>;

template <class T>
concept Character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

template <class T>
concept Integer = std::integral<T> && !
Boolean<T> && !Character<T> && sizeof(T) <= 8;

template <class T>
concept Real = std::same_as<T, float> || std::same_as<T, double>;

template <class T>
concept Text = std::convertible_to<const T&, std::string_view> && !
Described<T>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
concept Optional = is_optional<T>;

template <class T>
inline constexpr bool is_list = false;
template <class T, class Allocator>
inline constexpr bool is_list<std::vector<T, Allocator>> = !std::is_same_v<T, bool>;
template <class T>
concept List = is_list<T>;

template <class T>
inline constexpr bool is_dictionary = false;
template <class T, class Compare, class Allocator>
inline constexpr bool is_dictionary<std::map<std::string, T, Compare, Allocator>> = true;
template <class T>
concept Dictionary = is_dictionary<T>;

template <class T>
inline constexpr bool always_false = false;

}  // namespace shoal::detail
