#pragma once
// What several keys must agree on. Pure.

#include <map>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/config/value.hpp"

namespace shoal::config {

// Where the elements of lists stand, by their path, such as "sources[0]".
using Places = std::map<std::string, Origin>;

// Adds to `problems` what does not fit together: names given twice, a topic fed twice by one group, sources
// without a Kafka cluster.
void check_consistency(const Config& config, const Places& places, std::vector<Problem>& problems);

// Where an element of a list stands; nowhere for one that is not from the file.
Origin place_of(const Places& places, const std::string& list, std::size_t index);

}  // namespace shoal::config
