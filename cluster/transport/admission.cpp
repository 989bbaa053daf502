#include "cluster/transport/admission.hpp"

#include <algorithm>
#include <utility>

namespace shoal::transport {

namespace {

Error refusal(std::string reason) { return error(ErrorCode::refused, std::move(reason)); }

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

Admission::Admission(Node self, std::string cluster_name, const AllowList* allow_list, std::size_t nodes_max)
    : self_(std::move(self)),
      cluster_name_(std::move(cluster_name)),
      allow_list_(allow_list),
      nodes_max_(nodes_max) {}

Result<void> Admission::hello(const Caller& caller, const Hello& hello) {
  if (hello.cluster_name != cluster_name_) {
    return refusal("it is of cluster " + in_quotes(hello.cluster_name) + ", this one of " +
                   in_quotes(cluster_name_) + ": give both the same cluster name, or other seeds");
  }
  SHOAL_TRYV(check_claim(caller, hello.from));
  Admitted* admitted = find(hello.from);
  if (admitted == nullptr) {
    if (admitted_.size() >= nodes_max_) {
      return refusal("this node knows " + std::to_string(nodes_max_) + " nodes already");
    }
    admitted = admitted_.emplace_back(std::make_unique<Admitted>()).get();
  } else {
    if (std::ranges::find(admitted->replaced, hello.from.uid) != admitted->replaced.end()) {
      return refusal("a later incarnation of " + in_quotes(hello.from.name) + " at " + hello.from.address +
                     " has taken its place: stop this one, or restart it");
    }
    if (admitted->speaker.node->uid != hello.from.uid) {
      admitted->replaced[admitted->replaced_next++ % replaced_max] = admitted->speaker.node->uid;
    }
    by_connection_.erase(admitted->caller.connection);
  }
  admitted->speaker.node = std::make_shared<const Node>(hello.from);
  admitted->caller = caller;
  by_connection_[caller.connection] = admitted;
  return success();
}

Result<void> Admission::check_claim(const Caller& caller, const Node& claimed) const {
  if (claimed.uid == self_.uid) {
    return refusal(self_.address + " is this node itself: give it other seeds, or its own by this address");
  }
  if (claimed.address == self_.address) {
    return refusal("it says that it is at " + self_.address + ", which is this node's address: give " +
                   in_quotes(claimed.name) + " an address of its own");
  }
  // A connection speaks for one node as long as it lasts.
  if (const auto known = by_connection_.find(caller.connection);
      known != by_connection_.end() && *known->second->speaker.node != claimed) {
    return refusal("its connection speaks for " + in_quotes(known->second->speaker.node->name) + " already");
  }
  return allow_list_ == nullptr ? success() : check_key(caller, claimed);
}

Result<void> Admission::check_key(const Caller& caller, const Node& claimed) const {
  const auto key = key_from_hex(caller.key);
  const AllowedNode* allowed = key ? allow_list_->find(*key) : nullptr;
  if (allowed == nullptr) return refusal("its key is not on the allow list");
  if (allowed->name != claimed.name) {
    return refusal("its key is that of " + in_quotes(allowed->name) + ", and it speaks for " +
                   in_quotes(claimed.name) + ": correct its name or the allow list");
  }
  if (!allowed->address.empty() && allowed->address != claimed.address) {
    return refusal("the allow list has " + in_quotes(claimed.name) + " at " + allowed->address +
                   ", and it says that it is at " + claimed.address + ": correct one of them");
  }
  std::string_view owner = allow_list_->owner_of(claimed.address);
  if (owner.empty()) {
    const auto there = std::ranges::find_if(
        admitted_, [&](const auto& admitted) { return admitted->speaker.node->address == claimed.address; });
    if (there != admitted_.end()) owner = (*there)->speaker.node->name;
  }
  if (owner.empty() || owner == claimed.name) return success();
  return refusal(claimed.address + " is the address of " + in_quotes(owner) + ", and " +
                 in_quotes(claimed.name) + " says that it is there: correct its address or the allow list");
}

// With keys a name is one node wherever it is, without them an address is, whatever its name.
Admission::Admitted* Admission::find(const Node& claimed) {
  const auto found = std::ranges::find_if(admitted_, [&](const auto& admitted) {
    return allow_list_ == nullptr ? admitted->speaker.node->address == claimed.address
                                  : admitted->speaker.node->name == claimed.name;
  });
  return found == admitted_.end() ? nullptr : found->get();
}

Speaker* Admission::speaker(const Caller& caller) {
  const auto found = by_connection_.find(caller.connection);
  if (found == by_connection_.end() || found->second->caller.key != caller.key) return nullptr;
  return &found->second->speaker;
}

void Admission::remove(std::size_t index) {
  by_connection_.erase(admitted_[index]->caller.connection);
  std::swap(admitted_[index], admitted_.back());
  admitted_.pop_back();
}

void Admission::forget(std::string_view address) {
  for (std::size_t i = admitted_.size(); i-- > 0;) {
    if (admitted_[i]->speaker.node->address == address) remove(i);
  }
}

void Admission::allow(const AllowList* allow_list) {
  allow_list_ = allow_list;
  for (std::size_t i = admitted_.size(); i-- > 0;) {
    const auto key = key_from_hex(admitted_[i]->caller.key);
    const AllowedNode* allowed = key ? allow_list_->find(*key) : nullptr;
    const Node& node = *admitted_[i]->speaker.node;
    const bool is_allowed = allowed != nullptr && allowed->name == node.name &&
                            (allowed->address.empty() || allowed->address == node.address);
    if (!is_allowed) remove(i);
  }
}

}  // namespace shoal::transport
