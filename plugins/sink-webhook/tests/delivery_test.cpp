#include <catch2/catch.hpp>

#include "harness.hpp"
#include "server.hpp"
#include "signature.hpp"

using namespace reprise::webhook;
using namespace reprise::webhook::test;
using namespace std::chrono_literals;

namespace {

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

Harness::Options to(const std::string& url, const Harness::Options& more = {}) {
  Harness::Options options{
      {"endpoint.url", url}, {"allow_http", "true"}, {"allow_cidrs.count", "1"}, {"allow_cidrs.0", "127.0.0.0/8"}};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

Harness::Options by_table(const Harness::Options& more = {}) {
  Harness::Options options{{"endpoint.table", "webhooks"},
                           {"endpoint.by", "key"},
                           {"allow_http", "true"},
                           {"allow_cidrs.count", "1"},
                           {"allow_cidrs.0", "127.0.0.0/8"}};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

std::string row(const std::string& url) { return R"({"url": ")" + url + R"("})"; }

Server::Handler answering(int status, const std::string& headers = {}) {
  return [=](const Received&, Peer& peer) { peer.write(response(status, headers)); };
}

}  // namespace

TEST_CASE("A record arrives with its body, its headers and nothing else", "[webhook][delivery]") {
  Server server(answering(200));
  Harness host;
  REQUIRE(host.start(to(server.url("/hooks/42?a=b"), {{"headers.X-Tenant", "seven"}})) == REPRISE_OK);

  const Settled settled = host.send("42", R"({"a": 1})");

  REQUIRE(settled.status == REPRISE_OK);
  REQUIRE(settled.code == 200);
  const Received request = server.received().at(0);
  REQUIRE(request.line == "POST /hooks/42?a=b HTTP/1.1");
  REQUIRE(request.body == R"({"a": 1})");
  REQUIRE(request.header("host") == "127.0.0.1:" + std::to_string(server.port()));
  REQUIRE(request.header("content-type") == "application/json");
  REQUIRE(request.header("content-length") == "8");
  REQUIRE(request.header("x-tenant") == "seven");
  REQUIRE(request.header("x-delivery-attempt") == "1");
  REQUIRE(request.header("x-delivery-kind") == "live");
  REQUIRE(request.header("webhook-id").size() == 28);
  REQUIRE(request.count("webhook-signature") == 0);
  REQUIRE(request.count("x-replay-job-id") == 0);
}

TEST_CASE("A replay names its job and epoch, and keeps the webhook-id", "[webhook][delivery]") {
  Server server(answering(200));
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  host.open(1, "job\r\nx-evil: 1", 7);

  const auto same = [](reprise_record& record) { record.offset = 99; };
  host.wait_for(host.offer("42", "{}", same));
  host.wait_for(host.offer("42", "{}", [&](reprise_record& record) {
    same(record);
    record.slot = 1;
    record.attempt = 3;
  }));

  const auto received = server.received();
  REQUIRE(received.size() == 2);
  REQUIRE(received[1].header("x-delivery-kind") == "replay");
  REQUIRE(received[1].header("x-replay-job-id") == "job__x-evil:_1");
  REQUIRE(received[1].header("x-replay-epoch") == "7");
  REQUIRE(received[1].header("x-delivery-attempt") == "3");
  REQUIRE(received[1].header("webhook-id") == received[0].header("webhook-id"));
}

TEST_CASE("Requests are signed with every secret of the row", "[webhook][delivery]") {
  Server server(answering(204));
  Harness host;
  const std::string second = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  host.set_row("42", R"({"url": ")" + server.url() + R"(", "secret": [")" + kSecret + R"(", ")" + second + R"("]})");
  REQUIRE(host.start(by_table({{"signing.count", "1"}, {"signing.0.scheme", "standard_v1"}})) == REPRISE_OK);

  REQUIRE(host.send("42", "body").status == REPRISE_OK);

  const Received request = server.received().at(0);
  std::vector<Secret> secrets;
  REQUIRE(add_secret(kSecret, secrets) == "");
  REQUIRE(add_secret(second, secrets) == "");
  std::string expected;
  for (const auto& secret : secrets) {
    std::string one(Secret::kSignatureBytes, '\0');
    secret.sign(request.header("webhook-id"), request.header("webhook-timestamp"), "body", one.data());
    expected += (expected.empty() ? "" : " ") + one;
  }
  REQUIRE(request.header("webhook-signature") == expected);
}

TEST_CASE("Connections are kept and shared by an origin", "[webhook][delivery]") {
  Server server(answering(200));
  Harness host;
  host.set_row("a", row(server.url("/a")));
  host.set_row("b", row(server.url("/b")));
  REQUIRE(host.start(by_table()) == REPRISE_OK);

  for (int i = 0; i < 50; ++i) REQUIRE(host.send(i % 2 == 0 ? "a" : "b", "x").status == REPRISE_OK);

  REQUIRE(server.connections() == 1);
  REQUIRE(server.received().at(1).line == "POST /b HTTP/1.1");
  REQUIRE(host.watch_calls <= 3);
  REQUIRE(host.violations.empty());
}

TEST_CASE("A connection the receiver closes is not used again", "[webhook][delivery]") {
  Server server([](const Received&, Peer& peer) {
    peer.write(response(200, "connection: close\r\n"));
    peer.close();
  });
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);

  for (int i = 0; i < 5; ++i) REQUIRE(host.send("k", "x").status == REPRISE_OK);

  REQUIRE(server.connections() == 5);
}

TEST_CASE("An idle connection is closed after idle_timeout", "[webhook][delivery]") {
  Server server(answering(200));
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"idle_timeout", "50"}})) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
  const std::int64_t until_ns = Harness::now_ns() + 150'000'000;
  host.run_until([&] { return Harness::now_ns() > until_ns; });

  REQUIRE(host.send("k", "x").status == REPRISE_OK);

  REQUIRE(server.connections() == 2);
}

