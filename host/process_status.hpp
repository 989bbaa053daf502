#pragma once
// What the kernel says of this process. Reads /proc; any thread.

#include "host/management/host_api.hpp"

namespace shoal::host {

// What cannot be read is 0.
management::ProcessStatus read_process_status();

}  // namespace shoal::host
