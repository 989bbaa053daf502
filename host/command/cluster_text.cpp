#include "host/command/cluster_text.hpp"

#include "host/command/json_table.hpp"
#include "host/command/text_table.hpp"

namespace shoal::command {
namespace {

using Json = nlohmann::ordered_json;

const Json& member_of(const Json& object, const char* name) {
  static const Json nothing;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? nothing : *found;
}

const Json& list_of(const Json& object, const char* name) {
  static const Json none = Json::array();
  const Json& list = member_of(object, name);
  return list.is_array() ? list : none;
}

bool is_false(const Json& object, const char* name) {
  const Json& value = member_of(object, name);
  return value.is_boolean() && !value.get<bool>();
}

std::string named(const Json& member) {
  return cell_of(member, "name") + " (" + cell_of(member, "address") + ")";
}

std::string notes_of(const Json& cluster, const Json& member) {
  std::string notes;
  const auto add = [&](const std::string& note) { notes += (notes.empty() ? "" : ", ") + note; };
  const std::string address = cell_of(member, "address");
  if (address == cell_of(member_of(cluster, "self"), "address")) add("this host");
  if (address == cell_of(cluster, "leader")) add("leader");
  if (address == cell_of(cluster, "oldest")) add("oldest");
  const std::string accusers = cell_of(member, "accusers");
  if (is_false(member, "reachable")) {
    add("UNREACHABLE" + (accusers == "-" ? "" : " for " + accusers));
  } else if (accusers != "-") {
    add("suspected by " + accusers);
  }
  return notes.empty() ? "-" : notes;
}

// Of what a member has said of itself; - where it has not.
std::string load_cell(const Json& load, const char* name) {
  return load.is_object() ? cell_of(load, name) : "-";
}

std::string memory_cell(const Json& load) {
  const Json& bytes = member_of(load, "resident_memory_bytes");
  return bytes.is_number_unsigned() ? std::to_string(bytes.get<std::uint64_t>() >> 20) + " MiB" : "-";
}

std::string decision_text(const Json& decision) {
  std::string text = time_of(decision, "time_ms") + " " + cell_of(decision, "strategy") + ": " +
                     cell_of(decision, "verdict") + ", down: " + cell_of(decision, "downed");
  if (!is_false(decision, "unstable")) text += "; the split did not stand still";
  if (cell_of(decision, "indirectly_connected") != "-") {
    text += "; reached by detours only: " + cell_of(decision, "indirectly_connected");
  }
  text += "\n";
  for (const Json& member : list_of(decision, "members")) {
    text += "    " + cell_of(member, "address") + " " + cell_of(member, "status");
    if (is_false(member, "reachable")) text += ", unreachable for " + cell_of(member, "accusers");
    text += "\n";
  }
  return text;
}

}  // namespace

std::string members_text(const Json& cluster) {
  Rows rows{{"ADDRESS", "NAME", "STATUS", "ROLES", "CPU%", "LANES%", "MEMORY", "SHARDS", "LAG", "NOTES"}};
  for (const Json& member : list_of(cluster, "members")) {
    const Json& load = member_of(member, "load");
    rows.push_back({cell_of(member, "address"), cell_of(member, "name"), cell_of(member, "status"),
                    cell_of(member, "roles"), load_cell(load, "cpu_percent"),
                    load_cell(load, "lanes_percent"), memory_cell(load), load_cell(load, "shards"),
                    load_cell(load, "lag"), notes_of(cluster, member)});
  }
  const std::string trouble = cluster_trouble(cluster);
  return to_table(rows) + (trouble.empty() ? "all members agree\n" : trouble + "\n");
}

std::string event_text(const Json& event) {
  std::string text = time_of(event, "time_ms") + " " + cell_of(event, "type") + " ";
  const Json& member = member_of(event, "member");
  if (!member.is_object()) return text + cell_of(event, "leader");
  text += named(member);
  const std::string accusers = cell_of(member, "accusers");
  return accusers == "-" ? text : text + ", accused by " + accusers;
}

std::string explanation_text(const Json& explanation) {
  std::string text;
  const Json& member = member_of(explanation, "member");
  if (member.is_object()) {
    text += named(member) + ", incarnation " + cell_of(member, "uid") + ", is " + cell_of(member, "status") +
            (is_false(member, "reachable") ? " and unreachable" : "") +
            (is_false(explanation, "quarantined") ? "" : " for good: down it and start it again") + "\n";
    text += "accused by: " + cell_of(member, "accusers") + "; it has answered " +
            cell_of(explanation, "refutations") + " accusations\n";
    if (!is_false(explanation, "watched")) {
      text += "this host probes it; phi of its silence: " + cell_of(explanation, "phi") + "\n";
    }
  } else {
    text += cell_of(explanation, "node") + " is no member any more\n";
  }
  text += "events:\n";
  for (const Json& event : list_of(explanation, "events")) text += "  " + event_text(event) + "\n";
  text += "decisions on splits:\n";
  for (const Json& decision : list_of(explanation, "decisions")) text += "  " + decision_text(decision);
  return text;
}

std::string cluster_trouble(const Json& cluster) {
  const std::string status = cell_of(member_of(cluster, "self"), "status");
  if (status != "Up") return "this host is " + status + ", not Up";
  for (const Json& member : list_of(cluster, "members")) {
    if (is_false(member, "reachable")) return named(member) + " is unreachable";
  }
  return is_false(cluster, "converged") ? "the members do not agree yet" : "";
}

}  // namespace shoal::command
