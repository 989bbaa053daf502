// MessagePack into structs with the SDK's codec.

#include "codec_laws.hpp"
#include "shoal/detail/json_writer.hpp"
#include "shoal/msgpack.hpp"

namespace shoal::fuzz {

void run(std::string_view input) {
  const auto value = check_codec(msgpack, input);
  if (!value) return;
  Buffer shown;
  detail::write_json(detail::ValueView::of(*value), shown, detail::Unwritable::replace);
  require(is_json(shown.view()), "whatever a value holds can be shown as JSON");
}

}  // namespace shoal::fuzz
