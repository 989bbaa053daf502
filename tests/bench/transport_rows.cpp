// bench_transport ROW: one run of a row of the transport, between two processes on loopback. Prints the
// figure and its floor.
//   one_way MESSAGES   messages/s of 100 bytes, so many a batch; floor: raw ZeroMQ with as many a frame
//   round_trip         median in µs, one at a time; floor: raw ZeroMQ, DEALER to ROUTER and back
//   hostile            99th percentile of the round trip in µs, with keys, while strangers connect; floor:
//                      the same without them, in turns of the same run

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "cluster/transport/allow_list.hpp"
#include "cluster/transport/transport.hpp"

namespace {

using namespace shoal::transport;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMessageBytes = 100;
constexpr std::size_t kOneWayMessages = 2'000'000;
constexpr std::size_t kRoundTrips = 20'000;
constexpr std::size_t kWarmUp = 2'000;
constexpr std::size_t kTurns = 20;  // with strangers, and as many without
constexpr int kSilentConnections = 50;
constexpr int kStrangerPauseMs = 5;

[[noreturn]] void fail(const std::string& text) {
  std::fprintf(stderr, "bench_transport: %s\n", text.c_str());
  std::_Exit(1);
}

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// --- Processes ------------------------------------------------------------------------------------

// Lines from one process to another.
class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_) != 0) fail("no pipe");
  }
  void write(const std::string& line) const {
    const std::string text = line + "\n";
    if (::write(ends_[1], text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail("no reader");
  }
  std::string read() const {
    std::string line;
    char c = 0;
    while (::read(ends_[0], &c, 1) == 1 && c != '\n') line += c;
    return line;
  }
  pollfd waiting() const { return {ends_[0], POLLIN, 0}; }

 private:
  int ends_[2] = {-1, -1};
};

// Another process, from before any thread was started; ended by force with this object.
class Process {
 public:
  explicit Process(const std::function<void()>& run) : pid_(::fork()) {
    if (pid_ < 0) fail("no process");
    if (pid_ > 0) return;
    run();
    std::_Exit(0);
  }
  ~Process() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

 private:
  const pid_t pid_;
};

// --- Nodes ----------------------------------------------------------------------------------------

class BenchNode {
 public:
  BenchNode(const std::string& name, std::uint64_t uid, std::optional<Security> security)
      : arrived_(::eventfd(0, EFD_CLOEXEC)) {
    Options options;
    options.bind = "tcp://127.0.0.1:0";
    options.self = {name, "", shoal::cluster::Uid{uid}};
    options.cluster_name = "bench";
    options.security = std::move(security);
    Hooks hooks;
    hooks.arrived = [this](Channel) { ::eventfd_write(arrived_, 1); };
    hooks.warn = [](const std::string&) {};
    auto started = Transport::start(std::move(options), std::move(hooks));
    if (!started) fail(started.error().message);
    transport_ = std::move(started).value();
  }

  Transport& transport() { return *transport_; }
  const std::string& address() const { return transport_->self().address; }

  // Waits for messages.
  std::vector<Received>& take() {
    received_.clear();
    while (received_.empty()) {
      eventfd_t count = 0;
      ::eventfd_read(arrived_, &count);
      transport_->take(Channel::user, received_);
    }
    return received_;
  }

 private:
  const int arrived_;
  std::unique_ptr<Transport> transport_;
  std::vector<Received> received_;
};

void echo(BenchNode& node) {
  for (;;) {
    for (Received& received : node.take()) {
      const auto link = node.transport().link(received.from->address);
      if (!link->send(received.batch)) fail("the echo is refused");
    }
  }
}

using RoundTrip = std::function<void()>;

// Adds how long each took, in µs, but for those that warm up.
void ping(const RoundTrip& round_trip, std::size_t warm_up, std::size_t count, std::vector<double>& times) {
  for (std::size_t i = 0; i < warm_up + count; ++i) {
    const auto begin = Clock::now();
    round_trip();
    if (i >= warm_up) times.push_back(seconds_since(begin) * 1e6);
  }
}

double percentile(std::vector<double> times, double part) {
  std::ranges::sort(times);
  return times[static_cast<std::size_t>(part * static_cast<double>(times.size() - 1))];
}

double median_of(const RoundTrip& round_trip) {
  std::vector<double> times;
  ping(round_trip, kWarmUp, kRoundTrips, times);
  return percentile(std::move(times), 0.5);
}

RoundTrip round_trip_of(BenchNode& node, const std::string& address) {
  return [&node, link = node.transport().link(address), text = std::string(kMessageBytes, 'x')] {
    Batch batch(Channel::user);
    batch.add(text);
    if (!link->send(batch)) fail("a message is refused");
    node.take();
  };
}

// --- One way --------------------------------------------------------------------------------------

// Touches each message of a frame.
struct Count {
  std::size_t messages = 0;
  std::uint64_t touched = 0;
  Clock::time_point first{};

  void add(const Batch& batch) {
    if (messages == 0) first = Clock::now();
    for (const std::string_view message : batch)
      touched += static_cast<unsigned char>(message[message.size() / 2]);
    messages += batch.count();
  }
  std::string rate() const { return std::to_string(static_cast<double>(messages) / seconds_since(first)); }
};

double one_way(std::size_t batch_messages) {
  const Pipe address;
  const Pipe rate;
  const Process receiver([&] {
    BenchNode node("receiver", 2, std::nullopt);
    address.write(node.address());
    Count count;
    while (count.messages < kOneWayMessages) {
      for (const Received& received : node.take()) count.add(received.batch);
    }
    rate.write(count.rate());
    ::pause();
  });
  BenchNode node("sender", 1, std::nullopt);
  const auto link = node.transport().link(address.read());
  const std::string text(kMessageBytes, 'x');
  Batch batch(Channel::user);
  for (std::size_t sent = 0; sent < kOneWayMessages; sent += batch_messages) {
    batch.reserve(frame_header_bytes + batch_messages * (message_header_bytes + kMessageBytes));
    for (std::size_t i = 0; i < batch_messages; ++i) batch.add(text);
    while (!link->send(batch)) ::sched_yield();
  }
  return std::stod(rate.read());
}

double one_way_floor(std::size_t frame_messages) {
  const Pipe address;
  const Pipe rate;
  const Process receiver([&] {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::router);
    socket.bind("tcp://127.0.0.1:*");
    address.write(socket.get(zmq::sockopt::last_endpoint));
    Count count;
    zmq::message_t part;
    while (count.messages < kOneWayMessages) {
      if (!socket.recv(part) || !socket.recv(part)) fail("nothing received");
      const auto batch = Batch::decode(part.to_string());
      if (batch) count.add(batch.value());
    }
    rate.write(count.rate());
    ::pause();
  });
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.connect(address.read());
  const std::string text(kMessageBytes, 'x');
  for (std::size_t sent = 0; sent < kOneWayMessages; sent += frame_messages) {
    Batch batch(Channel::user);
    batch.reserve(frame_header_bytes + frame_messages * (message_header_bytes + kMessageBytes));
    for (std::size_t i = 0; i < frame_messages; ++i) batch.add(text);
    socket.send(zmq::buffer(batch.frame()));
  }
  return std::stod(rate.read());
}

