#pragma once
// Result<T>: what a call gives that the world can make fail. What we do wrong ourselves is SHOAL_ASSERT's.

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/policy/all_narrow.hpp>
#include <string>
#include <utility>

namespace shoal {

enum class ErrorCode {
  failed,            // anything without a code of its own
  invalid_argument,  // the caller's input is wrong
  bad_config,        // a configuration value is wrong
  not_found,         // the named thing does not exist
  already_exists,    // the name is taken
  unavailable,       // not now: try again later
  overloaded,        // a bound is reached
  deadline,          // the time ran out
  refused,           // the other side said no
  unreachable,       // the other side could not be reached
};

// The message names the thing and the operator's next step. On a hot path it stays empty, so that nothing is
// allocated.
struct Error {
  ErrorCode code = ErrorCode::failed;
  std::string message;
};

template <class T>
using Result =
    BOOST_OUTCOME_V2_NAMESPACE::basic_result<T, Error, BOOST_OUTCOME_V2_NAMESPACE::policy::all_narrow>;

inline Error error(ErrorCode code, std::string message) { return Error{code, std::move(message)}; }

inline auto success() { return BOOST_OUTCOME_V2_NAMESPACE::success(); }

}  // namespace shoal

// SHOAL_TRY(name, expression): `name` is the value, or the error is returned. SHOAL_TRYV(expression) for no
// value. Own macros, since Outcome's changed their meaning between the versions of Boost that we build with.
#define SHOAL_TRY(name, ...)                                   \
  auto name##_result = (__VA_ARGS__);                          \
  if (!name##_result) return std::move(name##_result).error(); \
  auto name = std::move(name##_result).value()
#define SHOAL_TRYV(...)                                        \
  do {                                                         \
    auto tried_result = (__VA_ARGS__);                         \
    if (!tried_result) return std::move(tried_result).error(); \
  } while (false)
