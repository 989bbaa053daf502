#include "host/management/body_codec.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "host/management/json_text.hpp"

namespace shoal::management {
namespace {

using Document = nlohmann::json;

std::string base64_of(const std::uint8_t* data, std::size_t size) {
  std::string text(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), data, size, sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminator
  return text;
}

Result<std::string> bytes_of_base64(const std::string& text) {
  std::string bytes(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int status =
      sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (status != 0 || end != text.data() + text.size()) {
    return error(ErrorCode::invalid_argument, "the member \"base64\" is not padded standard base64");
  }
  bytes.resize(size);
  return bytes;
}

Result<std::string> bytes_of_json(const Document& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.size() == 1 && value.contains("base64") && value["base64"].is_string()) {
    return bytes_of_base64(value["base64"].get<std::string>());
  }
  return error(ErrorCode::invalid_argument,
               "the message takes bytes: give a JSON string, or {\"base64\": \"...\"} for what is not text");
}

// Reads the structure of one MessagePack value without building it: what the converter would recurse on or
// allocate for must be there, and no deeper than the bound.
class MessagePackCheck {
 public:
  explicit MessagePackCheck(std::string_view bytes) : bytes_(bytes) {}

  bool is_one_value() {
    std::vector<std::uint64_t> open{1};  // items still to come, a number for each open level
    while (!open.empty()) {
      if (open.back() == 0) {
        open.pop_back();
        continue;
      }
      --open.back();
      std::uint64_t children = 0;
      if (!take_item(children)) return false;
      if (children > 0) {
        if (open.size() > json_depth_max || children > bytes_.size() - position_) return false;
        open.push_back(children);
      }
    }
    return position_ == bytes_.size();
  }

 private:
  bool take_item(std::uint64_t& children) {
    std::uint64_t head = 0;
    if (!take_number(1, head)) return false;
    if (head <= 0x7f || head >= 0xe0) return true;
    if (head <= 0x8f) return set_children((head & 0x0f) * 2, children);
    if (head <= 0x9f) return set_children(head & 0x0f, children);
    if (head <= 0xbf) return skip(head & 0x1f);
    return take_sized_item(head, children);
  }

  bool take_sized_item(std::uint64_t head, std::uint64_t& children) {
    std::uint64_t size = 0;
    switch (head) {
      case 0xc0:
      case 0xc2:
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return take_number(1U << (head - 0xc4), size) && skip(size);
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return take_number(1U << (head - 0xc7), size) && skip(size + 1);
      case 0xca:
        return skip(4);
      case 0xcb:
        return skip(8);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return skip(std::uint64_t{1} << (head - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return skip(std::uint64_t{1} << (head - 0xd0));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return skip((std::uint64_t{1} << (head - 0xd4)) + 1);
      case 0xd9:
      case 0xda:
      case 0xdb:
        return take_number(1U << (head - 0xd9), size) && skip(size);
      case 0xdc:
      case 0xdd:
        return take_number(2U << (head - 0xdc), size) && set_children(size, children);
      case 0xde:
      case 0xdf:
        return take_number(2U << (head - 0xde), size) && set_children(size * 2, children);
      default:
        return false;  // 0xc1 is never used
    }
  }

  static bool set_children(std::uint64_t count, std::uint64_t& children) {
    children = count;
    return true;
  }

  bool take_number(std::size_t width, std::uint64_t& number) {
    if (bytes_.size() - position_ < width) return false;
    number = 0;
    for (std::size_t index = 0; index < width; ++index) {
      number = number << 8 | static_cast<unsigned char>(bytes_[position_++]);
    }
    return true;
  }

  bool skip(std::uint64_t size) {
    if (bytes_.size() - position_ < size) return false;
    position_ += size;
    return true;
  }

  std::string_view bytes_;
  std::size_t position_ = 0;
};

// JSON has no binary values. The depth is bounded by MessagePackCheck.
void replace_binary(Document& value) {
  if (value.is_binary()) {
    const auto& binary = value.get_binary();
    Document shown = Document::object();
    shown["base64"] = base64_of(binary.data(), binary.size());
    if (binary.has_subtype()) shown["type"] = static_cast<std::int8_t>(binary.subtype());
    value = std::move(shown);
  } else if (value.is_structured()) {
    for (auto& child : value) replace_binary(child);
  }
}

Result<std::string> json_of_message_pack(std::string_view body) {
  if (!MessagePackCheck(body).is_one_value()) {
    return error(ErrorCode::failed, "the body is not one MessagePack value of at most " +
                                        std::to_string(json_depth_max) + " levels");
  }
  Document value = Document::from_msgpack(body.begin(), body.end(), true, false);
  if (value.is_discarded()) {
    return error(ErrorCode::failed, "the MessagePack body has a map whose keys are not strings");
  }
  replace_binary(value);
  try {
    return value.dump();
  } catch (const Document::exception&) {
    return error(ErrorCode::failed, "the MessagePack body has a string that is not UTF-8");
  }
}

std::string json_of_bytes(std::string_view body) {
  const bool has_control = std::any_of(body.begin(), body.end(),
                                       [](char byte) { return (byte >= 0 && byte < 0x20) || byte == 0x7f; });
  if (!has_control) {
    try {
      return Document(body).dump();
    } catch (const Document::exception&) {
      // It is not UTF-8: shown as base64.
    }
  }
  Document shown = Document::object();
  shown["base64"] = base64_of(reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
  return shown.dump();
}

}  // namespace

Result<std::string> transcode(std::string_view json, shoal_codec to) {
  if (json.empty()) {
    if (to == SHOAL_CODEC_BYTES) return std::string();
    json = "{}";
  }
  SHOAL_TRYV(check_json(json));
  switch (to) {
    case SHOAL_CODEC_JSON:
      return std::string(json);
    case SHOAL_CODEC_BYTES:
      return bytes_of_json(Document::parse(json));
    case SHOAL_CODEC_MSGPACK: {
      std::string packed;
      Document::to_msgpack(Document::parse(json), packed);
      return packed;
    }
    default:
      return error(ErrorCode::invalid_argument, "the message has the unknown codec " + std::to_string(to));
  }
}

Result<std::string> to_json(std::string_view body, shoal_codec from) {
  if (from == SHOAL_CODEC_BYTES) return json_of_bytes(body);
  if (body.empty()) return std::string("null");
  if (from == SHOAL_CODEC_MSGPACK) return json_of_message_pack(body);
  if (from != SHOAL_CODEC_JSON)
    return error(ErrorCode::failed, "the body has the unknown codec " + std::to_string(from));
  // The parser takes a NUL for the end, whatever follows.
  if (body.find('\0') != std::string_view::npos || !Document::accept(body))
    return error(ErrorCode::failed, "the body is not one JSON value in UTF-8");
  return std::string(body);
}

}  // namespace shoal::management
