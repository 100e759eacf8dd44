#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sender.hpp"
#include "verdict.hpp"

namespace reprise::webhook {
namespace {

bool is_before_request(Connection::State state) {
  return state == Connection::State::Resolving || state == Connection::State::Connecting ||
         state == Connection::State::Handshaking;
}

}  // namespace

void Sender::finish_answer(Connection& connection, bool has_surplus) {
  ResponseParser& parser = connection.parser;
  if (parser.state() == ResponseParser::State::Failed) {
    return fail(connection,
                {.kind = "response.malformed", .message = std::string("malformed response: ") + parser.failure()});
  }
  const bool was_sending = connection.state == Connection::State::Sending;
  if (parser.has_head() && !connection.is_settled) judge_answer(connection);
  if (parser.state() == ResponseParser::State::Body) {
    // The rest of the request is of no use to somebody who has answered; without it the connection has no future.
    if (was_sending) return remove(connection);
    connection.state = Connection::State::Draining;
    return;
  }
  if (parser.state() != ResponseParser::State::Done) return;
  connection.deadline_ns = std::min(now_ns_ + config_.idle_timeout.count(), connection.retire_ns);
  const bool may_go_on =
      connection.requests < config_.connection_max_requests && connection.deadline_ns > now_ns_ && !is_stopping_;
  if (!parser.can_reuse() || has_surplus || was_sending || !may_go_on) return remove(connection);
  pool_.put_idle(connection);
  schedule(connection);
}

void Sender::judge_answer(Connection& connection) {
  const int status = connection.parser.status();
  const Verdict verdict = judge(status);
  metrics_.attempt(status, now_ns_ - connection.request.started_ns);
  connection.request.endpoint->lively_ns = now_ns_;
  connection.request.endpoint->is_silent = false;
  connection.request.endpoint->is_late = now_ns_ - connection.request.started_ns >= kLateNs;
  if (verdict.status == REPRISE_OK) return settle(connection, REPRISE_OK, status, nullptr);

  Failure failure{.status = verdict.status,
                  .kind = verdict.kind,
                  .message = "the endpoint answered " + std::to_string(status),
                  .code = status,
                  .about = verdict.about,
                  .retry_after_ms = 0};
  if (status >= 300 && status <= 399) failure.message += ", redirects are not followed";
  if (verdict.may_retry_after) {
    const std::int64_t wall_ms = host_.now(&host_, REPRISE_CLOCK_WALL) / 1'000'000;
    if (const auto asked = parse_retry_after(connection.parser.retry_after(), wall_ms))
      failure.retry_after_ms = std::max<std::int64_t>(1, *asked);
  }
  if (Endpoint& endpoint = *connection.request.endpoint; verdict.disables_endpoint && !endpoint.is_retired) {
    failure.message += " Gone, nothing more is sent to it until its row changes";
    endpoint.problem = failure.message;
    endpoint.problem_kind = verdict.kind;
    tell_trouble(endpoint.title(), failure);
  }
  settle(connection, failure.status, status, &failure);
}

void Sender::on_closed(Connection& connection, const IoResult& result) {
  if (connection.state == Connection::State::Idle) {
    pool_.drop_idle(connection);
    return remove(connection);
  }
  if (connection.is_settled) return remove(connection);
  const std::string why = result.error != 0 ? strerror(result.error) : "closed by the peer";
  if (is_before_request(connection.state)) {
    const char* kind = result.error == ECONNREFUSED ? "connect.refused" : "connect.failed";
    return try_next_address(connection,
                            {.kind = kind, .message = "cannot connect to \"" + connection.origin->host + "\": " + why});
  }
  if (!connection.has_answer && connection.is_reused()) {
    metrics_.stale();
    Failure failure{.kind = "connection.stale", .message = "the kept connection was closed by the receiver: " + why};
    // Whatever left may have been acted on; only a request of which nothing left was surely not tried.
    if (connection.sent() == 0) {
      failure.status = REPRISE_DEFERRED;
      failure.retry_after_ms = 1;  // as good as at once
    }
    return fail(connection, failure);
  }
  if (result.io == Io::Closed) {
    connection.parser.feed_end();
    return finish_answer(connection, true);
  }
  fail(connection, {.kind = "connection.reset", .message = "the connection broke before the answer: " + why});
}

void Sender::fail(Connection& connection, const Failure& failure) {
  if (!connection.is_settled) {
    if (failure.status == REPRISE_DEFERRED)
      metrics_.deferred();
    else
      metrics_.attempt(0, 0);
    settle(connection, failure.status, failure.code, &failure);
  }
  if (connection.state == Connection::State::Idle) pool_.drop_idle(connection);
  remove(connection);
}

void Sender::settle(Connection& connection, reprise_status status, int code, const Failure* failure) {
  Endpoint& endpoint = *connection.request.endpoint;
  reprise_settlement settlement{.handle = connection.request.handle, .status = status, .code = code, .error = nullptr};
  reprise_error error;
  if (failure != nullptr) {
    fill(*failure, error);
    settlement.error = &error;
  }
  connection.is_settled = true;
  connection.request.record = nullptr;
  connection.request.endpoint = nullptr;
  connection.set_body({nullptr, 0});
  window_.remove(connection.request.is_late);
  --endpoint.in_flight;
  host_.settle(&host_, &settlement, 1);
  note_outcome(endpoint, status, code, failure, now_ns_);
  if (endpoint.wants_resume) {
    endpoint.wants_resume = false;
    host_.resume(&host_, endpoint.group);
  }
  endpoints_.drop_if_unused(endpoint);
  offer_late_room();
}

void Sender::note_outcome(Endpoint& endpoint, reprise_status status, int code, const Failure* failure,
                          std::int64_t now_ns) {
  if (endpoint.is_retired) return;  // it says nothing about its successor
  if (status == REPRISE_DEFERRED || (failure != nullptr && failure->is_ours)) {
    endpoint.is_probing = false;  // nothing was learnt: the next request may try
    return;
  }
  const reprise_text subject = text_of(endpoint.title());
  if (status != REPRISE_RETRIABLE) {
    const bool was_open = config_.opens_breaker(endpoint.failures);
    endpoint.failures = 0;
    endpoint.is_probing = false;
    if (was_open && endpoint.problem.empty()) host_.health(&host_, subject, REPRISE_UP, nullptr);
    return;
  }
  if (failure->retry_after_ms > 0)
    endpoint.closed_until_ns = std::max(endpoint.closed_until_ns, now_ns + failure->retry_after_ms * 1'000'000);
  if (code == 0) endpoint.is_silent = true;
  ++endpoint.failures;
  endpoint.is_probing = false;
  if (!config_.opens_breaker(endpoint.failures)) return;
  const std::int64_t open_until_ns = now_ns + config_.breaker_open_for.count();
  if (endpoint.closed_until_ns < open_until_ns) {
    endpoint.closed_until_ns = open_until_ns;
    reprise_error error;
    fill(*failure, error);
    host_.health(&host_, subject, REPRISE_DOWN, &error);
    log("the endpoint keeps failing, its breaker is open: " + failure->message, subject);
  }
}

void Sender::log(std::string_view message, reprise_text endpoint) const {
  if (host_.log_enabled(&host_, REPRISE_LOG_WARN) == 0) return;
  const reprise_option field{.key = text_of("endpoint"), .value = endpoint, .flags = 0, .reserved = 0};
  host_.log(&host_, REPRISE_LOG_WARN, text_of(message), &field, 1);
}

void Sender::close_socket(Connection& connection) {
  if (connection.fd >= 0 && connection.watched_events != 0) host_.watch(&host_, connection.fd, 0, nullptr);
  connection.watched_events = 0;
  pool_.unbind(connection);
  connection.close();
}

void Sender::remove(Connection& connection) {
  wheel_.cancel(connection);
  close_socket(connection);
  pool_.remove(connection);
}

}  // namespace reprise::webhook
