#include "host/management/server.hpp"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "host/management/answer_queue.hpp"
#include "host/management/event_stream.hpp"
#include "host/management/problem.hpp"
#include "host/management/routes.hpp"

namespace shoal::management {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t header_bytes_max = 8 * 1024;
constexpr std::size_t body_bytes_max = 1024 * 1024;
constexpr std::size_t buffer_bytes_max = 64 * 1024;
constexpr std::size_t drained_bytes_max =
    8 * 1024 * 1024;                      // what a client may still send after an early refusal
constexpr std::size_t calls_max = 1'024;  // calls of the host without an answer
constexpr std::size_t streams_max = 64;   // responses without an end
constexpr std::chrono::milliseconds drain_timeout{2'000};
constexpr std::chrono::milliseconds accept_retry_interval{100};

using Parser = http::request_parser<http::string_body>;

// Boost's string views are not the standard's in every version.
template <class View>
std::string text_of(View view) {
  return {view.data(), view.size()};
}

std::optional<std::string> single_header(const Parser::value_type& message, http::field field) {
  if (message.count(field) != 1) return std::nullopt;
  return text_of(message[field]);
}

Request request_of(Parser::value_type& message) {
  Request request;
  request.method = text_of(message.method_string());
  request.target = text_of(message.target());
  request.host = single_header(message, http::field::host);
  request.content_type = single_header(message, http::field::content_type);
  if (message.count(http::field::origin) > 0) request.origin = text_of(message[http::field::origin]);
  if (message.count("traceparent") == 1) request.traceparent = text_of(message["traceparent"]);
  request.body = std::move(message.body());
  return request;
}

// The refusal of bytes that were no acceptable request; none where nothing can be answered any more.
std::optional<Response> refusal_of(error_code failure, const std::string& target) {
  if (failure == http::error::header_limit || failure == http::error::buffer_overflow) {
    return problem(431, "header_too_large",
                   "the request header is larger than " + std::to_string(header_bytes_max) + " bytes",
                   target);
  }
  if (failure == http::error::body_limit) {
    return problem(413, "body_too_large",
                   "the request body is larger than " + std::to_string(body_bytes_max) + " bytes", target);
  }
  if (failure == http::error::end_of_stream || failure == http::error::partial_message) return std::nullopt;
  if (failure.category() == http::make_error_code(http::error::bad_method).category()) {
    return problem(400, "malformed_request", "the bytes are not an HTTP/1.1 request: " + failure.message(),
                   target);
  }
  return std::nullopt;
}

}  // namespace

// Everything runs on the one thread [management], except what is marked.
class Server::Impl {
 public:
  Impl(ServerOptions options, HostApi& host) : options_(std::move(options)), host_(host) {}
  ~Impl() { stop(); }

  Result<void> listen();
  std::uint16_t port() const { return port_; }  // [any-thread]
  void stop();                                  // [any-thread]

 private:
  class Connection;

  void run();
  void wait_for_client();
  void accept();
  void wait_for_answers();
  void close_one_idle();
  void ended(std::uint64_t connection);
  void begin_stop();
  void finish_stop();

