#include "host/version.hpp"

namespace shoal::host {

const char* const version = SHOAL_VERSION;

}  // namespace shoal::host
