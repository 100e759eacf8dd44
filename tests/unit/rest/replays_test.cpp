#include "host/rest/resources/replays.hpp"

#include <future>

#include "tests/unit/replay/rig.hpp"

using namespace reprise;
using namespace reprise::rest;
using namespace std::chrono_literals;
using replay::JobState;

namespace {

/// The resource over real jobs, asked as the server asks it.
struct Fixture : replay::trial::Rig {
  Router router;

  Fixture() { add_replays(router, replays()); }

  struct Answer {
    int status = 0;
    std::string text;
    config::Value body;
    std::string location;

    std::string at(std::string_view name) const {
      const config::Value* const found = body.find(name);
      return found == nullptr ? "" : found->text;
    }
  };
  Answer ask(std::string_view method, const std::string& path, std::string body = {},
             std::map<std::string, std::string> query = {}) {
    const Router::Match match = router.match(method, path);
    REQUIRE(match.handler != nullptr);
    Request request;
    request.method = method;
    request.path = path;
    request.params = match.params;
    request.query = std::move(query);
    request.body = std::move(body);
    const auto answered = std::make_shared<std::promise<Response>>();
    (*match.handler)(std::move(request),
                     Responder([answered](Response response) { answered->set_value(std::move(response)); }));
    auto future = answered->get_future();
    REQUIRE(future.wait_for(20s) == std::future_status::ready);
    const Response response = future.get();
    auto value = config::parse_json(response.body);
    INFO(response.body);
    REQUIRE(value);
    Answer answer{response.status, response.body, *std::move(value), {}};
    for (const auto& [name, text] : response.headers)
      if (name == "location") answer.location = text;
    return answer;
  }
  static std::string body(const std::string& key, const std::string& more = {}) {
    return R"({"connector":"whole","webhook_id":")" + key +
           R"(","from":"2023-11-14T22:23:00Z","to":"2023-11-14T22:28:00Z")" + more + "}";
  }
  void expect_refusal(const Answer& answer, int status, const std::string& text) {
    CHECK(answer.status == status);
    CHECK(answer.at("error_code") == std::to_string(status));
    CHECK_THAT(answer.at("message"), Catch::Contains(text));
    CHECK(answer.at("message").find('\n') == std::string::npos);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "A replay is asked for, shown and listed", "[rest][replays]") {
  const Answer posted = ask("POST", "/replays", body("k1"));
  REQUIRE(posted.status == 202);
  const std::string id = posted.at("id");
  CHECK(posted.location == "/replays/" + id);
  CHECK(posted.at("asker") == "the worker's port");
  await(id, JobState::Completed);

  const Answer shown = ask("GET", "/replays/" + id);
  CHECK(shown.status == 200);
  CHECK(shown.at("state") == "COMPLETED");
  CHECK(shown.at("outcome") == "complete");
  CHECK(shown.at("from") == "2023-11-14T22:23:00Z");
  CHECK(shown.body.find("report")->find("missing")->text == "0");
  CHECK(shown.body.find("progress")->find("counters")->find("delivered")->text == "100");

  const auto count = [&](std::map<std::string, std::string> query) {
    return ask("GET", "/replays", {}, std::move(query)).body.items.size();
  };
  CHECK(count({}) == 1);
  CHECK(count({{"state", "COMPLETED"}, {"connector", "whole"}}) == 1);
  CHECK(count({{"state", "OPEN"}}) == 0);
  CHECK(count({{"connector", "cut"}}) == 0);

  await(ask("POST", "/replays", body("k2")).at("id"), JobState::Completed);
  CHECK(ask("GET", "/replays").body.items.at(1).find("id")->text == id);  // newest first
  CHECK(ask("GET", "/replays", {}, {{"limit", "1"}}).body.items.at(0).find("key")->text == "k2");
  CHECK(count({{"before", id}}) == 0);
  expect_refusal(ask("GET", "/replays", {}, {{"limit", "0"}}), 400, "limit: 1 to 1000");
}