  const ServerOptions options_;
  HostApi& host_;
  std::uint16_t port_ = 0;
  std::optional<Routes> routes_;
  std::shared_ptr<AnswerQueue> answers_ = std::make_shared<AnswerQueue>(calls_max);
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  asio::posix::stream_descriptor answers_ready_{context_};
  asio::steady_timer timer_{context_};  // retries accepting, then bounds the stop
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections_;
  std::uint64_t connection_next_ = 1;
  std::uint64_t idle_next_ = 1;
  std::size_t streams_ = 0;
  bool is_full_ = false;  // a client waits in the kernel's queue
  bool is_stopping_ = false;
  std::mutex stop_mutex_;  // of `stop` only
  std::thread thread_;
};

// One client. Kept alive by its pending operations and by the server's table; `server_` outlives both.
class Server::Impl::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Impl& server, tcp::socket socket, std::uint64_t id)
      : server_(server), stream_(std::move(socket)), deadline_(stream_.get_executor()), id_(id) {}

  void start() { wait_for_request(server_.options_.request_timeout); }
  // Nothing is lost to the client where it is closed now.
  bool is_idle() const { return state_ == State::idle || state_ == State::draining; }
  std::uint64_t idle_since() const { return idle_since_; }
  void take_answer(const Answer& answer);
  void stop();
  void close();

 private:
  enum class State { idle, reading, waiting, writing, streaming, draining, closed };

  void wait_for_request(std::chrono::milliseconds timeout);
  void read_header();
  void read_body();
  void refuse(error_code failure);
  void handle();
  void watch_client(std::uint64_t number);
  void await_answer(std::chrono::milliseconds timeout);
  void respond(Response response);
  void begin_stream(const Response& response);
  void written(error_code failure);
  void drain(std::size_t drained_bytes);

  Impl& server_;
  beast::tcp_stream stream_;
  asio::steady_timer deadline_;  // of the host's answer
  const std::uint64_t id_;
  State state_ = State::idle;
  std::uint64_t idle_since_ = 0;  // an order, not a time
  std::uint64_t request_number_ = 0;
  beast::flat_buffer buffer_{buffer_bytes_max};
  std::optional<Parser> parser_;
  std::string target_;
  bool is_head_ = false;
  bool keep_alive_ = false;
  http::response<http::string_body> response_;
  http::response<http::empty_body> interim_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
  std::optional<EventStream> events_;
};

void Server::Impl::Connection::wait_for_request(std::chrono::milliseconds timeout) {
  state_ = State::idle;
  idle_since_ = server_.idle_next_++;
  parser_.emplace();
  parser_->header_limit(header_bytes_max);
  parser_->body_limit(body_bytes_max);
  if (buffer_.size() > 0) return read_header();
  stream_.expires_after(timeout);
  stream_.async_read_some(buffer_.prepare(4096),
                          [self = shared_from_this()](error_code failure, std::size_t size) {
                            if (failure) return self->close();
                            self->buffer_.commit(size);
                            self->read_header();
                          });
}

void Server::Impl::Connection::read_header() {
  state_ = State::reading;
  target_.clear();
  stream_.expires_after(server_.options_.request_timeout);
  http::async_read_header(
      stream_, buffer_, *parser_, [self = shared_from_this()](error_code failure, std::size_t) {
        if (failure) return self->refuse(failure);
        const auto& message = self->parser_->get();
        self->target_ = text_of(message.target());
        if (!beast::iequals(message[http::field::expect], "100-continue")) return self->read_body();
        self->interim_ = {http::status::continue_, message.version()};
        http::async_write(self->stream_, self->interim_, [self](error_code write_failure, std::size_t) {
          if (write_failure) return self->close();
          self->read_body();
        });
      });
}

void Server::Impl::Connection::read_body() {
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code failure, std::size_t) {
    if (failure) return self->refuse(failure);
    self->handle();
  });
}

void Server::Impl::Connection::refuse(error_code failure) {
  std::optional<Response> refusal = refusal_of(failure, target_);
  if (!refusal) return close();
  keep_alive_ = false;
  is_head_ = false;
  respond(std::move(*refusal));
}

void Server::Impl::Connection::handle() {
  Parser::value_type message = parser_->release();
  keep_alive_ = message.keep_alive();
  is_head_ = message.method() == http::verb::head;
  ++request_number_;
  state_ = State::waiting;
  Handling handling;
  try {
    handling = server_.routes_->handle(request_of(message), server_.answers_->ticket({id_, request_number_}));
  } catch (const std::exception& failure) {
    handling.response = problem(error(ErrorCode::failed, failure.what()), target_);
  }
  if (handling.response) return respond(std::move(*handling.response));
  await_answer(handling.timeout);
  watch_client(request_number_);
}

void Server::Impl::Connection::await_answer(std::chrono::milliseconds timeout) {
  deadline_.expires_after(timeout);
  deadline_.async_wait([self = shared_from_this(), number = request_number_](error_code failure) {
    if (failure || self->state_ != State::waiting || self->request_number_ != number) return;
    self->respond(deadline_response(self->target_));
  });
}

