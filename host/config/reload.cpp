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

// Null where there is none of the name.
template <class Types>
auto* find_type(Types& types, std::string_view name) {
  const auto found = std::ranges::find(types, name, &EntityType::name);
  return found == types.end() ? nullptr : &*found;
}

// A key of a type that both have; threads that look at a type's table hold on to it, so that none can be
// added.
bool take_over_of_type(Config& running, const Config& next, std::string_view path) {
  const std::size_t name_at = path.find('.') + 1;
  const std::size_t key_at = path.rfind('.') + 1;
  if (!path.starts_with("types.") || key_at <= name_at) return false;
  const Key* key = find_key("types", path.substr(key_at));
  if (key == nullptr || key->take_over_type == nullptr) return false;
  const std::string_view name = path.substr(name_at, key_at - name_at - 1);
  EntityType* before = find_type(running.types, name);
  const EntityType* after = find_type(next.types, name);
  if (before == nullptr || after == nullptr) return false;
  key->take_over_type(*before, *after);
  return true;
}

// What is set of one key becomes what is set of it in `next`: a key without a default may be set in one only.
void take_over_setting(std::vector<Setting>& running, const std::vector<Setting>& next,
                       std::string_view path) {
  const auto before = std::ranges::find(running, path, &Setting::path);
  const auto after = std::ranges::find(next, path, &Setting::path);
  if (after == next.end()) {
    running.erase(before);
  } else if (before != running.end()) {
    *before = *after;
  } else {
    const auto section = std::ranges::find(running, after->header, &Setting::header);
    running.insert(section, *after);
  }
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
    if (key != nullptr) {
      key->take_over(running.config, next.config);
    } else if (!take_over_of_type(running.config, next.config, path)) {
      reload.needs_restart.push_back(path);
      continue;
    }
    take_over_setting(running.settings, next.settings, path);
    reload.changed.push_back(path);
  }
  take_over_modules(running.config.modules, next.config.modules, reload);
  return reload;
}

}  // namespace shoal::config
