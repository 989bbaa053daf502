#include "host/management/problem.hpp"

#include <nlohmann/json.hpp>

namespace shoal::management {
namespace {

struct Kind {
  unsigned status;
  std::string_view code;
};

Kind kind_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::failed:
      return {500, "failed"};
    case ErrorCode::invalid_argument:
      return {400, "invalid_argument"};
    case ErrorCode::bad_config:
      return {422, "bad_config"};
    case ErrorCode::not_found:
      return {404, "not_found"};
    case ErrorCode::already_exists:
      return {409, "already_exists"};
    case ErrorCode::unavailable:
      return {503, "unavailable"};
    case ErrorCode::overloaded:
      return {503, "overloaded"};
    case ErrorCode::deadline:
      return {504, "deadline"};
    case ErrorCode::refused:
      return {422, "refused"};
    case ErrorCode::unreachable:
      return {503, "unreachable"};
  }
  return {500, "failed"};
}

// FAILED is the entity's own "no". A status a newer module may know is one, too.
Kind kind_of(shoal_status status) {
  switch (status) {
    case SHOAL_STATUS_UNSUPPORTED:
      return {501, "unsupported"};
    case SHOAL_STATUS_INVALID_ARGUMENT:
      return {400, "invalid_argument"};
    case SHOAL_STATUS_UNDECODABLE:
      return {400, "undecodable"};
    case SHOAL_STATUS_TOO_LARGE:
      return {413, "too_large"};
    case SHOAL_STATUS_NOT_FOUND:
      return {404, "not_found"};
    case SHOAL_STATUS_NOT_ACTIVE:
      return {404, "not_active"};
    case SHOAL_STATUS_OVERLOADED:
      return {503, "overloaded"};
    case SHOAL_STATUS_OUT_OF_MEMORY:
      return {503, "out_of_memory"};
    case SHOAL_STATUS_DEADLINE:
      return {504, "deadline"};
    case SHOAL_STATUS_WRONG_PHASE:
      return {500, "wrong_phase"};
    case SHOAL_STATUS_DEAD_LETTER:
      return {422, "dead_letter"};
    default:
      return {422, "refused"};
  }
}

std::string_view phrase_of(unsigned status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

Response problem(unsigned status, std::string_view code, std::string_view detail, std::string_view instance) {
  nlohmann::ordered_json document;
  document["type"] = "about:blank";
  document["title"] = phrase_of(status);
  document["status"] = status;
  document["detail"] = detail;
  if (!instance.empty()) document["instance"] = instance;
  document["code"] = code;
  Response response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  return response;
}

Response problem(const Error& cause, std::string_view instance) {
  const Kind kind = kind_of(cause.code);
  return problem(kind.status, kind.code, cause.message.empty() ? kind.code : cause.message, instance);
}

Response problem(shoal_status status, std::string_view detail, std::string_view instance) {
  const Kind kind = kind_of(status);
  return problem(kind.status, kind.code, detail.empty() ? kind.code : detail, instance);
}

}  // namespace shoal::management
