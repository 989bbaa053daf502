// Bodies between JSON and the codecs of messages. The first byte says which way; even: what a caller sent,
// odd: what a module replied.
#include <string>

#include "host/management/body_codec.hpp"
#include "host/management/json_text.hpp"
#include "target.hpp"

namespace shoal::fuzz {
namespace {

using management::to_json;
using management::transcode;

void check_sent(std::string_view text, shoal_codec codec) {
  const auto body = transcode(text, codec);
  const auto checked = management::check_json(text);
  if (!checked) {
    require(!body || text.empty(), "what is no JSON is refused");
    return;
  }
  const auto members = management::json_members(text);
  for (std::size_t i = 0; members && i < members.value().size(); ++i) {
    require(is_json(members.value()[i].value), "each member is JSON by itself");
  }
  if (!body) return;
  const auto back = to_json(body.value(), codec);
  require(back.has_value(), "what was taken can be shown");
  require(is_json(back.value()), "and is shown as JSON");
}

}  // namespace

void run(std::string_view input) {
  const unsigned kind = take_byte(input);
  const auto codec = static_cast<shoal_codec>(kind / 2 % 5);
  if (kind % 2 == 0) {
    check_sent(input, codec);
  } else if (const auto shown = to_json(input, codec)) {
    require(is_json(shown.value()), "a reply is shown as JSON");
  }
}

}  // namespace shoal::fuzz
