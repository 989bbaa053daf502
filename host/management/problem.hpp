#pragma once
// Problem documents (RFC 9457): how every error leaves the management port. Pure.

#include <string>
#include <string_view>

#include "host/management/routes.hpp"
#include "shoal/abi/base.h"
#include "shoal/base/result.hpp"

namespace shoal::management {

// `type` is about:blank, `title` the status's phrase, `code` says for programs what `detail` says for people,
// and `instance` is the request's target. What is not UTF-8 is shown as U+FFFD.
Response problem(unsigned status, std::string_view code, std::string_view detail, std::string_view instance);

Response problem(const Error& cause, std::string_view instance);

// Of a reply whose status is not OK.
Response problem(shoal_status status, std::string_view detail, std::string_view instance);

}  // namespace shoal::management
