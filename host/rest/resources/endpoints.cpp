#include "host/rest/resources/endpoints.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "host/base/text.hpp"
#include "host/config/json.hpp"

namespace reprise::rest {
namespace {

using runtime::EndpointBoard;
using runtime::EndpointReport;
using runtime::TaskEndpoints;

struct Query {
  std::string state, connector;
  std::size_t limit = 100;
};

/// Empty, or what is wrong.
std::string read_query(const Request& request, Query& query) {
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      query.state = value;
      if (value != "trouble" && value != "slow" && value != "waiting")
        return "state: trouble, slow or waiting is wanted, not " + quoted(value);
    } else if (name == "connector") {
      query.connector = value;
    } else if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), query.limit);
      if (error != std::errc() || end != value.data() + value.size() || query.limit == 0 ||
          query.limit > EndpointBoard::kMostShown)
        return "limit: a number from 1 to 1000 is wanted, not " + quoted(value);
    } else {
      return "unknown parameter " + quoted(name) + "; there are state, connector and limit";
    }
  }
  return {};
}

void write(config::JsonWriter& json, const TaskEndpoints& task, const EndpointReport& endpoint) {
  json.begin_object()
      .member("endpoint", endpoint.name)
      .member("connector", task.connector)
      .member("task", task.task)
      .member("state", runtime::name_of(endpoint.state))
      .member("kind", endpoint.kind)
      .member("code", endpoint.code)
      .member("reason", endpoint.message)
      .member("failures_in_a_row", endpoint.failures_in_a_row)
      .member("seconds", endpoint.seconds)
      .member("held_records", endpoint.held_records)
      .member("held_bytes", endpoint.held_bytes)
      .member("oldest_waiting_seconds", endpoint.oldest_waiting_seconds)
      .member("dead_letters", endpoint.dead_letters)
      .end_object();
}

Response list(const EndpointBoard& board, const Request& request) {
  Query query;
  if (const std::string problem = read_query(request, query); !problem.empty()) return error_response(400, problem);
  const std::vector<TaskEndpoints> tasks = board.all();
  std::uint64_t known = 0, in_trouble = 0;
  std::vector<std::pair<const TaskEndpoints*, const EndpointReport*>> found;
  for (const TaskEndpoints& task : tasks) {
    if (!query.connector.empty() && task.connector != query.connector) continue;
    known += task.known;
    in_trouble += task.in_trouble;
    for (const EndpointReport& endpoint : task.worst) {
      if (query.state.empty() || query.state == runtime::name_of(endpoint.state)) found.emplace_back(&task, &endpoint);
    }
  }
  const auto trouble = [](const auto& entry) {  // the least comes first
    const EndpointReport& endpoint = *entry.second;
    return std::make_tuple(static_cast<int>(endpoint.state), ~endpoint.held_records, -endpoint.seconds);
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const auto& left, const auto& right) { return trouble(left) < trouble(right); });
  if (found.size() > query.limit) found.resize(query.limit);
  config::JsonWriter json;
  json.begin_object().member("known", known).member("in_trouble", in_trouble).key("endpoints").begin_array();
  for (const auto& [task, endpoint] : found) write(json, *task, *endpoint);
  json.end_array().end_object();
  return json_response(200, json.take());
}

}  // namespace

void add_endpoints(Router& router, const EndpointBoard& board) {
  router.add("GET", "/endpoints", [&board](const Request& request) { return list(board, request); });
}

}  // namespace reprise::rest
