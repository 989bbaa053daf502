#include "host/management/http_client.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace shoal::management {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint32_t answer_header_bytes_max = 16 * 1024;
constexpr std::uint64_t answer_body_bytes_max = 64 * 1024 * 1024;

// A line break or a space in the target would let its writer add headers.
bool is_token_text(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char symbol) { return symbol > 0x20 && symbol < 0x7f; });
}

// One call; runs the context on the caller's thread, so nothing here needs a lock.
class Call {
 public:
  explicit Call(const ClientOptions& options)
      : name_(options.host), port_(options.port), timeout_(options.timeout) {
    if (name_.size() > 2 && name_.front() == '[' && name_.back() == ']')
      name_ = name_.substr(1, name_.size() - 2);
    place_ = (name_.find(':') == std::string::npos ? name_ : "[" + name_ + "]") + ":" + std::to_string(port_);
    stream_.expires_after(timeout_);
  }

  Result<HttpReply> run(std::string_view method, std::string_view target, std::string_view body) {
    SHOAL_TRYV(connect());
    const error_code write_failure = write(method, target, body);
    // A server that refuses a large body answers and closes before it has read everything: its answer counts.
    if (write_failure && write_failure != asio::error::broken_pipe &&
        write_failure != asio::error::connection_reset) {
      return broken(write_failure);
    }
    return read(method == "HEAD");
  }

 private:
  Result<void> connect() {
    error_code failure;
    const auto address = asio::ip::make_address(name_, failure);
    if (!failure) {
      stream_.async_connect(tcp::endpoint(address, port_),
                            [&failure](error_code result) { failure = result; });
      context_.run();
    } else {
      tcp::resolver resolver(context_);
      const auto found = resolver.resolve(name_, std::to_string(port_), failure);
      if (failure) {
        return error(ErrorCode::unreachable, "the host " + place_ +
                                                 " could not be found: " + failure.message() +
                                                 "; check the name given with --management");
      }
      stream_.async_connect(found, [&failure](error_code result, const tcp::endpoint&) { failure = result; });
      context_.run();
    }
    if (!failure) return success();
    return error(ErrorCode::unreachable, "could not reach the host at " + place_ + ": " + failure.message() +
                                             "; is it running, and is this its node.management_port?");
  }

  error_code write(std::string_view method, std::string_view target, std::string_view body) {
    http::request<http::string_body> request;
    request.version(11);
    request.method_string({method.data(), method.size()});
    request.target({target.data(), target.size()});
    request.set(http::field::host, place_);
    request.set(http::field::user_agent, "shoal");
    request.keep_alive(false);
    if (method == "POST" || method == "PUT") request.set(http::field::content_type, "application/json");
    request.body() = std::string(body);
    request.prepare_payload();
    error_code failure;
    http::async_write(stream_, request, [&failure](error_code result, std::size_t) { failure = result; });
    context_.restart();
    context_.run();
    return failure;
  }

  Result<HttpReply> read(bool has_no_body) {
    http::response_parser<http::string_body> parser;
    parser.header_limit(answer_header_bytes_max);
    parser.body_limit(answer_body_bytes_max);
    parser.skip(has_no_body);
    beast::flat_buffer buffer;
    error_code failure;
    http::async_read(stream_, buffer, parser,
                     [&failure](error_code result, std::size_t) { failure = result; });
    context_.restart();
    context_.run();
    if (failure) return broken(failure);
    HttpReply reply;
    reply.status = parser.get().result_int();
    reply.body = std::move(parser.get().body());
    return reply;
  }

  Error broken(error_code failure) const {
    if (failure == beast::error::timeout) {
      return error(ErrorCode::deadline, "the host at " + place_ + " did not answer within " +
                                            std::to_string(timeout_.count()) +
                                            " ms; give it longer with --timeout");
    }
    if (failure == http::error::end_of_stream || failure == http::error::partial_message) {
      return error(ErrorCode::unreachable,
                   "the host at " + place_ + " closed the connection before it answered; it may be stopping");
    }
    if (failure == http::error::body_limit) {
      return error(ErrorCode::failed,
                   "the answer of the host at " + place_ + " is larger than 64 MiB; ask for less");
    }
    return error(ErrorCode::unreachable, "the connection to the host at " + place_ +
                                             " broke: " + failure.message() + "; is it a management port?");
  }

  std::string name_;
  std::uint16_t port_;
  std::string place_;  // host:port, as in messages and in the Host header
  std::chrono::milliseconds timeout_;
  asio::io_context context_{1};
  beast::tcp_stream stream_{context_};
};

}  // namespace

Result<HttpReply> http_call(const ClientOptions& options, std::string_view method, std::string_view target,
                            std::string_view body) {
  if (!is_token_text(method) || !is_token_text(target) || !is_token_text(options.host)) {
    return error(ErrorCode::invalid_argument,
                 "method, target and host of a request are printable ASCII without spaces");
  }
  try {
    return Call(options).run(method, target, body);
  } catch (const std::exception& failure) {
    return error(ErrorCode::failed, std::string("the call could not be made: ") + failure.what());
  }
}

}  // namespace shoal::management
