#include "cluster/transport/allow_list.hpp"

#include <algorithm>
#include <utility>

#include "cluster/transport/key_file.hpp"

namespace shoal::transport {

namespace {

constexpr mode_t kReadableByAll = 0644;

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::none_of(text, [](char c) { return c == ' ' || (c & 0x7f) < ' '; });
}

std::string line_of(const AllowedNode& node) {
  return to_hex(node.key) + " " + node.name + (node.address.empty() ? "" : " " + node.address) + "\n";
}

Error bad(std::string problem) { return error(ErrorCode::bad_config, std::move(problem)); }

// The text without the line of that number.
std::string without_line(std::string_view text, std::size_t number) {
  std::size_t begin = 0;
  for (std::size_t line = 1; line < number; ++line) begin = text.find('\n', begin) + 1;
  const std::size_t end = text.find('\n', begin);
  return std::string(text.substr(0, begin)) +
         std::string(end == std::string_view::npos ? std::string_view{} : text.substr(end + 1));
}

// The number of the line of a key; 0: none.
std::size_t line_with(std::string_view text, const PublicKey& key) {
  for (const FileLine& line : lines_of(text)) {
    if (key_from_hex(line.words[0]) == key) return line.number;
  }
  return 0;
}

}  // namespace

Result<AllowList> AllowList::read(const std::filesystem::path& path) {
  SHOAL_TRY(file, read_file(path));
  return parse(file.text, path);
}

Result<AllowList> AllowList::parse(std::string_view text, const std::filesystem::path& path) {
  AllowList list;
  for (const FileLine& line : lines_of(text)) {
    const auto key = key_from_hex(line.words[0]);
    if (!key) return line_error(path, line.number, "does not begin with a key of 64 hexadecimal digits");
    if (line.words.size() < 2 || line.words.size() > 3) {
      return line_error(path, line.number, "is not KEY NODE-NAME or KEY NODE-NAME HOST:PORT");
    }
    const auto added = list.add(
        {*key, std::string(line.words[1]), line.words.size() == 3 ? std::string(line.words[2]) : ""});
    if (!added) return line_error(path, line.number, added.error().message);
  }
  return list;
}

Result<void> AllowList::add(AllowedNode node) {
  if (!is_word(node.name)) return bad("a node's name is empty or has blanks");
  if (!node.address.empty() && !is_word(node.address)) return bad("an address has blanks");
  if (find(node.key) != nullptr) {
    return bad("the key is that of '" + find(node.key)->name + "' already: each node has a key of its own");
  }
  if (const std::string_view owner = owner_of(node.address); !owner.empty() && owner != node.name) {
    return bad(node.address + " is the address of '" + std::string(owner) + "' already");
  }
  nodes_.push_back(std::move(node));
  return success();
}

const AllowedNode* AllowList::find(const PublicKey& key) const {
  const auto found = std::ranges::find(nodes_, key, &AllowedNode::key);
  return found == nodes_.end() ? nullptr : &*found;
}

std::string_view AllowList::owner_of(std::string_view address) const {
  if (address.empty()) return {};
  const auto found = std::ranges::find(nodes_, address, &AllowedNode::address);
  return found == nodes_.end() ? std::string_view{} : found->name;
}

std::vector<PublicKey> AllowList::keys_for(std::string_view address, std::string_view name) const {
  const std::string_view owner = owner_of(address);
  const std::string_view expected = owner.empty() ? name : owner;
  std::vector<PublicKey> keys;
  for (const AllowedNode& node : nodes_) {
    // A line that fixes another address is not that of a node here.
    if (node.name == expected && (node.address.empty() || node.address == address)) keys.push_back(node.key);
  }
  std::ranges::reverse(keys);
  return keys;
}

Result<void> allow(const std::filesystem::path& path, const AllowedNode& node) {
  auto file = read_file(path);
  if (!file && file.error().code != ErrorCode::not_found) return std::move(file).error();
  std::string text = file ? std::move(file).value().text : "";
  if (const std::size_t number = line_with(text, node.key)) text = without_line(text, number);
  if (!text.empty() && text.back() != '\n') text += '\n';
  // What cannot stand in the file as one line is refused before it is put there.
  AllowList alone;
  SHOAL_TRYV(alone.add(node));
  text += line_of(node);
  SHOAL_TRYV(AllowList::parse(text, path));
  return replace_file(path, text, kReadableByAll);
}

Result<void> revoke(const std::filesystem::path& path, const PublicKey& key) {
  SHOAL_TRY(file, read_file(path));
  const std::size_t number = line_with(file.text, key);
  if (number == 0) {
    return error(ErrorCode::not_found, path.string() + " has no line for key " + to_hex(key));
  }
  return replace_file(path, without_line(file.text, number), kReadableByAll);
}

}  // namespace shoal::transport
