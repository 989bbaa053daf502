#pragma once
// Which compiler and standard library a module was built with, for reports.

#include <version>

#define SHOAL_DETAIL_TEXT_OF(number) #number
#define SHOAL_DETAIL_TEXT(number) SHOAL_DETAIL_TEXT_OF(number)

#if defined(__clang__)
#define SHOAL_DETAIL_COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define SHOAL_DETAIL_COMPILER "g++ " __VERSION__
#else
#define SHOAL_DETAIL_COMPILER "an unknown compiler"
#endif

#if defined(_LIBCPP_VERSION)
#define SHOAL_DETAIL_LIBRARY "libc++ " SHOAL_DETAIL_TEXT(_LIBCPP_VERSION)
#elif defined(_GLIBCXX_RELEASE) && _GLIBCXX_USE_CXX11_ABI
#define SHOAL_DETAIL_LIBRARY "libstdc++ " SHOAL_DETAIL_TEXT(_GLIBCXX_RELEASE)
#elif defined(_GLIBCXX_RELEASE)
#define SHOAL_DETAIL_LIBRARY "libstdc++ " SHOAL_DETAIL_TEXT(_GLIBCXX_RELEASE) " (old std::string)"
#else
#define SHOAL_DETAIL_LIBRARY "an unknown standard library"
#endif

namespace shoal::detail {

inline constexpr char built_with[] = SHOAL_DETAIL_COMPILER ", " SHOAL_DETAIL_LIBRARY;

}  // namespace shoal::detail