// A client that hung up would hold its place until its deadline, which may be a day away. It may also have
// closed only its own direction, so it keeps the usual time of a request.
void Server::Impl::Connection::watch_client(std::uint64_t number) {
  if (buffer_.size() > 0) return;
  stream_.socket().async_wait(
      tcp::socket::wait_read, [self = shared_from_this(), number](error_code failure) {
        if (failure || self->state_ != State::waiting || self->request_number_ != number) return;
        char byte = 0;
        const auto size = ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return self->watch_client(number);
        if (size < 0) return self->close();
        const auto patience = std::chrono::steady_clock::now() + self->server_.options_.request_timeout;
        if (size == 0 && self->deadline_.expiry() > patience)
          self->await_answer(self->server_.options_.request_timeout);
      });
}

void Server::Impl::Connection::take_answer(const Answer& answer) {
  if (state_ != State::waiting || request_number_ != answer.request.number) return;
  try {
    respond(answer.make ? answer.make()
                        : problem(error(ErrorCode::failed, "the host dropped the request without an answer"),
                                  target_));
  } catch (const std::exception& failure) {
    respond(problem(error(ErrorCode::failed, failure.what()), target_));
  }
}

void Server::Impl::Connection::begin_stream(const Response& response) {
  if (server_.streams_ == streams_max)
    return respond(problem(error(ErrorCode::overloaded, "too many clients follow events already"), target_));
  ++server_.streams_;
  state_ = State::streaming;
  events_.emplace(stream_, EventStream::Options{response.next, server_.options_.request_timeout},
                  [this] { close(); });
  events_->start(response.content_type, shared_from_this());
}

void Server::Impl::Connection::respond(Response response) {
  deadline_.cancel();
  error_code ignored;
  stream_.socket().cancel(ignored);
  if (response.next && !is_head_) return begin_stream(response);
  state_ = State::writing;
  keep_alive_ = keep_alive_ && !server_.is_stopping_;
  response_ = {};
  response_.version(11);
  response_.result(response.status);
  response_.keep_alive(keep_alive_);
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  if (!response.content_type.empty()) response_.set(http::field::content_type, response.content_type);
  if (!response.allow.empty()) response_.set(http::field::allow, response.allow);
  // RFC 9110: 204 has no body, and says nothing of its length.
  if (response.status != 204) response_.content_length(response.body.size());
  response_.body() = std::move(response.body);
  serializer_.emplace(response_);
  stream_.expires_after(server_.options_.request_timeout);
  const auto done = [self = shared_from_this()](error_code failure, std::size_t) { self->written(failure); };
  if (is_head_) return http::async_write_header(stream_, *serializer_, done);
  http::async_write(stream_, *serializer_, done);
}

void Server::Impl::Connection::written(error_code failure) {
  // Where somebody waits for the place, the next request has to come on a new connection.
  if (failure || server_.is_full_) return close();
  if (keep_alive_ && !server_.is_stopping_) return wait_for_request(server_.options_.idle_timeout);
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  state_ = State::draining;
  idle_since_ = server_.idle_next_++;
  stream_.expires_after(drain_timeout);
  drain(0);
}

// Closing while bytes are unread would reset the connection and could take the response away from the client.
void Server::Impl::Connection::drain(std::size_t drained_bytes) {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(buffer_bytes_max),
                          [self = shared_from_this(), drained_bytes](error_code failure, std::size_t size) {
                            if (failure || drained_bytes + size > drained_bytes_max) return self->close();
                            self->drain(drained_bytes + size);
                          });
}

// A request that is being read or answered goes on; `finish_stop` bounds it.
void Server::Impl::Connection::stop() {
  if (state_ == State::idle || state_ == State::streaming) close();
}

void Server::Impl::Connection::close() {
  if (state_ == State::closed) return;
  if (events_) {
    events_->close();
    --server_.streams_;
  }
  state_ = State::closed;
  deadline_.cancel();
  stream_.close();
  server_.ended(id_);
}

