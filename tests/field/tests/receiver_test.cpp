// field_receiver as a program: ledger, signature and each behaviour, seen from a plain socket.
#include <openssl/hmac.h>
#include <openssl/ssl.h>
#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/field/common/digest.hpp"
#include "tests/field/tests/harness.hpp"

using namespace field_test;

namespace {

constexpr const char* kBody = R"({"for_user_id":"7","event_id":"evt-1","text":"x"})";

struct Receiver {
  TempDir folder;
  std::string ledger = folder.file("ledger");
  std::string output = folder.file("output");
  Program program;
  int port;

  explicit Receiver(std::vector<std::string> more = {})
      : program("field_receiver", arguments(std::move(more)), output),
        port(std::atoi(wait_for_file(folder.file("port")).c_str())) {
    INFO(read_file(output));
    REQUIRE(port > 0);
  }

  std::vector<std::string> arguments(std::vector<std::string> more) const {
    write_file(folder.file("secrets"), "# secrets\n42=whsec_c2VjcmV0IG9mIHdlYmhvb2sgNDI=\n43: plain text secret\n");
    std::vector<std::string> all{"--ledger",          ledger,      "--port-file",
                                 folder.file("port"), "--secrets", folder.file("secrets")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  void behave(const std::string& webhook, const std::string& text) const {
    Client client(port);
    client.send("PUT /control/" + webhook + " HTTP/1.1\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" +
                text);
    const auto answer = client.read_until("\r\n\r\n");
    REQUIRE(answer.rfind("HTTP/1.1 200", 0) == 0);
  }

  std::vector<std::string> ledger_lines() const { return lines_of(read_file(ledger)); }
};

std::string post(const std::string& webhook, const std::string& headers = "", const std::string& body = kBody) {
  return "POST /hooks/" + webhook + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string column(const std::string& line, int index) {
  std::size_t at = 0;
  for (int i = 0; i < index; ++i) at = line.find('\t', at) + 1;
  return line.substr(at, line.find('\t', at) - at);
}

std::string signature(const std::string& key, const std::string& text) {
  unsigned char digest[32];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), digest, &size);
  unsigned char base64[64];
  EVP_EncodeBlock(base64, digest, static_cast<int>(size));
  return "v1," + std::string(reinterpret_cast<const char*>(base64));
}

}  // namespace

TEST_CASE("A delivery is in the ledger when its answer arrives", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);

  client.send(post("42",
                   "webhook-id: msg_A\r\nX-Delivery-Attempt: 3\r\nx-delivery-kind: replay\r\nx-replay-job-id: "
                   "j1\r\nx-replay-epoch: 2\r\n"));
  const auto answer = client.read_until("\r\n\r\n");
  const auto lines = receiver.ledger_lines();

  CHECK(answer == "HTTP/1.1 204 No Content\r\n\r\n");
  REQUIRE(lines.size() == 1);
  const std::vector<std::string> expected{
      "42", "evt-1", field::hex(field::sha256(kBody)), "msg_A", "3", "replay", "j1", "2", "absent", "204"};
  for (int i = 0; i < 10; ++i) CHECK(column(lines[0], i + 2) == expected[static_cast<std::size_t>(i)]);
}

TEST_CASE("Standard Webhooks signatures are checked", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);
  const std::string signed_text = std::string("msg_A.1700000000.") + kBody;
  const std::string right = signature("secret of webhook 42", signed_text);
  const std::string head = "webhook-id: msg_A\r\nwebhook-timestamp: 1700000000\r\nwebhook-signature: ";

  client.send(post("42", head + right + "\r\n"));
  client.send(post("42", head + "v1,AAAA " + right + "\r\n"));  // rotation: any one that fits
  client.send(post("42", head + signature("another key", signed_text) + "\r\n"));
  client.send(post("43", head + signature("plain text secret", signed_text) + "\r\n"));
  client.send(post("44", head + right + "\r\n"));
  client.send(post("42", "", kBody));
  client.read_until("\r\n\r\n", 6);

  const auto lines = receiver.ledger_lines();
  REQUIRE(lines.size() == 6);
  const std::vector<std::string> expected{"ok", "ok", "bad", "ok", "unchecked", "absent"};
  for (std::size_t i = 0; i < 6; ++i) CHECK(column(lines[i], 10) == expected[i]);
}

TEST_CASE("Requests arrive whole, however they are cut", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);
  const std::string chunked =
      "POST /hooks/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: 1\r\n\r\n";

  SECTION("pipelined in one packet") {
    client.send(post("1", "", "hello world") + chunked + post("1", "", "hello world"));
  }
  SECTION("one byte at a time") {
    for (const char byte : post("1", "", "hello world") + chunked + post("1", "", "hello world"))
      client.send(std::string(1, byte));
  }
  const auto answers = client.read_until("204 No Content\r\n\r\n", 3);

  CHECK(answers.size() == 3 * std::string("HTTP/1.1 204 No Content\r\n\r\n").size());
  const auto lines = receiver.ledger_lines();
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) CHECK(column(line, 4) == field::hex(field::sha256("hello world")));
}

