#pragma once
// Admission: who may speak on which connection that others made to this node. Pure.
//
// A connection speaks for a node once its hello was accepted. With keys, the connection's key fixes the name
// that may be claimed, the allow list the address where it has one; else an address belongs to the name that
// first spoke for it, until it is forgotten. A node has one connection that counts: a later hello takes the
// place of an earlier one, and an incarnation whose place was taken is not let in again.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cluster/transport/allow_list.hpp"
#include "cluster/transport/hello.hpp"
#include "cluster/transport/node.hpp"
#include "shoal/base/result.hpp"

namespace shoal::transport {

// A connection as the socket names it, and what was proved of it.
struct Caller {
  std::string connection;
  std::string key;  // of a connection with keys, in hexadecimal; else empty
};

// Who speaks on a connection.
struct Speaker {
  std::shared_ptr<const Node> node;
  std::int64_t noted_ms = 0;  // when it was last noted as heard
};

class Admission {
 public:
  static constexpr std::size_t replaced_max = 8;  // incarnations remembered for each node

  // `allow_list` may be null: no keys. It lives as long as this, or until `allow` gives another.
  Admission(Node self, std::string cluster_name, const AllowList* allow_list, std::size_t nodes_max);

  // refused: with the reason, which goes to the log on both sides.
  Result<void> hello(const Caller& caller, const Hello& hello);

  // For whom a connection speaks; null: for nobody.
  Speaker* speaker(const Caller& caller);

  void forget(std::string_view address);
  // Another allow list: whom it does not let in is not heard any more.
  void allow(const AllowList* allow_list);

 private:
  struct Admitted {
    Speaker speaker;
    Caller caller;
    std::array<cluster::Uid, replaced_max> replaced{};  // a ring; 0: free
    std::size_t replaced_next = 0;
  };

  Result<void> check_claim(const Caller& caller, const Node& claimed) const;
  Result<void> check_key(const Caller& caller, const Node& claimed) const;
  Admitted* find(const Node& claimed);
  void remove(std::size_t index);

  const Node self_;
  const std::string cluster_name_;
  const AllowList* allow_list_;
  const std::size_t nodes_max_;
  std::vector<std::unique_ptr<Admitted>> admitted_;
  std::unordered_map<std::string, Admitted*> by_connection_;
};

}  // namespace shoal::transport
