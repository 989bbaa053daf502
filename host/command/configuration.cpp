#include "host/command/configuration.hpp"

#include <iostream>

#include "host/app.hpp"
#include "host/command/report.hpp"
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
  auto loaded = load_configuration(request.source, process);
  if (!loaded) return fail(loaded.error());
  host::start_logging(loaded.value().config.log);
  return host::run(std::move(loaded).value(), [&] { return load_configuration(request.source, process); });
}

int perform(const CheckConfig& request, const Process& process) {
  auto loaded = load_configuration(request.source, process);
  if (!loaded) return fail(loaded.error());
  std::cout << (request.source.file ? request.source.file->string() : "the configuration") << ": ok\n";
  return exit_ok;
}

int perform(const PrintConfig& request, const Process& process) {
  auto loaded = load_configuration(request.source, process);
  if (!loaded) return fail(loaded.error());
  std::cout << config::to_toml(loaded.value().settings);
  return exit_ok;
}

}  // namespace shoal::command