Result<void> Server::Impl::listen() {
  error_code failure;
  const auto address = asio::ip::make_address(options_.address, failure);
  if (failure || !address.is_loopback()) {
    return error(ErrorCode::invalid_argument, "the management address \"" + options_.address +
                                                  "\" is no loopback address: use 127.0.0.1 or ::1");
  }
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), failure);
  if (!failure) acceptor_.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (!failure) acceptor_.non_blocking(true, failure);
  if (failure) {
    const ErrorCode code =
        failure == boost::system::errc::address_in_use ? ErrorCode::already_exists : ErrorCode::failed;
    return error(
        code, "the management port " + options_.address + ":" + std::to_string(options_.port) +
                  " could not be opened: " + failure.message() +
                  "; end the process that has it, or choose another node.management_port (0: any free one)");
  }
  port_ = acceptor_.local_endpoint().port();
  routes_.emplace(host_, RouteOptions{port_, options_.answer_timeout});
  answers_ready_.assign(::dup(answers_->event_fd()), failure);
  if (failure) return error(ErrorCode::failed, "the management server has no event: " + failure.message());
  wait_for_client();
  wait_for_answers();
  thread_ = std::thread([this] { run(); });
  return success();
}

void Server::Impl::run() {
  ::pthread_setname_np(::pthread_self(), "management");
  context_.run();
}

void Server::Impl::wait_for_client() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code failure) {
    if (!failure && !is_stopping_) accept();
  });
}

void Server::Impl::accept() {
  if (connections_.size() >= options_.connections_max) {
    is_full_ = true;
    return close_one_idle();
  }
  error_code failure;
  tcp::socket socket = acceptor_.accept(failure);
  if (!failure) {
    const std::uint64_t id = connection_next_++;
    const auto connection = std::make_shared<Connection>(*this, std::move(socket), id);
    connections_.emplace(id, connection);
    connection->start();
  } else if (failure != asio::error::would_block && failure != asio::error::connection_aborted) {
    // The process has no file descriptor left: waiting for readiness would spin.
    timer_.expires_after(accept_retry_interval);
    return timer_.async_wait([this](error_code cancelled) {
      if (!cancelled && !is_stopping_) wait_for_client();
    });
  }
  wait_for_client();
}

// A kept connection without a request gives its place to a client that waits.
void Server::Impl::close_one_idle() {
  std::shared_ptr<Connection> oldest;
  for (const auto& [id, connection] : connections_) {
    if (!connection->is_idle()) continue;
    if (!oldest || connection->idle_since() < oldest->idle_since()) oldest = connection;
  }
  if (oldest) oldest->close();
}

void Server::Impl::ended(std::uint64_t connection) {
  connections_.erase(connection);
  if (is_stopping_) {
    if (connections_.empty()) context_.stop();
  } else if (is_full_) {
    is_full_ = false;
    wait_for_client();
  }
}

void Server::Impl::wait_for_answers() {
  answers_ready_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code failure) {
    if (failure) return;
    answers_->clear_event();
    while (std::optional<Answer> answer = answers_->take()) {
      const auto found = connections_.find(answer->request.connection);
      if (found == connections_.end()) continue;
      const std::shared_ptr<Connection> connection = found->second;
      connection->take_answer(*answer);
    }
    wait_for_answers();
  });
}

void Server::Impl::begin_stop() {
  is_stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  const auto connections = connections_;
  for (const auto& [id, connection] : connections) connection->stop();
  if (connections_.empty()) return context_.stop();
  timer_.expires_after(options_.stop_grace);
  timer_.async_wait([this](error_code cancelled) {
    if (!cancelled) finish_stop();
  });
}

void Server::Impl::finish_stop() {
  const auto connections = std::exchange(connections_, {});
  for (const auto& [id, connection] : connections) connection->close();
  context_.stop();
}

void Server::Impl::stop() {
  const std::lock_guard lock(stop_mutex_);
  if (!thread_.joinable()) return;
  asio::post(context_, [this] { begin_stop(); });
  thread_.join();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::Server(Server&&) noexcept = default;
Server& Server::operator=(Server&&) noexcept = default;
Server::~Server() = default;

Result<Server> Server::start(ServerOptions options, HostApi& host) {
  auto impl = std::make_unique<Impl>(std::move(options), host);
  SHOAL_TRYV(impl->listen());
  return Server(std::move(impl));
}

std::uint16_t Server::port() const { return impl_->port(); }

void Server::stop() {
  if (impl_) impl_->stop();
}

}  // namespace shoal::management
