#include <iostream>
#include <system_error>
#include <utility>

#include "host/command/client.hpp"
#include "host/command/configuration.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"
#include "host/command/status_text.hpp"
#include "host/command/watch.hpp"
#include "host/modules/check.hpp"
#include "host/version.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

// The module's table of the configuration, if it has one.
config::ModuleTable module_table(const config::Config& config, const std::filesystem::path& file) {
  for (const config::Module& module_entry : config.modules) {
    std::error_code ignored;
    if (std::filesystem::equivalent(module_entry.path, file, ignored)) return module_entry.config;
  }
  return {};
}

}  // namespace

int perform(const ModuleCheck& request, const Process& process) {
  auto loaded = load_configuration(request.source, process);
  if (!loaded) return fail(loaded.error());
  const config::Config& config = loaded.value().config;
  modules::CheckOptions options;
  options.host_version = host::version;
  options.module_config = module_table(config, process.working_directory / request.file);
  options.type_config = [&config](std::string_view name) {
    for (const config::EntityType& type : config.types) {
      if (type.name == name) return type.config;
    }
    return config::ModuleTable{};
  };
  const modules::CheckReport checked = modules::check_module_file(request.file, options);
  if (request.format == Format::json) {
    std::cout << Json{{"passed", checked.passed}, {"report", checked.text}}.dump(
                     -1, ' ', false, Json::error_handler_t::replace)
              << '\n';
  } else {
    std::cout << checked.text;
  }
  return checked.exit_code();
}

int perform(const ModuleLoad& request, const Process& process) {
  // The host has another working directory than the caller.
  const std::string path = (process.working_directory / request.file).lexically_normal().string();
  const std::string body = Json{{"path", path}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  const auto reply = call_host_for_json(request.client, {"POST", "/v1/modules", body});
  if (!reply) return fail(reply.error());
  if (request.client.format == Format::json) {
    std::cout << reply.value().dump() << '\n';
  } else {
    std::cout << modules_text(Json{{"modules", Json::array({reply.value()})}});
  }
  return exit_ok;
}

int perform(const ModuleList& request, const Process&) {
  return show(request.watch, request.client.format, [&request]() -> Result<Look> {
    SHOAL_TRY(modules, call_host_for_json(request.client, {"GET", "/v1/modules", ""}));
    return Look{request.client.format == Format::json ? modules.dump() + "\n" : modules_text(modules),
                exit_ok};
  });
}

}  // namespace shoal::command
