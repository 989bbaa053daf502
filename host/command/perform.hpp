#pragma once
// What each command does. Results go to stdout, problems to stderr as `shoal: …`. Every function returns the
// exit code of exit_code.hpp. [main]

#include <cstdint>
#include <filesystem>
#include <string>

#include "host/command/request.hpp"
#include "host/config/layers.hpp"

namespace shoal::command {

// The machine and the surroundings this process was started in.
struct Process {
  config::Environment environment;
  std::filesystem::path working_directory;
  std::string host_name;
  std::uint32_t hardware_threads = 1;
};

int perform(const Run& request, const Process& process);
int perform(const CheckConfig& request, const Process& process);
int perform(const PrintConfig& request, const Process& process);
int perform(const DevKafka& request, const Process& process);
int perform(const FeedCsv& request, const Process& process);
int perform(const Ask& request, const Process& process);
int perform(const Tell& request, const Process& process);
int perform(const EntityShow& request, const Process& process);
int perform(const EntityList& request, const Process& process);
int perform(const EntityHistory& request, const Process& process);
int perform(const EntityParked& request, const Process& process);
int perform(const EntityUnpark& request, const Process& process);
int perform(const DeadLetters& request, const Process& process);
int perform(const TypeSet& request, const Process& process);
int perform(const ClusterMembers& request, const Process& process);
int perform(const ClusterJoin& request, const Process& process);
int perform(const ClusterChange& request, const Process& process);
int perform(const ClusterExplain& request, const Process& process);
int perform(const ClusterEvents& request, const Process& process);
int perform(const KeyGenerate& request, const Process& process);
int perform(const KeyAllow& request, const Process& process);
int perform(const KeyRevoke& request, const Process& process);
int perform(const KeyRotate& request, const Process& process);
int perform(const JournalList& request, const Process& process);
int perform(const JournalStat& request, const Process& process);
int perform(const JournalVerify& request, const Process& process);
int perform(const JournalDump& request, const Process& process);
int perform(const JournalCompact& request, const Process& process);
int perform(const ModuleCheck& request, const Process& process);
int perform(const ModuleLoad& request, const Process& process);
int perform(const ModuleList& request, const Process& process);
int perform(const Status& request, const Process& process);
int perform(const Top& request, const Process& process);
int perform(const Completion& request, const Process& process);

}  // namespace shoal::command