// --- Round trips ----------------------------------------------------------------------------------

double round_trip() {
  const Pipe address;
  const Process other([&] {
    BenchNode node("echo", 2, std::nullopt);
    address.write(node.address());
    echo(node);
  });
  BenchNode node("asks", 1, std::nullopt);
  return median_of(round_trip_of(node, address.read()));
}

double round_trip_floor() {
  const Pipe address;
  const Process other([&] {
    zmq::context_t context;
    zmq::socket_t socket(context, zmq::socket_type::router);
    socket.bind("tcp://127.0.0.1:*");
    address.write(socket.get(zmq::sockopt::last_endpoint));
    zmq::message_t who;
    zmq::message_t what;
    for (;;) {
      if (!socket.recv(who) || !socket.recv(what)) fail("nothing received");
      socket.send(who, zmq::send_flags::sndmore);
      socket.send(what, zmq::send_flags::none);
    }
  });
  zmq::context_t context;
  zmq::socket_t socket(context, zmq::socket_type::dealer);
  socket.connect(address.read());
  const std::string text(kMessageBytes, 'x');
  return median_of([&] {
    socket.send(zmq::buffer(text));
    zmq::message_t reply;
    if (!socket.recv(reply)) fail("nothing received");
  });
}

int connect_to(const std::string& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  name.sin_port = ::htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
  if (::connect(fd, reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) fail("no connection");
  return fd;
}

// Silent connections, made anew when they are closed; noise; and a node with a key that nobody allowed. Until
// it is told to stop; then all of them are closed.
void molest(const std::string& address, const PublicKey& server, const Pipe& orders) {
  // What the node says first is left unread: it is no reason to connect anew.
  std::vector<pollfd> silent(kSilentConnections, pollfd{-1, POLLRDHUP, 0});
  silent.push_back(orders.waiting());
  const std::string noise(10'000, '\x5a');
  const KeyPair stranger = generate_key_pair();
  zmq::context_t context;
  while (silent.back().revents == 0) {
    for (pollfd& connection : silent) {
      if (&connection == &silent.back()) break;
      if (connection.fd >= 0 && connection.revents == 0) continue;
      if (connection.fd >= 0) ::close(connection.fd);
      connection.fd = connect_to(address);
    }
    const int loud = connect_to(address);
    static_cast<void>(::send(loud, noise.data(), noise.size(), MSG_NOSIGNAL));
    ::close(loud);
    zmq::socket_t unknown(context, zmq::socket_type::dealer);
    unknown.set(zmq::sockopt::linger, 0);
    unknown.set(zmq::sockopt::curve_publickey, zmq::buffer(stranger.public_key.bytes));
    unknown.set(zmq::sockopt::curve_secretkey, zmq::buffer(stranger.secret_key.bytes));
    unknown.set(zmq::sockopt::curve_serverkey, zmq::buffer(server.bytes));
    unknown.connect("tcp://" + address);
    unknown.send(zmq::buffer(noise), zmq::send_flags::dontwait);
    ::poll(silent.data(), silent.size(), kStrangerPauseMs);
  }
  silent.pop_back();
  for (const pollfd& connection : silent) ::close(connection.fd);
}

// Strangers have machines of their own: here they take the processors only where nobody else wants them.
void give_way() {
  const sched_param none{};
  if (::sched_setscheduler(0, SCHED_IDLE, &none) != 0) fail("no idle scheduling");
}

void hostile() {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("shoal-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::filesystem::path list = folder / "allowed";
  const KeyPair keys[2] = {generate_key_pair(), generate_key_pair()};
  if (!allow(list, {keys[0].public_key, "asks", ""}) || !allow(list, {keys[1].public_key, "echo", ""}))
    fail("no list");
  const Pipe for_asker;
  const Pipe for_echo;
  const Process other([&] {
    BenchNode node("echo", 2, Security{keys[1], list});
    const std::string asker = for_echo.read();
    node.transport().introduce(asker, "asks");
    for_asker.write(node.address());
    echo(node);
  });
  const Pipe orders;  // to begin, to stop, to begin …
  const Pipe stopped;
  const Process stranger([&] {
    give_way();
    for (;;) {
      molest(orders.read(), keys[1].public_key, orders);
      orders.read();
      stopped.write("");
    }
  });
  BenchNode node("asks", 1, Security{keys[0], list});
  for_echo.write(node.address());
  const std::string address = for_asker.read();
  node.transport().introduce(address, "echo");
  const RoundTrip round_trip = round_trip_of(node, address);
  std::vector<double> alone;
  std::vector<double> molested;
  for (std::size_t turn = 0; turn < kTurns; ++turn) {
    ping(round_trip, kWarmUp / kTurns, kRoundTrips / kTurns, alone);
    orders.write(address);
    ping(round_trip, kWarmUp / kTurns, kRoundTrips / kTurns, molested);
    orders.write("");
    stopped.read();
  }
  std::filesystem::remove_all(folder);
  std::printf("%.3f %.3f\n", percentile(std::move(molested), 0.99), percentile(std::move(alone), 0.99));
}

}  // namespace

int main(int argument_count, char** arguments) {
  const std::string row = argument_count > 1 ? arguments[1] : "";
  if (row == "one_way" && argument_count > 2) {
    const std::size_t messages = std::stoul(arguments[2]);
    const double floor = one_way_floor(messages);
    std::printf("%.3f %.3f\n", one_way(messages), floor);
  } else if (row == "round_trip") {
    const double floor = round_trip_floor();
    std::printf("%.3f %.3f\n", round_trip(), floor);
  } else if (row == "hostile") {
    hostile();
  } else {
    fail("usage: bench_transport one_way MESSAGES | round_trip | hostile");
  }
}
