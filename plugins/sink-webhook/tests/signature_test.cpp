#include "signature.hpp"

#include <openssl/hmac.h>

#include <catch2/catch.hpp>

#include "message_id.hpp"

using namespace reprise::webhook;

namespace {

std::string signature_of(const Secret& secret, std::string_view id, std::string_view timestamp, std::string_view body) {
  std::string out(Secret::kSignatureBytes, '\0');
  secret.sign(id, timestamp, body, out.data());
  return out;
}

/// The same by OpenSSL's one-shot HMAC, as a receiver would check it.
std::string expected(const std::string& key, const std::string& message) {
  unsigned char mac[32];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), mac, &size);
  std::string text(44, '\0');
  encode_base64(mac, 32, text.data());
  return "v1," + text;
}

std::string id_of(const MessageId& id, std::int64_t offset, std::uint32_t part = 0, bool is_derived = false) {
  std::string out(MessageId::kBytes, '\0');
  id.write(offset, part, is_derived, out.data());
  return out;
}

}  // namespace

TEST_CASE("The published vector of Standard Webhooks is met", "[webhook][signature]") {
  std::vector<Secret> secrets;
  REQUIRE(add_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", secrets) == "");

  REQUIRE(signature_of(secrets[0], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})") ==
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("A signature equals HMAC for every size of key and body", "[webhook][signature]") {
  for (const std::size_t key_size : {24u, 32u, 63u, 64u}) {
    for (const std::size_t body_size : {0u, 1u, 55u, 56u, 63u, 64u, 65u, 1024u, 100'000u}) {
      const std::string key(key_size, 'k'), body(body_size, 'b');

      REQUIRE(signature_of(Secret(key), "msg_1", "1700000000", body) == expected(key, "msg_1.1700000000." + body));
    }
  }
  REQUIRE(signature_of(Secret(std::string(24, 'k')), std::string(300, 'i'), "1", "b") ==
          expected(std::string(24, 'k'), std::string(300, 'i') + ".1.b"));
}

TEST_CASE("A secret that is none is refused without being shown", "[webhook][signature]") {
  const auto bad = GENERATE(as<std::string>{}, "", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ=", "plain words",
                            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw=====");
  std::vector<Secret> secrets;

  const std::string problem = add_secret(bad, secrets);

  INFO(bad);
  REQUIRE(problem != "");
  REQUIRE(secrets.empty());
  REQUIRE((bad.size() < 8 || problem.find(bad.substr(6)) == std::string::npos));
}

TEST_CASE("Base64 has one spelling for each value", "[webhook][signature]") {
  std::string bytes;
  REQUIRE(decode_base64("TWFu", bytes));
  REQUIRE(bytes == "Man");
  REQUIRE(decode_base64("TWE=", bytes));
  REQUIRE(decode_base64("TQ==", bytes));
  REQUIRE(bytes == "M");

  const auto bad = GENERATE(as<std::string>{}, "", "=", "==", "TWF", "TWE", "TQ",
                            "TQ=", "TWFu=", "TWFu==", "TWE==", "TWF=", "TR==", "TW=u", "T===", "TWFu====", "TWFu\n");
  INFO(bad);
  REQUIRE_FALSE(decode_base64(bad, bytes));
}

TEST_CASE("A webhook-id is stable and free of dots", "[webhook][signature]") {
  const MessageId id("cluster-1", "events.live", 3);

  REQUIRE(id_of(id, 42) == id_of(MessageId("cluster-1", "events.live", 3), 42));
  REQUIRE(id_of(id, 42).starts_with("msg_"));
  REQUIRE(id_of(id, 42).find_first_not_of("abcdefghijklmnopqrstuvwxyz234567_") == std::string::npos);
}

TEST_CASE("A webhook-id differs wherever the record differs", "[webhook][signature]") {
  const std::string base = id_of(MessageId("cluster-1", "events", 3), 42);

  REQUIRE(id_of(MessageId("cluster-2", "events", 3), 42) != base);
  REQUIRE(id_of(MessageId("cluster-", "1events", 3), 42) != base);
  REQUIRE(id_of(MessageId("cluster-1", "events", 4), 42) != base);
  REQUIRE(id_of(MessageId("cluster-1", "events", 3), 43) != base);
  REQUIRE(id_of(MessageId("cluster-1", "events", 3), 42, 1) != base);
  REQUIRE(id_of(MessageId("cluster-1", "events", 3), 42, 0, true) != base);
}

TEST_CASE("A webhook-id is what its documented encoding says", "[webhook][signature]") {
  // Computed by an independent program from the encoding in message_id.hpp.
  REQUIRE(id_of(MessageId("cluster-1", "events", 3), 42) == "msg_bghzvr4no6zknj6ii7mqidzb");
  REQUIRE(id_of(MessageId("", "t", 0), 1'000'000'000'000, 7) == "msg_mzqexbkyyee7xp4p42a7jcx4");
}
