#include "host/cli/replay_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

#include "host/config/json.hpp"

using namespace reprise;
using namespace reprise::cli;
using Catch::Contains;

namespace {

config::Value parsed(const std::string& json) {
  auto value = config::parse_json(json);
  REQUIRE(value);
  return *std::move(value);
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

/// As the server shows a job that runs.
std::string running_job() {
  return R"({"id":"01hf7yat00abcdefghjkmnpqrs","connector":"again","key":"42","from":"2023-11-14T22:00:00Z","to":"2023-11-14T23:00:00Z",
    "from_ms":1699999200000,"to_ms":1700002800000,"partition":"key","dry_run":false,"state":"ONGOING","paused":false,
    "cancel_requested":false,"outcome":"","error":"","warnings":[],
    "progress":{"running":true,"verifying":false,"share":0.425,"records_per_second":5123.7,"eta_ms":12400,"waits":"",
      "counters":{"read":9000,"selected":1300,"delivered":1234,"duplicate":5,"filtered":0,"dead_lettered":0,"expired":0,"retries":0,"delivered_bytes":1263616}},
    "report":null})";
}

/// The same at its end, with two minutes of which one lacks a record.
std::string ended_job() {
  std::string job = replaced(running_job(), "\"ONGOING\"", "\"COMPLETED\"");
  job = replaced(job, "\"outcome\":\"\"", "\"outcome\":\"incomplete\"");
  return replaced(job, "\"report\":null",
                  R"("report":{"missing":1,"duration_ms":3210,"reasons":["1 records of the log have no outcome"],
    "minutes":[{"minute":"2023-11-14T22:13:00Z","log":1000,"delivered":998,"duplicate":2,"filtered":0,"dead_lettered":0,"missing":0},
               {"minute":"2023-11-14T22:14:00Z","log":300,"delivered":296,"duplicate":3,"filtered":0,"dead_lettered":0,"missing":1}],
    "total":{"log":1300,"delivered":1294,"duplicate":5,"filtered":0,"dead_lettered":0,"missing":1}})");
}

/// A zone that is never UTC, for the time of a test.
class InZone {
 public:
  explicit InZone(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  ~InZone() {
    unsetenv("TZ");
    tzset();
  }
};

}  // namespace

TEST_CASE("A line of progress has share, count, rate and time left", "[cli][replay]") {
  CHECK_THAT(progress_line(parsed(running_job())),
             Contains("42%") && Contains("1,234 delivered") && Contains("5,123 records/s") && Contains("13 s left"));
  CHECK_THAT(progress_line(parsed(replaced(running_job(), "\"dry_run\":false", "\"dry_run\":true"))),
             Contains("1,234 to deliver"));
  CHECK_THAT(progress_line(parsed(replaced(running_job(), "5123.7", "0"))), !Contains("left"));
  CHECK_THAT(progress_line(parsed(replaced(running_job(), "5123.7", "0.4"))), Contains("0.4 records/s"));
  CHECK_THAT(progress_line(parsed(replaced(running_job(), "12400", "5000000"))), Contains("1 h 23 min left"));
  CHECK_THAT(progress_line(parsed(replaced(running_job(), "\"retries\":0", "\"retries\":7"))),
             Contains("13 s left  7 retries"));
  CHECK_THAT(progress_line(parsed(replaced(running_job(), "\"verifying\":false", "\"verifying\":true"))),
             Contains("reading the log again"));
}

TEST_CASE("A line of progress says what the job waits for", "[cli][replay]") {
  const std::string down =
      replaced(replaced(running_job(), "\"waits\":\"\"", R"("waits":"the endpoint does not take records")"),
               "\"retries\":0", "\"retries\":7");
  CHECK_THAT(progress_line(parsed(down)),
             Contains("7 retries") && Contains("waits: the endpoint does not take records"));
  CHECK_THAT(job_text(parsed(down), false), Contains("waits         the endpoint does not take records\n"));
  const std::string given_back = replaced(replaced(running_job(), "\"running\":true", "\"running\":false"),
                                          "\"error\":\"\"", R"("error":"waits: the log is away")");
  CHECK_THAT(progress_line(parsed(given_back)), Contains("ONGOING") && Contains("the log is away"));
  for (const std::string& job : {down, given_back}) CHECK(progress_line(parsed(job)).find('\n') == std::string::npos);
}

TEST_CASE("The bar is full when all is done, and no fuller", "[cli][replay]") {
  const auto bar = [](const char* share) {
    return progress_bar(parsed(replaced(running_job(), "0.425", share)), 10).substr(0, 13);
  };
  CHECK(bar("0") == "[..........] ");
  CHECK(bar("0.425") == "[####......] ");
  CHECK(bar("0.999") == "[#########.] ");
  CHECK(bar("1") == "[##########] ");
  CHECK(bar("1.5") == "[##########] ");
  CHECK(bar("-1") == "[..........] ");
}

TEST_CASE("Jobs are a table with a line for each", "[cli][replay]") {
  CHECK(job_table(parsed("[]"), false) == "no jobs\n");

  const std::string paused = replaced(running_job(), "\"paused\":false", "\"paused\":true");
  const std::string table = job_table(parsed("[" + paused + "," + ended_job() + "]"), false);

  CHECK(std::count(table.begin(), table.end(), '\n') == 3);
  CHECK_THAT(table, Contains("JOB ") && Contains("01hf7yat00abcdefghjkmnpqrs  ONGOING (paused)") &&
                        Contains("COMPLETED (incomplete)"));
  CHECK_THAT(table, Contains("2023-11-14T22:00:00Z") && Contains("1,234      again"));
  // Columns begin where their headings do.
  const auto first_line = table.substr(0, table.find('\n'));
  const auto second_line =
      table.substr(first_line.size() + 1, table.find('\n', first_line.size() + 1) - first_line.size() - 1);
  CHECK(second_line.substr(first_line.find("FROM"), 20) == "2023-11-14T22:00:00Z");
  CHECK(second_line.substr(first_line.find("KEY"), 3) == "42 ");
}

