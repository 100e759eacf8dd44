#include <openssl/pem.h>

#include <catch2/catch.hpp>

#include "harness.hpp"
#include "server.hpp"

using namespace reprise::webhook::test;

TEST_CASE("An option that cannot be used is named", "[webhook][options]") {
  struct Case {
    Harness::Options options;
    const char* option;
  };
  const std::vector<Case> cases{
      {{}, "endpoint"},
      {{{"endpoint.url", "https://a.example/"}, {"endpoint.table", "webhooks"}}, "endpoint"},
      {{{"endpoint.url", "ftp://a.example/"}}, "endpoint.url"},
      {{{"endpoint.url", "http://a.example/"}}, "endpoint.url"},
      {{{"endpoint.table", "nowhere"}}, "endpoint.table"},
      {{{"endpoint.url", "https://a.example/"}, {"headers.Host", "b"}}, "headers.Host"},
      {{{"endpoint.table", "webhooks"}, {"headers.Authorization", "Bearer x"}}, "headers.Authorization"},
      {{{"endpoint.table", "webhooks"}, {"headers.cookie", "x"}}, "headers.cookie"},
      {{{"endpoint.url", "https://a.example/"}, {"allow_cidrs.count", "1"}, {"allow_cidrs.0", "10.0.0.1/8"}},
       "allow_cidrs.0"},
      {{{"endpoint.url", "https://a.example/"}, {"allow_cidrs.count", "1"}, {"allow_cidrs.0", "10.0.0.0/33"}},
       "allow_cidrs.0"},
      {{{"endpoint.url", "https://a.example/"}, {"headers.X-A", "b\r\nX-B: c"}}, "headers.X-A"},
      {{{"endpoint.url", "https://a.example/"}, {"headers.X A", "b"}}, "headers.X A"},
      {{{"endpoint.url", "https://a.example/"}, {"timeout.total", "1"}}, "timeout.total"},
      {{{"endpoint.url", "https://a.example/"}, {"method", "GET"}}, "method"},
      {{{"endpoint.url", "https://a.example/"}, {"signing.count", "1"}, {"signing.0.scheme", "v9"}},
       "signing.0.scheme"},
      {{{"endpoint.url", "https://a.example/"}, {"signing.count", "1"}, {"signing.0.scheme", "standard_v1"}},
       "signing"},
      {{{"endpoint.url", "https://a.example/"},
        {"signing.count", "1"},
        {"signing.0.scheme", "standard_v1"},
        {"signing.0.secret", "short"}},
       "signing.0.secret"},
      {{{"endpoint.url", "https://a.example/"}, {"tls.key", "/nowhere"}}, "tls.key"},
  };
  for (const auto& c : cases) {
    Harness host;
    INFO(c.option);

    REQUIRE(host.start(c.options) == REPRISE_PERMANENT);

    REQUIRE(std::string(host.error().option) == c.option);
    REQUIRE(std::string(host.error().message) != "");
  }
}

TEST_CASE("A certificate file that is missing fails the start", "[webhook][options]") {
  Harness host;

  REQUIRE(host.start({{"endpoint.url", "https://a.example/"}, {"tls.ca", "/nowhere.pem"}}) == REPRISE_FATAL);

  REQUIRE(std::string(host.error().message).find("tls.ca") != std::string::npos);
}

TEST_CASE("Certificates and keys are taken as texts as well as by their files", "[webhook][options]") {
  const auto tls = make_certificate("localhost");
  Harness host;

  const auto status = host.start({{"endpoint.url", "https://a.example/"},
                                  {"tls.ca", "# ours\n" + tls.certificate},
                                  {"tls.certificate", tls.certificate},
                                  {"tls.key", tls.key.substr(0, tls.key.size() - 1)}});

  INFO(host.error().message);
  REQUIRE(status == REPRISE_OK);
}

TEST_CASE("A text that is no key is refused without being shown", "[webhook][options]") {
  const auto tls = make_certificate("localhost");
  const auto other = make_certificate("localhost");
  const auto key = GENERATE_COPY(as<std::string>{}, "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n",
                                 tls.certificate, other.key);
  Harness host;

  REQUIRE(
      host.start({{"endpoint.url", "https://a.example/"}, {"tls.certificate", tls.certificate}, {"tls.key", key}}) ==
      REPRISE_FATAL);

  const std::string message = host.error().message;
  INFO(message);
  REQUIRE(message.starts_with("tls.key: the text "));
  REQUIRE(message.find("BEGIN") == std::string::npos);
}

TEST_CASE("An encrypted key is opened with its password, and asks nobody on the terminal", "[webhook][options]") {
  const auto tls = make_certificate("localhost");
  BIO* plain = BIO_new_mem_buf(tls.key.data(), static_cast<int>(tls.key.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(plain, nullptr, nullptr, nullptr);
  BIO* encrypted = BIO_new(BIO_s_mem());
  const unsigned char password[] = "open sesame";
  PEM_write_bio_PKCS8PrivateKey(encrypted, key, EVP_aes_256_cbc(), reinterpret_cast<const char*>(password),
                                sizeof password - 1, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(encrypted, &text);
  const std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(plain);
  BIO_free(encrypted);
  EVP_PKEY_free(key);
  const auto start = [&](const std::string& given) {
    Harness host;
    const auto status = host.start({{"endpoint.url", "https://a.example/"},
                                    {"tls.certificate", tls.certificate},
                                    {"tls.key", pem},
                                    {"tls.key_password", given}});
    return status == REPRISE_OK ? std::string("started") : std::string(host.error().message);
  };

  REQUIRE(start("open sesame") == "started");
  REQUIRE(start("") == "tls.key: the text given is encrypted: set tls.key_password");
  REQUIRE(start("guess").starts_with("tls.key: the text given cannot be read as a PEM private key: "));
}

TEST_CASE("A user-agent of the configuration stands in the place of ours", "[webhook][options]") {
  Server server([](const Received&, Peer& peer) { peer.write(response(200)); });
  Harness host;
  REQUIRE(host.start({{"endpoint.url", server.url()},
                      {"allow_http", "true"},
                      {"allow_cidrs.count", "1"},
                      {"allow_cidrs.0", "127.0.0.0/8"},
                      {"headers.User-Agent", "acme/1"}}) == REPRISE_OK);

  host.send("42", "x");

  REQUIRE(server.received().at(0).count("user-agent") == 1);
  REQUIRE(server.received().at(0).header("user-agent") == "acme/1");
}
