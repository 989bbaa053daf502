#pragma once
// The version of this build; the build system takes it from the project's version.

namespace shoal::host {

extern const char* const version;

}  // namespace shoal::host