TEST_CASE("A kept connection that the receiver had closed makes the record retriable", "[webhook][delivery]") {
  // The receiver resets instead of answering the second request of a connection, as one does whose idle time is over.
  std::atomic<int> requests{0};
  Server server([&](const Received&, Peer& peer) {
    if (requests++ == 1)
      peer.reset();
    else
      peer.write(response(200));
  });
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  REQUIRE(host.send("k", "x").status == REPRISE_OK);

  const Settled stale = host.send("k", "x");

  REQUIRE(stale.status == REPRISE_RETRIABLE);
  REQUIRE(stale.kind == "connection.stale");
  REQUIRE(host.send("k", "x").status == REPRISE_OK);
}

TEST_CASE("Bytes after an answer are never taken for the next one", "[webhook][delivery]") {
  std::atomic<int> requests{0};
  Server server([&](const Received&, Peer& peer) {
    peer.write(requests++ == 0 ? response(200) + response(500) : response(204));
  });
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  REQUIRE(host.send("k", "x").code == 200);

  REQUIRE(host.send("k", "x").code == 204);

  REQUIRE(server.connections() == 2);
}

TEST_CASE("Every status of a real server leads to its verdict", "[webhook][delivery]") {
  Server server([](const Received& request, Peer& peer) { peer.write(response(std::stoi(request.body))); });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"max_in_flight", "1"}})) == REPRISE_OK);
  for (int status = 200; status <= 599; ++status) {
    if (status == 410) continue;
    INFO(status);
    const Settled settled = host.send("k", std::to_string(status));

    const bool is_retriable =
        status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501 && status != 505);
    REQUIRE(settled.status == (status < 300 ? REPRISE_OK : is_retriable ? REPRISE_RETRIABLE : REPRISE_PERMANENT));
    REQUIRE(settled.code == status);
    REQUIRE(settled.about ==
            (status == 401 || status == 403 || status == 404 ? REPRISE_ABOUT_ENDPOINT : REPRISE_ABOUT_RECORD));
  }
  REQUIRE(server.connections() == 1);
  const Settled redirect = host.send("k", "307");
  REQUIRE(redirect.message.find("redirects are not followed") != std::string::npos);
}

TEST_CASE("410 disables the endpoint until its row changes", "[webhook][delivery]") {
  Server server(answering(410));
  Server other(answering(200));
  Harness host;
  host.set_row("42", row(server.url()));
  REQUIRE(host.start(by_table()) == REPRISE_OK);
  const Settled first = host.send("42", "x");
  REQUIRE(first.status == REPRISE_PERMANENT);
  REQUIRE(first.kind == "http.gone");
  REQUIRE(first.about == REPRISE_ABOUT_ENDPOINT);
  REQUIRE(host.health.back() == std::pair<std::string, int>("42", REPRISE_INVALID));

  const Settled second = host.send("42", "x");
  REQUIRE(second.kind == "http.gone");
  REQUIRE(server.received().size() == 1);

  host.set_row("42", row(other.url()));
  REQUIRE(host.send("42", "x").status == REPRISE_OK);
}

