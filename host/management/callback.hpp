#pragma once
// Callback: how the host answers what it cannot answer at once.

#include <functional>

#include "shoal/base/result.hpp"

namespace shoal::management {

// Called exactly once, from any thread, also before the function that got it returns; it never blocks and
// never throws.
template <class T>
using Callback = std::function<void(Result<T>)>;

}  // namespace shoal::management
