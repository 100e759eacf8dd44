#include "host/rest/resources/replays.hpp"

#include "host/base/text.hpp"

namespace reprise::rest {
namespace {

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

Response list(replay::Replays& replays, const Request& request) {
  replay::JobFilter filter;
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      filter.state = replay::parse_state(value);
      if (!filter.state)
        return error_response(
            400, "state: OPEN, STARTED, ONGOING, COMPLETED, FAILED or CANCELLED is wanted, not " + quoted(value));
    } else if (name == "connector") {
      filter.connector = value;
    } else {
      return error_response(400, "unknown parameter " + quoted(name) + "; there are state and connector");
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

using Verb = Result<replay::Job> (replay::Replays::*)(const std::string&);

Handler verb(replay::Replays& replays, Verb act) {
  return [&replays, act](const Request& request) {
    const std::string id(request.param("id"));
    if (const auto acted = (replays.*act)(id); !acted) return refused(acted.error());
    return answer(202, replays.show(id));
  };
}

}  // namespace

void add_replays(Router& router, replay::Replays& replays) {
  router.add_async("POST", "/replays", [&replays](const Request& request, const Responder& respond) {
    auto parsed = replay::parse_request(request.body, replays.now_ms());
    if (!parsed) return respond(refused(parsed.error()));
    replays.submit_async(*std::move(parsed), [&replays, respond](const Result<replay::Job>& job) {
      respond(job ? answer(202, replays.show(job->id)) : refused(job.error()));
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