TEST_CASE("A finished job is shown with its counts and its minutes", "[cli][replay]") {
  const std::string text = job_text(parsed(ended_job()), false);

  CHECK_THAT(text, Contains("range         2023-11-14T22:00:00Z to 2023-11-14T23:00:00Z\n"));
  CHECK_THAT(text, Contains("state         COMPLETED (incomplete)\n"));
  CHECK_THAT(text, Contains("read          9,000, of them selected 1,300\n"));
  CHECK_THAT(text, Contains("delivered     1,234 (1,263,616 bytes)\n"));
  CHECK_THAT(text, Contains("duration      3.2 s\n") && Contains("missing       1\n"));
  CHECK_THAT(text, Contains("incomplete    1 records of the log have no outcome\n"));
  for (const char* const name : {"duplicates", "filtered", "dead letters", "expired", "retries"})
    CHECK_THAT(text, Contains("\n" + std::string(name) + "  "));
  CHECK_THAT(text, Contains("\n2023-11-14T22:14:00Z ") && Contains("(1 more minutes without loss; --json has all)\n"));
  CHECK_THAT(text, Contains("\ntotal                                1300          1294             5             0     "
                            "        0             1\n"));
  CHECK_THAT(job_text(parsed(replaced(ended_job(), "\"dry_run\":false", "\"dry_run\":true")), false),
             Contains("nothing was sent") && Contains("to deliver "));
}

namespace {

// 200 minutes, of which number 150 lacks a record, if one does.
std::string long_job(bool is_complete) {
  std::string minutes;
  for (int i = 0; i < 200; ++i) {
    minutes += "{\"topic\":\"log\",\"partition\":3,\"minute\":\"" + std::string("2023-11-14T") +
               (i < 60    ? "20:"
                : i < 120 ? "21:"
                : i < 180 ? "22:"
                          : "23:") +
               (i % 60 < 10 ? "0" : "") + std::to_string(i % 60) +
               ":00Z\",\"log\":1,\"delivered\":1,\"missing\":" + (i == 150 && !is_complete ? "1" : "0") + "},";
  }
  minutes.pop_back();
  return replaced(running_job(), "\"report\":null", "\"report\":{\"minutes\":[" + minutes + "],\"total\":{}}");
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("A report shows the minutes that lack something, and no others", "[cli][replay]") {
  const std::string text = job_text(parsed(long_job(false)), false);
  CHECK_THAT(text, Contains("2023-11-14T22:30:00Z") && !Contains("2023-11-14T20:59:00Z"));
  CHECK_THAT(text, Contains("(199 more minutes without loss; --json has all)"));
  CHECK_THAT(text, Contains("log-3"));

  const std::string whole = job_text(parsed(long_job(true)), false);
  CHECK_THAT(whole, !Contains("2023-11-14T20"));
  CHECK(count_lines(whole) < 25);
}

TEST_CASE("A report says how far its proof has looked", "[cli][replay]") {
  const std::string looked = replaced(
      ended_job(), "\"reasons\":",
      R"("looked":[{"topic":"log","partition":3,"from":1200,"to":70000,"log_end":false}],"proof":"range","reasons":)");
  CHECK_THAT(job_text(parsed(looked), false),
             Contains("looked        log-3, offsets 1,200 to 70,000: 65,536 in a row lie beyond the range\n"));
  CHECK_THAT(job_text(parsed(replaced(looked, "\"log_end\":false", "\"log_end\":true")), false),
             Contains("offsets 1,200 to 70,000: the log's end\n"));
}

TEST_CASE("A dry run has delivered nothing", "[cli][replay]") {
  const std::string dry = replaced(running_job(), "\"dry_run\":false", "\"dry_run\":true");

  const std::string table = job_table(parsed("[" + dry + "]"), false);

  CHECK_THAT(table, !Contains("1,234") && Contains("ONGOING (dry run)"));
}

TEST_CASE("Columns do not run together", "[cli][replay]") {
  std::string wide = replaced(running_job(), "\"key\":\"42\"", "\"key\":\"a-webhook-with-a-long-name\"");
  wide = replaced(replaced(wide, "\"paused\":false", "\"paused\":true"), "\"cancel_requested\":false",
                  "\"cancel_requested\":true");

  const std::string table = job_table(parsed("[" + wide + "]"), false);

  CHECK_THAT(table, Contains("(being cancelled)  a-webhook-with-a-long-name  2023-11-14T22:00:00Z  2023"));
}

TEST_CASE("--local shows times in the machine's zone, all of them", "[cli][replay]") {
  const InZone zone("<+0530>-05:30");

  CHECK_THAT(job_text(parsed(ended_job()), true), Contains("2023-11-15T03:30:00+05:30 to 2023-11-15T04:30:00+05:30") &&
                                                      Contains("\n2023-11-15T03:44:00+05:30") && !Contains("Z "));
  CHECK_THAT(job_table(parsed("[" + running_job() + "]"), true),
             Contains("2023-11-15T03:30:00+05:30") && !Contains("2023-11-14T22"));
  CHECK_THAT(job_text(parsed(ended_job()), false), Contains("2023-11-14T22:14:00Z"));
}
