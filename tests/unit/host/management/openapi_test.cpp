// Goal: the OpenAPI page has every route and method of the server, and no other. Method: both lists compared;
// what the responses say is held against the page by test_openapi.py.
#include "host/management/openapi.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "host/management/routes.hpp"

namespace shoal::management {
namespace {

TEST(OpenApi, HasEveryRouteAndNoOther) {
  const auto page = nlohmann::json::parse(openapi_page());
  EXPECT_EQ(page.at("openapi"), "3.1.0");
  std::set<std::string> described;
  for (const auto& [path, item] : page.at("paths").items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      std::string name = method;
      std::transform(name.begin(), name.end(), name.begin(), ::toupper);
      described.insert(name + " " + path);
    }
  }
  const std::vector<std::string> served = Routes::list();
  EXPECT_EQ(described, std::set<std::string>(served.begin(), served.end()));
  EXPECT_EQ(described.size(), served.size());
}

}  // namespace
}  // namespace shoal::management
