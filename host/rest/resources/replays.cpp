#include "host/rest/resources/replays.hpp"

#include <charconv>
#include <optional>

#include "host/base/text.hpp"

namespace reprise::rest {
namespace {

constexpr std::size_t kListed = 100;
constexpr std::size_t kMaxListed = 1000;

int status_of(const Error& error) {
  if (error.kind.starts_with("request.")) return 400;
  if (error.kind.starts_with("unknown.") || error.kind == "job.unknown") return 404;
  if (error.kind == "job.conflict") return 409;
  if (error.status == Status::Retriable) return 503;
  return 500;
}

Response refused(const Error& error) { return error_response(status_of(error), error.message); }

Response answer(int status, const Result<replay::JobView>& view) {
  return view ? json_response(status, replay::to_json(*view)) : refused(view.error());
}

std::string asker_of(const Request& request) { return request.is_local_socket ? "control.sock" : "the worker's port"; }

std::optional<std::size_t> parse_limit(const std::string& text) {
  std::size_t limit = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), limit);
  const bool is_sound = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_sound && limit >= 1 && limit <= kMaxListed ? std::optional(limit) : std::nullopt;
}

Response list(replay::Replays& replays, const Request& request) {
  replay::JobFilter filter;
  filter.limit = kListed;
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      filter.state = replay::parse_state(value);
      if (!filter.state)
        return error_response(
            400, "state: OPEN, STARTED, ONGOING, COMPLETED, FAILED or CANCELLED is wanted, not " + quoted(value));
    } else if (name == "connector") {
      filter.connector = value;
    } else if (name == "before") {
      filter.before = value;
    } else if (name == "limit") {
      const auto limit = parse_limit(value);
      if (!limit)
        return error_response(400, "limit: 1 to " + std::to_string(kMaxListed) + " is wanted, not " + quoted(value));
      filter.limit = *limit;
    } else {
      return error_response(400,
                            "unknown parameter " + quoted(name) + "; there are state, connector, before and limit");
    }
  }
  const auto views = replays.list(filter);
  if (!views) return refused(views.error());
  std::string body = "[";
  for (const replay::JobView& view : *views) {
    if (body.size() > 1) body += ',';
    body += replay::to_json(view);
  }
  return json_response(200, body + "]");
}

using Verb = Result<replay::Job> (replay::Replays::*)(const std::string&, const std::string&);

Handler verb(replay::Replays& replays, Verb act) {
  return [&replays, act](const Request& request) {
    const std::string id(request.param("id"));
    if (const auto acted = (replays.*act)(id, asker_of(request)); !acted) return refused(acted.error());
    return answer(202, replays.show(id));
  };
}

}  // namespace

void add_replays(Router& router, replay::Replays& replays) {
  router.add_async("POST", "/replays", [&replays](const Request& request, const Responder& respond) {
    auto parsed = replay::parse_request(request.body, replays.now_ms());
    if (!parsed) return respond(refused(parsed.error()));
    parsed->asker = asker_of(request);
    replays.submit_async(*std::move(parsed), [&replays, respond](const Result<replay::Job>& job) {
      if (!job) return respond(refused(job.error()));
      Response accepted = answer(202, replays.show(job->id));
      accepted.headers.emplace_back("location", "/replays/" + job->id);
      respond(std::move(accepted));
    });
  });
  router.add("GET", "/replays", [&replays](const Request& request) { return list(replays, request); });
  router.add("GET", "/replays/{id}", [&replays](const Request& request) {
    return answer(200, replays.show(std::string(request.param("id"))));
  });
  router.add("POST", "/replays/{id}/cancel", verb(replays, &replay::Replays::cancel));
  router.add("POST", "/replays/{id}/pause", verb(replays, &replay::Replays::pause));
  router.add("POST", "/replays/{id}/resume", verb(replays, &replay::Replays::resume));
  router.add("DELETE", "/replays/{id}", verb(replays, &replay::Replays::cancel));
}

}  // namespace reprise::rest
