#include "host/config/merge.hpp"

#include <algorithm>
#include <array>

#include "host/base/text.hpp"
#include "host/config/check.hpp"

namespace reprise::config {
namespace {

struct Section {
  std::string_view name;
  bool holds_names;  // its members are entries with a name, which may stand in several files
};

constexpr std::array<Section, 6> kSections{{{"worker", false},
                                            {"kafka", true},
                                            {"coordination", false},
                                            {"rest", false},
                                            {"tables", true},
                                            {"connectors", true}}};

Value::Member* find_member(Value& map, std::string_view key) {
  const auto it =
      std::find_if(map.members.begin(), map.members.end(), [&](const Value::Member& m) { return m.key == key; });
  return it == map.members.end() ? nullptr : &*it;
}

std::string twice(const Value::Member& second, const Value::Member& first) {
  return quoted(second.key, 64) + " is given twice, first at " + format(first.where);
}

void add_section(Value& all, Value::Member section, bool holds_names, Problems& problems) {
  if (section.value.kind != Value::Kind::Map) {
    problems.add(section.value.where, section.key, "expected a mapping, got " + describe(section.value));
    return;
  }
  Value::Member* before = find_member(all, section.key);
  if (before == nullptr) {
    all.members.push_back(std::move(section));
    return;
  }
  if (!holds_names) {
    problems.add(section.where, "", twice(section, *before));
    return;
  }
  for (auto& entry : section.value.members) {
    if (const Value::Member* first = find_member(before->value, entry.key)) {
      problems.add(entry.where, section.key, twice(entry, *first));
    } else {
      before->value.members.push_back(std::move(entry));
    }
  }
}

}  // namespace

Value merge_sections(std::vector<Value> roots, Problems& problems) {
  Value all = Value::empty(Value::Kind::Map);
  bool is_empty = true;
  for (auto& root : roots) {
    if (root.kind == Value::Kind::Null) continue;
    is_empty = false;
    if (root.kind != Value::Kind::Map) {
      problems.add(root.where, "",
                   "expected a mapping with worker, kafka, tables or connectors, got " + describe(root));
      continue;
    }
    for (auto& member : root.members) {
      const auto section =
          std::find_if(kSections.begin(), kSections.end(), [&](const Section& s) { return s.name == member.key; });
      if (section != kSections.end()) {
        add_section(all, std::move(member), section->holds_names, problems);
        continue;
      }
      std::vector<std::string_view> known;
      known.reserve(kSections.size());
      for (const auto& s : kSections) known.push_back(s.name);
      problems.add(member.where, "", "unknown section " + quoted(member.key, 64) + suggestion(member.key, known));
    }
  }
  if (is_empty)
    problems.add(roots.empty() ? Location{} : roots.front().where, "",
                 "empty; at least a connector or a worker section is needed");
  return all;
}

}  // namespace reprise::config