TEST_CASE_METHOD(Fixture, "A dry run is asked for in the same way", "[rest][replays]") {
  const Answer posted = ask("POST", "/replays", body("k1", R"(,"dry_run":true,"partition":"all")"));
  REQUIRE(posted.status == 202);
  CHECK(posted.at("dry_run") == "true");
  CHECK(posted.at("partition") == "all");
  await(posted.at("id"), JobState::Completed);
  CHECK(lines().empty());
}

TEST_CASE_METHOD(Fixture, "Wrong requests have their status and one line, and change nothing", "[rest][replays]") {
  expect_refusal(ask("POST", "/replays", "{"), 400, "");
  expect_refusal(ask("POST", "/replays", body("k1", R"(,"webhok":1)")), 400, "unknown member \"webhok\"");
  expect_refusal(ask("POST", "/replays", body("k1", R"(,"dry_run":"yes")")), 400, "dry_run");
  expect_refusal(ask("POST", "/replays", R"({"key":"k1","connector":"whole","from":"now-1h","to":"now-2h"})"), 400,
                 "is not before to");
  expect_refusal(ask("POST", "/replays",
                     R"({"key":"k1","connector":"cut","from":"2023-11-14T22:13:00Z","to":"2023-11-14T22:15:00Z"})"),
                 400, "holds nothing of");
  expect_refusal(ask("POST", "/replays", body("nobody")), 404, "webhook \"nobody\"");
  expect_refusal(ask("POST", "/replays", R"({"key":"k1","connector":"hole","from":"now-2h","to":"now-1h"})"), 404,
                 "did you mean \"whole\"");
  expect_refusal(ask("POST", "/replays", R"({"key":"k1","connector":"absent","from":"now-2h","to":"now-1h"})"), 404,
                 "topic absent");
  expect_refusal(ask("GET", "/replays", {}, {{"state", "open"}}), 400, "OPEN");
  expect_refusal(ask("GET", "/replays", {}, {{"status", "OPEN"}}), 400, "unknown parameter \"status\"");
  for (const char* const verb : {"", "/cancel", "/pause", "/resume"}) {
    expect_refusal(ask(*verb == '\0' ? "GET" : "POST", std::string("/replays/nothing") + verb), 404,
                   "no job \"nothing\"");
  }

  CHECK(ask("GET", "/replays").body.items.empty());
}

TEST_CASE_METHOD(Fixture, "A replay is paused, resumed and cancelled", "[rest][replays]") {
  set("hold", true);
  const std::string id = ask("POST", "/replays", body("k1")).at("id");
  await(id, [&](const replay::JobView&) { return lines().size() == 40; });
  expect_refusal(ask("POST", "/replays", body("k1")), 409, id);

  CHECK(ask("POST", "/replays/" + id + "/pause").status == 202);
  await(id, [](const replay::JobView& view) { return !view.progress.is_running; });
  CHECK(ask("GET", "/replays/" + id).at("paused") == "true");
  CHECK(ask("POST", "/replays/" + id + "/resume").at("paused") == "false");
  CHECK(ask("DELETE", "/replays/" + id).status == 202);
  await(id, JobState::Cancelled);

  CHECK(ask("POST", "/replays/" + id + "/cancel").status == 202);  // it is so already
  expect_refusal(ask("POST", "/replays/" + id + "/pause"), 409, "CANCELLED");
  expect_refusal(ask("POST", "/replays/" + id + "/resume"), 409, "CANCELLED");
}

TEST_CASE_METHOD(Fixture, "A log that is away is 503, as is a worker that stops", "[rest][replays]") {
  set("away", true);
  const auto answered = std::make_shared<std::promise<Response>>();
  const Router::Match match = router.match("POST", "/replays");
  Request request;
  request.body = body("k1");
  (*match.handler)(std::move(request),
                   Responder([answered](Response response) { answered->set_value(std::move(response)); }));
  replays().request_stop(clock().boot() + 5s);

  auto future = answered->get_future();
  REQUIRE(future.wait_for(5s) == std::future_status::ready);
  const Response response = future.get();

  CHECK(response.status == 503);
  CHECK_THAT(response.body, Catch::Contains("the worker is stopping"));
  expect_refusal(ask("POST", "/replays", body("k1")), 503, "stopping");
}
