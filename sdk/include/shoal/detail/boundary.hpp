#pragma once
// The edge of a module: no exception passes it. Each becomes a status, and its text goes to whoever called.

#include <exception>
#include <new>
#include <string_view>

#include "shoal/abi/entity.h"
#include "shoal/detail/abi_bytes.hpp"
#include "shoal/host.hpp"

namespace shoal::detail {

// Where the text of an error goes.
inline void report(const shoal_turn* turn, std::string_view text) {
  turn->effects->set_error(turn, to_abi(text));
}
inline void report(const shoal_writer* writer, std::string_view text) {
  writer->write(writer->state, to_abi(text));
}
inline void report(const Host* host, std::string_view text) { host->log(LogLevel::error, text); }

// Requires: called while an exception is handled.
template <class Receiver>
shoal_status report_exception(const Receiver* receiver,
                              shoal_status otherwise = SHOAL_STATUS_FAILED) noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    report(receiver, "out of memory");
    return SHOAL_STATUS_OUT_OF_MEMORY;
  } catch (const std::exception& exception) {
    report(receiver, exception.what());
    return otherwise;
  } catch (...) {
    report(receiver, "an exception that is no std::exception");
    return otherwise;
  }
}

// Runs `body`; what it throws is reported to `receiver`.
template <class Receiver, class Body>
shoal_status guarded(const Receiver* receiver, Body&& body) noexcept {
  try {
    body();
    return SHOAL_STATUS_OK;
  } catch (...) {
    return report_exception(receiver);
  }
}

}  // namespace shoal::detail
