#pragma once
// Directory: the links by their address, and which node's name was said to be where. Any thread.

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "cluster/transport/link.hpp"

namespace shoal::transport {

class Directory {
 public:
  explicit Directory(std::size_t links_max) : links_max_(links_max) {}

  // `make` gives one where there is none. Null where there are `links_max`, or all are closed.
  template <class Make>
  std::shared_ptr<Link> link(const std::string& address, Make make) {
    const std::lock_guard lock(mutex_);
    const auto found = links_.find(address);
    if (found != links_.end()) return found->second;
    if (is_closed_ || links_.size() >= links_max_) return nullptr;
    return links_.emplace(address, make()).first->second;
  }

  void introduce(const std::string& address, const std::string& name) {
    const std::lock_guard lock(mutex_);
    if (names_.size() < links_max_ || names_.contains(address)) names_[address] = name;
  }
  std::string name_at(const std::string& address) const {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(address);
    return found == names_.end() ? "" : found->second;
  }

  // The link that was there takes nothing more; null where there was none.
  std::shared_ptr<Link> forget(const std::string& address) {
    const std::lock_guard lock(mutex_);
    names_.erase(address);
    const auto found = links_.find(address);
    if (found == links_.end()) return nullptr;
    std::shared_ptr<Link> link = std::move(found->second);
    links_.erase(found);
    link->close();
    return link;
  }

  // No link takes anything more.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    for (const auto& [address, link] : links_) link->close();
  }

  std::vector<std::shared_ptr<const Link>> all() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<const Link>> links;
    links.reserve(links_.size());
    for (const auto& [address, link] : links_) links.push_back(link);
    return links;
  }

 private:
  const std::size_t links_max_;
  mutable std::mutex mutex_;
  bool is_closed_ = false;
  std::map<std::string, std::shared_ptr<Link>> links_;
  std::map<std::string, std::string> names_;
};

}  // namespace shoal::transport
