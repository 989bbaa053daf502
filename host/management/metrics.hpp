#pragma once
// What GET /metrics serves: the host's status in the words of Prometheus. Pure. METRICS.md describes every
// metric; a new one is a line of the tables in metrics.cpp and a line there.

#include <string>

#include "host/management/host_api.hpp"

namespace shoal::management {

std::string metrics_page(const Status& status);

}  // namespace shoal::management
