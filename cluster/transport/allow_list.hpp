#pragma once
// AllowList: whom a node lets in, and whom it expects where. The same file on all nodes, a line a key:
//
//   64HEX NODE-NAME [HOST:PORT]
//
// The address is for nodes that others must find by it alone, seeds above all. A node that changes its key
// has two lines for a while. Empty lines and lines that begin with `#` say nothing. Any thread; an object is
// one thread's.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/transport/keys.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

struct AllowedNode {
  PublicKey key;
  std::string name;
  std::string address;  // HOST:PORT; empty: not fixed
  friend bool operator==(const AllowedNode&, const AllowedNode&) = default;
};

// Whom a node lets in, and whom it expects at an address.
class AllowList {
 public:
  AllowList() = default;
  // not_found, or bad_config with file and line.
  static Result<AllowList> read(const std::filesystem::path& path);
  // The same of a file's text; `path` is for errors.
  static Result<AllowList> parse(std::string_view text, const std::filesystem::path& path);

  // bad_config: a key that is there already, an address that another name has, a name or address with blanks.
  Result<void> add(AllowedNode node);

  // Null: not allowed.
  const AllowedNode* find(const PublicKey& key) const;
  // The keys to expect at an address: of the node that has it here, else of the node `name` (may be empty).
  // The last line first: a node's new key is below its old one.
  std::vector<PublicKey> keys_for(std::string_view address, std::string_view name) const;
  // The name that an address is fixed to; empty: none.
  std::string_view owner_of(std::string_view address) const;
  const std::vector<AllowedNode>& nodes() const { return nodes_; }

 private:
  std::vector<AllowedNode> nodes_;  // as in the file
};

// Adds a line to the file, which may not exist yet; a line of the same key is replaced. Comments and order
// stay. The file is replaced at once or not at all.
Result<void> allow(const std::filesystem::path& path, const AllowedNode& node);
// Takes the line of a key out. not_found: there is none.
Result<void> revoke(const std::filesystem::path& path, const PublicKey& key);

}  // namespace shoal::transport