TEST_CASE("Malformed requests are refused and not written down", "[field][receiver]") {
  const std::string bytes =
      GENERATE(as<std::string>{}, "POST /hooks/1 HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n",
               "POST /hooks/1 HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
               "POST /hooks/1 HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
               "POST /hooks/1 HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
               "POST /hooks/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
  const Receiver receiver;
  Client client(receiver.port);

  client.send(bytes);

  CHECK(client.read_all().rfind("HTTP/1.1 400", 0) == 0);
  CHECK(client.was_closed);
  CHECK(receiver.ledger_lines().empty());
}

TEST_CASE("A status is answered as asked, for one webhook only", "[field][receiver]") {
  const Receiver receiver;
  receiver.behave("42", "status 429 retry-after=7");
  Client client(receiver.port);

  client.send(post("42"));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 429 Field\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
  client.send(post("43"));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n");
  receiver.behave("42", "ok");
  client.send(post("42"));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 204 No Content\r\n\r\n");

  const auto lines = receiver.ledger_lines();
  REQUIRE(lines.size() == 3);
  CHECK(column(lines[0], 11) == "429");
  CHECK(column(lines[1], 11) == "204");
}

TEST_CASE("Statuses can be cycled, limited in number and in kind", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);
  std::vector<std::string> expected;

  SECTION("cycle") {
    receiver.behave("*", "cycle 598 599");
    expected = {"598", "599", "598"};
  }
  SECTION("times") {
    receiver.behave("1", "status 500 times=2");
    expected = {"500", "500", "204"};
  }
  SECTION("kind") {
    receiver.behave("1", "status 500 kind=live");
    expected = {"204", "204", "204"};
  }
  for (int i = 0; i < 3; ++i) client.send(post("1", "x-delivery-kind: replay\r\n"));
  client.read_until("\r\n\r\n", 3);

  const auto lines = receiver.ledger_lines();
  REQUIRE(lines.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(column(lines[i], 11) == expected[i]);
}

TEST_CASE("Connections end as asked", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);
  std::string status;

  SECTION("reset") {
    receiver.behave("1", "reset");
    client.send(post("1"));
    CHECK(client.read_all().empty());
    CHECK(client.was_reset);
    status = "0";
  }
  SECTION("close after the head") {
    receiver.behave("1", "close");
    client.send(post("1"));
    CHECK(client.read_all() == "HTTP/1.1 200 Field\r\nContent-Length: 1000\r\n\r\n");
    CHECK(client.was_closed);
    status = "200";
  }
  SECTION("garbage") {
    receiver.behave("1", "garbage");
    client.send(post("1"));
    const auto bytes = client.read_all();
    CHECK(bytes.size() > 20);
    CHECK(bytes.find("HTTP/") == std::string::npos);
    CHECK(client.was_closed);
    status = "0";
  }
  const auto lines = receiver.ledger_lines();
  REQUIRE(lines.size() == 1);
  CHECK(column(lines[0], 11) == status);
}

