#include "behaviour.hpp"

#include <charconv>
#include <map>
#include <sstream>
#include <vector>

namespace field {
namespace {

bool to_number(const std::string& text, long long low, long long high, long long& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
}

const std::map<std::string, Mode>& plain_modes() {
  static const std::map<std::string, Mode> modes = {{"reset", Mode::Reset},     {"hang", Mode::Hang},
                                                    {"close", Mode::Close},     {"garbage", Mode::Garbage},
                                                    {"drip", Mode::Drip},       {"huge-headers", Mode::HugeHeaders},
                                                    {"surplus", Mode::Surplus}, {"huge-body", Mode::HugeBody},
                                                    {"flood", Mode::Flood},     {"ok", Mode::Status}};
  return modes;
}

const std::map<std::string, Plant>& plants() {
  static const std::map<std::string, Plant> plants = {{"lost", Plant::Lost},
                                                      {"twice", Plant::Twice},
                                                      {"order", Plant::Order},
                                                      {"late", Plant::Late},
                                                      {"phantom", Plant::Phantom}};
  return plants;
}

}  // namespace

int ledger_status(const Reaction& reaction) {
  switch (reaction.mode) {
    case Mode::Status:
    case Mode::Slow:
    case Mode::Surplus:
      return reaction.status;
    case Mode::Close:
    case Mode::HugeBody:
      return 200;  // the head is complete and valid, so the status counts
    case Mode::Reset:
    case Mode::Hang:
    case Mode::Garbage:
    case Mode::Drip:
    case Mode::HugeHeaders:
    case Mode::Flood:
      return 0;
  }
  return 0;
}

std::string Behaviours::set(const std::string& webhook, std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  std::map<std::string, std::string> options;
  for (std::string word; stream >> word;) {
    const auto equals = word.find('=');
    // A redirect's address may hold "=".
    if (equals == std::string::npos || (words.size() == 1 && words[0] == "redirect")) {
      words.push_back(word);
    } else {
      options[word.substr(0, equals)] = word.substr(equals + 1);
    }
  }
  if (words.empty()) return "no behaviour given";

  Rule rule;
  const std::string& name = words[0];
  long long first = 0;
  long long second = 0;
  if (const auto plain = plain_modes().find(name); plain != plain_modes().end() && words.size() == 1) {
    rule.reaction.mode = plain->second;
  } else if (name == "status" && words.size() == 2 && to_number(words[1], 0, 999, first)) {
    rule.reaction.status = static_cast<int>(first);
  } else if (name == "slow" && words.size() == 2 && to_number(words[1], 0, 3'600'000, first)) {
    rule.reaction.mode = Mode::Slow;
    rule.reaction.delay_ms = static_cast<int>(first);
  } else if (name == "drop" && words.size() == 2 && to_number(words[1], 1, 1'000'000'000, first)) {
    rule.plant = Plant::Lost;
    rule.plant_at = static_cast<std::uint64_t>(first);
  } else if (name == "plant" && words.size() == 3 && plants().contains(words[1]) &&
             to_number(words[2], 1, 1'000'000'000, first)) {
    rule.plant = plants().at(words[1]);
    rule.plant_at = static_cast<std::uint64_t>(first);
  } else if (name == "redirect" && words.size() == 2) {
    rule.reaction.status = 302;
    rule.reaction.header = "Location: " + words[1];
  } else if (name == "cycle" && words.size() == 3 && to_number(words[1], 100, 999, first) &&
             to_number(words[2], first, 999, second)) {
    rule.cycle_low = static_cast<int>(first);
    rule.cycle_high = static_cast<int>(second);
  } else {
    return "unknown behaviour \"" + std::string(text) + "\"";
  }
  for (const auto& [option, value] : options) {
    if (option == "retry-after") {
      rule.reaction.header = "Retry-After: " + value;
    } else if (option == "kind") {
      rule.kind = value;
    } else if (option == "times" && to_number(value, 1, 1'000'000'000, first)) {
      rule.times = static_cast<std::uint64_t>(first);
    } else if (option == "status" && to_number(value, 100, 999, first)) {
      rule.reaction.status = static_cast<int>(first);
    } else {
      return "unknown option or value \"" + option + "=" + value + "\"";
    }
  }
  rules_.insert_or_assign(webhook, rule);
  return "";
}

Reaction Behaviours::next(const std::string& webhook, std::string_view kind) {
  auto found = rules_.find(webhook);
  if (found == rules_.end()) found = rules_.find("*");
  if (found == rules_.end()) return {};
  Rule& rule = found->second;
  if (!rule.kind.empty() && rule.kind != kind) return {};
  const std::uint64_t index = rule.seen++;
  if (rule.times != 0 && index >= rule.times) return {};
  Reaction reaction = rule.reaction;
  if (rule.cycle_low != 0) {
    const auto span = static_cast<std::uint64_t>(rule.cycle_high - rule.cycle_low + 1);
    reaction.status = rule.cycle_low + static_cast<int>(index % span);
  }
  if (index + 1 == rule.plant_at) reaction.plant = rule.plant;
  return reaction;
}

}  // namespace field
