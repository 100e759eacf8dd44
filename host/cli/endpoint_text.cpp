#include "host/cli/endpoint_text.hpp"

#include "host/cli/answer_text.hpp"

namespace reprise::cli {
namespace {

/// Empty for less than a second.
std::string since(const config::Value& endpoint, const char* name) {
  const auto seconds = static_cast<std::int64_t>(real(endpoint, name));
  return seconds <= 0 ? std::string() : duration_text(seconds);
}

}  // namespace

std::string endpoint_table(const config::Value& answer) {
  std::string out = member(answer, "in_trouble") + " of " + member(answer, "known") + " endpoints in trouble\n";
  const config::Value* const endpoints = answer.find("endpoints");
  if (endpoints == nullptr || endpoints->items.empty()) return out;
  Table table;
  table.add({"ENDPOINT", "STATE", "SINCE", "HELD", "OLDEST", "FAILURES", "DEAD LETTERS", "CONNECTOR", "TASK",
             "LAST FAILURE"});
  for (const config::Value& each : endpoints->items) {
    const std::string kind = member(each, "kind");
    table.add({member(each, "endpoint"), member(each, "state"), since(each, "seconds"), member(each, "held_records"),
               since(each, "oldest_waiting_seconds"), member(each, "failures_in_a_row"), member(each, "dead_letters"),
               member(each, "connector"), member(each, "task"),
               kind.empty() ? kind : kind + ": " + member(each, "reason")});
  }
  return out + table.text();
}

}  // namespace reprise::cli