TEST_CASE("Answers can be late, slow or never come", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);

  SECTION("slow, and in order with what is pipelined behind it") {
    receiver.behave("1", "slow 300 status=201");
    const auto start = std::chrono::steady_clock::now();
    client.send(post("1") + post("2"));
    Client other(receiver.port);
    other.send("GET /control/stats HTTP/1.1\r\n\r\n");
    CHECK(other.read_until("}}").find("\"waiting\":1,") != std::string::npos);
    const auto answers = client.read_until("\r\n\r\n", 2);
    CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(290));
    CHECK(answers.find("201") < answers.find("204"));
  }
  SECTION("hang") {
    receiver.behave("1", "hang");
    client.send(post("1") + post("2"));
    CHECK(client.read_until("HTTP", 1, std::chrono::milliseconds(500)).empty());
    CHECK_FALSE(client.was_closed);
    CHECK(receiver.ledger_lines().size() == 1);
  }
  SECTION("drip: one byte a second") {
    receiver.behave("1", "drip");
    client.send(post("1"));
    const auto got = client.read_until("never", 1, std::chrono::milliseconds(1500));
    CHECK(got.size() >= 1);
    CHECK(got.size() <= 3);
  }
  SECTION("a flood of 100 Continue") {
    receiver.behave("1", "flood");
    client.send(post("1"));
    const auto got = client.read_until("100 Continue\r\n\r\n", 100'000);
    CHECK(got.find("HTTP/1.1 2") == std::string::npos);
    CHECK(got.size() == 100'000 * std::string("HTTP/1.1 100 Continue\r\n\r\n").size());
  }
}

TEST_CASE("Answers can be too large or too many", "[field][receiver]") {
  const Receiver receiver;
  Client client(receiver.port);

  SECTION("headers") {
    receiver.behave("1", "huge-headers");
    client.send(post("1"));
    CHECK(client.read_until("\r\n\r\n").size() > 1'000'000);
  }
  SECTION("body") {
    receiver.behave("1", "huge-body");
    client.send(post("1"));
    CHECK(client.read_until("never", 1, std::chrono::milliseconds(300)).size() > 1'000'000);
  }
  SECTION("surplus") {
    receiver.behave("1", "surplus");
    client.send(post("1"));
    CHECK(client.read_until("204 No Content\r\n\r\n", 2).size() ==
          2 * std::string("HTTP/1.1 204 No Content\r\n\r\n").size());
  }
  SECTION("redirect") {
    receiver.behave("1", "redirect http://127.0.0.1:1/x?a=b");
    client.send(post("1"));
    CHECK(client.read_until("\r\n\r\n").find("302 Field\r\nLocation: http://127.0.0.1:1/x?a=b\r\n") !=
          std::string::npos);
  }
}

TEST_CASE("A planted loss is answered and not written down", "[field][receiver]") {
  const Receiver receiver;
  receiver.behave("42", "drop 2 kind=replay");
  Client client(receiver.port);

  client.send(post("42", "x-delivery-kind: replay\r\n", "first"));
  client.send(post("42", "x-delivery-kind: live\r\n", "other"));
  client.send(post("42", "x-delivery-kind: replay\r\n", "second"));
  client.send(post("42", "x-delivery-kind: replay\r\n", "third"));
  client.read_until("204 No Content\r\n\r\n", 4);

  const auto lines = receiver.ledger_lines();
  REQUIRE(lines.size() == 3);
  for (const auto& line : lines) CHECK(column(line, 4) != field::hex(field::sha256("second")));
  client.send("GET /control/stats HTTP/1.1\r\n\r\n");
  CHECK(client.read_until("}}").find(
            "\"requests\":4,\"delivered\":4,\"live\":1,\"replay\":3,\"bad_signatures\":0,\"dropped\":1") !=
        std::string::npos);
}

TEST_CASE("A planted fault changes the ledger and no answer", "[field][receiver]") {
  const auto bodies_after = [](const std::string& plant) {
    const Receiver receiver;
    receiver.behave("42", plant + " 2 kind=replay");
    Client client(receiver.port);
    for (const char* const body : {"first", "second", "third"})
      client.send(post("42", "x-delivery-kind: replay\r\n", body));
    client.read_until("204 No Content\r\n\r\n", 3);
    receiver.behave("42", "ok");
    std::vector<std::string> bodies;
    for (const auto& line : receiver.ledger_lines()) {
      bodies.emplace_back("?");
      for (const char* const body : {"first", "second", "third"})
        if (column(line, 4) == field::hex(field::sha256(body))) bodies.back() = body;
    }
    return bodies;
  };
  using Bodies = std::vector<std::string>;
  CHECK(bodies_after("plant lost") == Bodies{"first", "third"});
  CHECK(bodies_after("plant twice") == Bodies{"first", "second", "second", "third"});
  CHECK(bodies_after("plant order") == Bodies{"first", "third", "second"});
  CHECK(bodies_after("plant late") == Bodies{"first", "third", "second"});
  CHECK(bodies_after("plant phantom") == Bodies{"first", "second", "?", "third"});
}

TEST_CASE("An unknown behaviour is refused", "[field][receiver]") {
  const Receiver receiver;
  const std::string text =
      GENERATE(as<std::string>{}, "", "explode", "status", "status 1000", "slow", "status 200 colour=red", "ok 5");
  Client client(receiver.port);

  client.send("PUT /control/1 HTTP/1.1\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text);

  CHECK(client.read_until("\r\n\r\n").rfind("HTTP/1.1 400", 0) == 0);
}

TEST_CASE("The receiver speaks TLS with its own certificate", "[field][receiver]") {
  const TempDir keys;
  const Receiver receiver({"--certificate", keys.file("cert.pem"), "--key", keys.file("key.pem"), "--self-signed"});
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  REQUIRE(SSL_CTX_load_verify_file(context.get(), keys.file("cert.pem").c_str()) == 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> stream(BIO_new_ssl_connect(context.get()), &BIO_free_all);
  BIO_set_conn_hostname(stream.get(), ("127.0.0.1:" + std::to_string(receiver.port)).c_str());

  const auto request = post("42") + post("42");
  REQUIRE(BIO_write(stream.get(), request.data(), static_cast<int>(request.size())) ==
          static_cast<int>(request.size()));
  std::string answers;
  while (answers.size() < 54) {
    char buffer[1024];
    const int got = BIO_read(stream.get(), buffer, sizeof buffer);
    REQUIRE(got > 0);
    answers.append(buffer, static_cast<std::size_t>(got));
  }

  CHECK(answers == "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  CHECK(receiver.ledger_lines().size() == 2);
}

TEST_CASE("The receiver ends at SIGTERM with its counts", "[field][receiver]") {
  Receiver receiver;
  Client client(receiver.port);
  client.send(post("1"));
  client.read_until("\r\n\r\n");

  receiver.program.send_signal(SIGTERM);

  CHECK(receiver.program.wait(std::chrono::seconds(5)) == 0);
  CHECK(read_file(receiver.output).find("\"requests\":1,") != std::string::npos);
}
