#include "host/command/configuration.hpp"

#include <iostream>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/app.hpp"
#include "host/command/report.hpp"
#include "host/config/explain.hpp"
#include "host/kafka/client_config.hpp"
#include "host/logging.hpp"

namespace shoal::command {

Result<config::Loaded> load_configuration(const ConfigSource& source, const Process& process) {
  config::LoadOptions options;
  options.file = source.file;
  options.environment = process.environment;
  options.sets = source.sets;
  options.working_directory = process.working_directory;
  options.host_name = process.host_name;
  options.hardware_threads = process.hardware_threads;
  SHOAL_TRY(loaded, config::load(options));
  if (auto checked = kafka::check_client_keys(loaded.config.kafka.client); !checked) {
    return error(ErrorCode::bad_config, "[kafka.client]: " + checked.error().message);
  }
  return loaded;
}

int perform(const Run& request, const Process& process) {
  ConfigSource source = request.source;
  if (!request.seeds.empty()) source.sets.push_back("cluster.seeds=" + nlohmann::json(request.seeds).dump());
  auto loaded = load_configuration(source, process);
  if (!loaded) return fail(loaded.error());
  host::start_logging(loaded.value().config.log);
  return host::run(std::move(loaded).value(), [&] { return load_configuration(source, process); });
}

int perform(const CheckConfig& request, const Process& process) {
  auto loaded = load_configuration(request.source, process);
  if (!loaded) return fail(loaded.error());
  std::cout << (request.source.file ? request.source.file->string() : "the configuration") << ": ok\n";
  return exit_ok;
}

int perform(const PrintConfig& request, const Process& process) {
  if (request.explained) {
    const auto explained = config::explain(*request.explained);
    if (!explained) return fail(explained.error());
    std::cout << explained.value();
    return exit_ok;
  }
  auto loaded = load_configuration(request.source, process);
  if (!loaded) return fail(loaded.error());
  std::cout << config::to_toml(loaded.value().settings);
  return exit_ok;
}

}  // namespace shoal::command
