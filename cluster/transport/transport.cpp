#include "cluster/transport/transport.hpp"

#include <algorithm>
#include <utility>

#include "cluster/transport/transport_loop.hpp"
#include "shoal/base/assert.hpp"

namespace shoal::transport {

namespace {

bool is_local(std::string_view endpoint) {
  if (endpoint.starts_with("ipc://")) return true;
  constexpr std::string_view tcp = "tcp://";
  if (!endpoint.starts_with(tcp)) return false;
  endpoint.remove_prefix(tcp.size());
  const std::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  return host == "localhost" || host == "[::1]" || host == "::1" ||
         (host.starts_with("127.") &&
          std::ranges::all_of(host, [](char c) { return c == '.' || (c >= '0' && c <= '9'); }));
}

Result<void> check_names(const Options& options) {
  const auto is_name = [](const std::string& name) { return !name.empty() && name.size() <= name_bytes_max; };
  if (is_name(options.self.name) && is_name(options.cluster_name) &&
      options.self.address.size() <= name_bytes_max) {
    return success();
  }
  return error(ErrorCode::bad_config, "the cluster's and the node's name have 1 to " +
                                          std::to_string(name_bytes_max) + " bytes, its address no more");
}

Result<AllowList> read_allow_list(const Options& options) {
  const Security& security = *options.security;
  SHOAL_TRY(list, AllowList::read(security.allow_list));
  const AllowedNode* self = list.find(security.own.public_key);
  const std::string own = to_hex(security.own.public_key) + " " + options.self.name;
  if (self == nullptr) {
    return error(ErrorCode::bad_config, "the allow list " + security.allow_list.string() +
                                            " lacks this node's own key: shoal key allow " + own);
  }
  if (self->name != options.self.name) {
    return error(ErrorCode::bad_config, "the allow list " + security.allow_list.string() +
                                            " has this node's key as that of '" + self->name +
                                            "', and it is '" + options.self.name + "': correct one of them");
  }
  return list;
}

}  // namespace

Result<std::unique_ptr<Transport>> Transport::start(Options options, Hooks hooks) {
  if (!options.security && !is_local(options.bind)) {
    return error(ErrorCode::bad_config,
                 options.bind +
                     " can be reached from other machines and needs keys: make one for each node with "
                     "shoal key generate, allow each with shoal key allow, or bind 127.0.0.1");
  }
  if (options.self.address.empty() && !is_local(options.bind)) {
    return error(ErrorCode::bad_config, options.bind +
                                            " says nothing of how others reach this node: give it the "
                                            "address HOST:PORT that they use");
  }
  SHOAL_TRYV(check_names(options));
  SHOAL_ASSERT(options.self.uid != cluster::Uid{});
  AllowList allow_list;
  if (options.security) {
    SHOAL_TRY(read, read_allow_list(options));
    allow_list = std::move(read);
  }
  SHOAL_TRY(loop, TransportLoop::start(std::move(options), std::move(hooks), std::move(allow_list)));
  return std::unique_ptr<Transport>(new Transport(std::move(loop)));
}

Transport::Transport(std::unique_ptr<TransportLoop> loop) : loop_(std::move(loop)) {}

Transport::~Transport() { stop(); }

const Node& Transport::self() const { return loop_->options().self; }

const std::string& Transport::bound_address() const { return loop_->bound_address(); }

std::shared_ptr<Link> Transport::link(const std::string& address) { return loop_->link(address); }

Result<void> Transport::send(const std::string& address, Channel channel, std::string_view message) {
  const std::shared_ptr<Link> link = loop_->link(address);
  if (!link) return error(ErrorCode::overloaded, "");
  Batch batch(channel);
  batch.add(message);
  return link->send(batch);
}

void Transport::introduce(const std::string& address, const std::string& name) {
  loop_->introduce(address, name);
}

void Transport::forget(const std::string& address) { loop_->forget(address); }

void Transport::take(Channel channel, std::vector<Received>& received) { loop_->take(channel, received); }

void Transport::take_heard(std::vector<LifeSign>& signs) { loop_->take_heard(signs); }

void Transport::take_changes(std::vector<Change>& changes) { loop_->take_changes(changes); }

Result<void> Transport::reload_allow_list() {
  if (!loop_->options().security) return success();
  SHOAL_TRY(list, read_allow_list(loop_->options()));
  loop_->allow(std::move(list));
  return success();
}

Counters Transport::counters() const { return loop_->counters(); }

std::vector<LinkStatus> Transport::links() const {
  std::vector<LinkStatus> statuses;
  for (const auto& link : loop_->links()) {
    LinkStatus status{link->address(), link->is_connected(), {}};
    for (std::size_t i = 0; i < channels; ++i) {
      status.waiting_bytes[i] = link->waiting_bytes(static_cast<Channel>(static_cast<std::uint8_t>(i)));
    }
    statuses.push_back(std::move(status));
  }
  return statuses;
}

void Transport::stop(std::int64_t linger_ms) { loop_->stop(linger_ms); }

Result<void> check_speaker(const Received& received, cluster::Uid claimed) {
  if (received.from->uid == claimed) return success();
  return error(ErrorCode::refused, "'" + received.from->name + "' at " + received.from->address + " (uid " +
                                       std::to_string(received.from->uid.value) +
                                       ") sent a message in the name of uid " +
                                       std::to_string(claimed.value));
}

}  // namespace shoal::transport
