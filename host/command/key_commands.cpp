#include <filesystem>
#include <iostream>
#include <utility>

#include "cluster/transport/allow_list.hpp"
#include "cluster/transport/keys.hpp"
#include "host/command/exit_code.hpp"
#include "host/command/perform.hpp"
#include "host/command/report.hpp"

namespace shoal::command {
namespace {

// 64 hexadecimal digits, or a file with a key pair.
Result<transport::PublicKey> read_key(const std::string& text, const std::filesystem::path& directory) {
  if (const auto key = transport::key_from_hex(text)) return *key;
  std::error_code ignored;
  if (!std::filesystem::exists(directory / text, ignored)) {
    return error(ErrorCode::invalid_argument,
                 "'" + text + "' is neither a public key (64 hexadecimal digits) nor a file with a key pair");
  }
  SHOAL_TRY(pair, transport::read_key_pair(directory / text));
  return pair.public_key;
}

int print(const transport::PublicKey& key) {
  std::cout << transport::to_hex(key) << '\n';
  return exit_ok;
}

// The new key stands below the old one, with its name and address.
Result<void> allow_too(const std::filesystem::path& list, const transport::PublicKey& old_key,
                       const transport::PublicKey& new_key) {
  SHOAL_TRY(allowed, transport::AllowList::read(list));
  const transport::AllowedNode* node = allowed.find(old_key);
  if (node == nullptr) {
    return error(ErrorCode::not_found, "the allow list " + list.string() + " has no line of the key " +
                                           transport::to_hex(old_key) +
                                           ": add the new key with 'shoal key allow'");
  }
  return transport::allow(list, {new_key, node->name, node->address});
}

}  // namespace

int perform(const KeyGenerate& request, const Process& process) {
  const transport::KeyPair pair = transport::generate_key_pair();
  const auto written = transport::write_key_pair(process.working_directory / request.file, pair);
  if (!written) return fail(written.error());
  report("next: 'shoal key allow LIST NAME " + request.file.string() +
         "' on one host, and the same list on all of them");
  return print(pair.public_key);
}

int perform(const KeyAllow& request, const Process& process) {
  const auto key = read_key(request.key, process.working_directory);
  if (!key) return fail(key.error());
  const auto allowed = transport::allow(process.working_directory / request.list,
                                        {key.value(), request.name, request.address});
  if (!allowed) return fail(allowed.error());
  return print(key.value());
}

int perform(const KeyRevoke& request, const Process& process) {
  const auto key = read_key(request.key, process.working_directory);
  if (!key) return fail(key.error());
  const auto revoked = transport::revoke(process.working_directory / request.list, key.value());
  if (!revoked) return fail(revoked.error());
  return print(key.value());
}

int perform(const KeyRotate& request, const Process& process) {
  const std::filesystem::path file = process.working_directory / request.file;
  const auto old_pair = transport::read_key_pair(file);
  if (!old_pair) return fail(old_pair.error());
  const transport::KeyPair pair = transport::generate_key_pair();
  if (!request.list.empty()) {
    const auto allowed =
        allow_too(process.working_directory / request.list, old_pair.value().public_key, pair.public_key);
    if (!allowed) return fail(allowed.error());
  }
  const auto replaced = transport::replace_key_pair(file, pair);
  if (!replaced) return fail(replaced.error());
  report(
      "next: give all hosts the list with both keys (SIGHUP makes them read it), start this host again, then "
      "'shoal key revoke LIST " +
      transport::to_hex(old_pair.value().public_key) + "'");
  return print(pair.public_key);
}

}  // namespace shoal::command
