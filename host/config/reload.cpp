#include "host/config/reload.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "host/config/schema.hpp"

namespace shoal::config {
namespace {

bool is_of_module(const Setting& setting) { return setting.path.starts_with("modules["); }

std::map<std::string_view, std::size_t> digests_of(const std::vector<Setting>& settings) {
  std::map<std::string_view, std::size_t> digests;
  for (const Setting& setting : settings) {
    if (!is_of_module(setting)) digests.emplace(setting.path, setting.digest);
  }
  return digests;
}

// The paths whose values differ, also where one side has none, in their order.
std::vector<std::string> different_paths(const std::vector<Setting>& running,
                                         const std::vector<Setting>& next) {
  const auto before = digests_of(running);
  const auto after = digests_of(next);
  std::vector<std::string> paths;
  for (const auto& [path, digest] : before) {
    const auto found = after.find(path);
    if (found == after.end() || found->second != digest) paths.emplace_back(path);
  }
  for (const auto& [path, digest] : after) {
    if (!before.contains(path)) paths.emplace_back(path);
  }
  std::ranges::sort(paths);
  return paths;
}

const Key* live_key(std::string_view path) {
  const auto all = keys();
  const auto found =
      std::ranges::find_if(all, [&](const Key& key) { return key.take_over && pattern(key) == path; });
  return found == all.end() ? nullptr : &*found;
}

const Module* find_module(const std::vector<Module>& modules, const std::filesystem::path& path) {
  const auto found = std::ranges::find(modules, path, &Module::path);
  return found == modules.end() ? nullptr : &*found;
}

void take_over_modules(std::vector<Module>& running, const std::vector<Module>& next, Reload& reload) {
  for (const Module& module : running) {
    const Module* found = find_module(next, module.path);
    if (found == nullptr) reload.needs_restart.push_back("modules: " + module.path.string() + " is gone");
    if (found != nullptr && found->config.json != module.config.json) {
      reload.needs_restart.push_back("modules: config of " + module.path.string());
    }
  }
  for (const Module& module : next) {
    if (find_module(running, module.path) != nullptr) continue;
    reload.modules.push_back(module);
    running.push_back(module);
  }
}

}  // namespace

Reload take_over(Loaded& running, const Loaded& next) {
  Reload reload;
  for (const std::string& path : different_paths(running.settings, next.settings)) {
    const Key* key = live_key(path);
    if (key == nullptr) {
      reload.needs_restart.push_back(path);
      continue;
    }
    key->take_over(running.config, next.config);
    // A live key stands in a table, so it has one setting on both sides.
    *std::ranges::find(running.settings, path, &Setting::path) =
        *std::ranges::find(next.settings, path, &Setting::path);
    reload.changed.push_back(path);
  }
  take_over_modules(running.config.modules, next.config.modules, reload);
  return reload;
}

}  // namespace shoal::config