TEST_CASE("Retry-After is told to the host, and the endpoint is left alone until then", "[webhook][delivery]") {
  const auto status = GENERATE(429, 503);
  Server server(answering(status, "Retry-After: 2\r\n"));
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);

  const Settled first = host.send("k", "x");
  const Settled second = host.send("k", "x");

  REQUIRE(first.status == REPRISE_RETRIABLE);
  REQUIRE(first.retry_after_ms == 2000);
  REQUIRE(second.status == REPRISE_DEFERRED);
  REQUIRE(second.retry_after_ms > 1000);
  REQUIRE(server.received().size() == 1);
}

TEST_CASE("Interim responses are skipped, chunked bodies drained", "[webhook][delivery]") {
  Server server([](const Received&, Peer& peer) {
    peer.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n");
    peer.write("HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    peer.write("0\r\n\r\n");
  });
  Harness host;
  REQUIRE(host.start(to(server.url(), {{"max_in_flight", "1"}})) == REPRISE_OK);

  REQUIRE(host.send("k", "x").code == 202);
  REQUIRE(host.send("k", "x").code == 202);
  REQUIRE(host.violations.empty());
}

TEST_CASE("A large body is sent whole to a slow reader", "[webhook][delivery]") {
  Server server(answering(200));
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  std::string body(9 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 3);

  REQUIRE(host.send("k", body).status == REPRISE_OK);

  REQUIRE(server.received().at(0).body == body);
}

TEST_CASE("A record without a value is refused, or sent empty by option", "[webhook][delivery]") {
  Server server(answering(200));
  const auto null_value = [](reprise_record& record) { record.value = {nullptr, 0}; };
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  const Settled refused = host.wait_for(host.offer("k", "", null_value));
  REQUIRE(refused.status == REPRISE_PERMANENT);
  REQUIRE(refused.kind == "record.null_value");

  Harness sender;
  REQUIRE(sender.start(to(server.url(), {{"null_value", "send_empty"}})) == REPRISE_OK);
  REQUIRE(sender.wait_for(sender.offer("k", "", null_value)).status == REPRISE_OK);
  REQUIRE(server.received().at(0).header("content-length") == "0");
}

TEST_CASE("An unknown or unusable row is the endpoint's fault", "[webhook][delivery]") {
  Harness host;
  host.set_row("bad-json", "{");
  host.set_row("no-url", "{}");
  host.set_row("http-only", R"({"url": "ftp://a.example/"})");
  host.set_row("no-secret", R"({"url": "https://a.example/"})");
  REQUIRE(host.start(by_table({{"signing.count", "1"}, {"signing.0.scheme", "standard_v1"}})) == REPRISE_OK);

  REQUIRE(host.send("nobody", "x").kind == "endpoint.unknown");
  for (const auto* key : {"bad-json", "no-url", "http-only", "no-secret"}) {
    const Settled settled = host.send(key, "x");
    INFO(key << ": " << settled.message);
    REQUIRE(settled.status == REPRISE_PERMANENT);
    REQUIRE(settled.kind == "endpoint.invalid");
    REQUIRE(settled.about == REPRISE_ABOUT_ENDPOINT);
  }
  // Each is told once, by its name.
  const auto told = host.health;
  REQUIRE(told == std::vector<std::pair<std::string, int>>{{"nobody", REPRISE_INVALID},
                                                           {"bad-json", REPRISE_INVALID},
                                                           {"no-url", REPRISE_INVALID},
                                                           {"http-only", REPRISE_INVALID},
                                                           {"no-secret", REPRISE_INVALID}});
  REQUIRE(host.send("nobody", "x").kind == "endpoint.unknown");
  REQUIRE(host.health.size() == told.size());
  const Settled keyless = host.wait_for(host.offer("", "x", [](reprise_record& record) { record.key = {nullptr, 0}; }));
  REQUIRE(keyless.kind == "endpoint.unknown");
}

TEST_CASE("A row that came or was mended is well again", "[webhook][delivery]") {
  const auto* const before = GENERATE("", R"({"url": "ftp://a.example/"})");
  Server server(answering(200));
  Harness host;
  if (*before != '\0') host.set_row("42", before);
  REQUIRE(host.start(by_table()) == REPRISE_OK);
  REQUIRE(host.send("42", "x").status == REPRISE_PERMANENT);
  REQUIRE_FALSE(host.health.empty());
  REQUIRE(host.health.back() == std::pair<std::string, int>("42", REPRISE_INVALID));

  host.set_row("42", row(server.url()));

  REQUIRE(host.send("42", "x").status == REPRISE_OK);
  REQUIRE(host.health.back() == std::pair<std::string, int>("42", REPRISE_UP));
}

TEST_CASE("Nothing leaves unsigned that was to be signed", "[webhook][delivery]") {
  const std::string secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
  Server server(answering(200));

  SECTION("a row has a secret, and the sink no signing") {
    Harness host;
    host.set_row("42", R"({"url": ")" + server.url() + R"(", "secret": ")" + secret + R"("})");
    REQUIRE(host.start(by_table()) == REPRISE_OK);

    const Settled settled = host.send("42", "x");

    CHECK(settled.kind == "endpoint.invalid");
    CHECK(settled.message.find("signing") != std::string::npos);
  }
  SECTION("the list of a row's secrets is empty") {
    Harness host;
    host.set_row("42", R"({"url": ")" + server.url() + R"(", "secret": []})");
    REQUIRE(host.start(by_table({{"signing.count", "1"}, {"signing.0.scheme", "standard_v1"}})) == REPRISE_OK);

    CHECK(host.send("42", "x").kind == "endpoint.invalid");
  }
  SECTION("a row without a secret does not take another's") {
    Harness host;

    REQUIRE(host.start(by_table(
                {{"signing.count", "1"}, {"signing.0.scheme", "standard_v1"}, {"signing.0.secret", secret}})) ==
            REPRISE_PERMANENT);

    CHECK(std::string(host.error().option) == "signing.0.secret");
    CHECK(std::string(host.error().message).find("in its row") != std::string::npos);
  }
  CHECK(server.received().empty());
}

TEST_CASE("A destination is verified without sending anything", "[webhook][delivery]") {
  Server server(answering(200));
  Harness host;
  host.set_row("42", row(server.url()));
  REQUIRE(host.start(by_table()) == REPRISE_OK);
  const auto verify = [](reprise_record& record) { record.kind = REPRISE_VERIFY; };

  REQUIRE(host.wait_for(host.offer("42", "", verify)).status == REPRISE_OK);
  REQUIRE(host.wait_for(host.offer("43", "", verify)).kind == "endpoint.unknown");
  REQUIRE(server.received().empty());
}

TEST_CASE("The ordering option decides the lane, the endpoint the group", "[webhook][delivery]") {
  const auto ordering = GENERATE(as<std::string>{}, "none", "per_key", "per_endpoint");
  Harness host;
  REQUIRE(host.start(by_table({{"ordering", ordering}})) == REPRISE_OK);

  const reprise_route a = host.route("a"), b = host.route("b");

  REQUIRE(a.group != b.group);
  REQUIRE(a.group == host.route("a").group);
  REQUIRE((a.order == 0) == (ordering == "none"));
  REQUIRE((a.order != b.order) == (ordering != "none"));
}

TEST_CASE("Metrics count attempts by class", "[webhook][delivery]") {
  Server server([](const Received& request, Peer& peer) { peer.write(response(std::stoi(request.body))); });
  Harness host;
  REQUIRE(host.start(to(server.url())) == REPRISE_OK);
  for (const auto* status : {"200", "201", "404", "500"}) host.send("k", status);
  host.stop(1s);

  REQUIRE(host.metric("reprise_webhook_attempts_total{class=2xx}") == 2);
  REQUIRE(host.metric("reprise_webhook_attempts_total{class=4xx}") == 1);
  REQUIRE(host.metric("reprise_webhook_attempts_total{class=5xx}") == 1);
  REQUIRE(host.metric("reprise_webhook_attempt_seconds") == 4);
  REQUIRE(host.metric("reprise_webhook_connections_opened_total") == 1);
  REQUIRE(host.metric("reprise_webhook_sent_bytes_total") > 400);
}
