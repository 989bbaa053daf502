#include "host/management/parked_json.hpp"

#include <algorithm>
#include <utility>

#include "host/management/json.hpp"
#include "host/management/percent.hpp"

namespace shoal::management {
std::string parked_json(const std::string& type, const std::vector<ParkedEntity>& entities,
                        std::size_t count_max) {
  Json shown = Json::array();
  for (std::size_t index = 0; index < std::min(entities.size(), count_max); ++index) {
    const ParkedEntity& entity = entities[index];
    shown.push_back({{"id", percent_encode(entity.id)},
                     {"since_ms", entity.since_ms},
                     {"failures", entity.failures},
                     {"reason", entity.reason}});
  }
  const Json document = {
      {"type", type}, {"parked", std::move(shown)}, {"truncated", entities.size() > count_max}};
  // A reason is a module's text: what is not UTF-8 is shown as U+FFFD rather than refused.
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace shoal::management
