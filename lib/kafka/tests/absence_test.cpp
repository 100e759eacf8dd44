#include "lib/kafka/absence.hpp"

#include <catch2/catch.hpp>

using reprise::kafka::Absence;

TEST_CASE("An absence is told when it begins and when it turns out to be a refusal, not again until it has ended",
          "[kafka]") {
  Absence absence;
  CHECK_FALSE(absence.end());

  CHECK(absence.begin(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN));
  CHECK_FALSE(absence.begin(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN));
  CHECK_FALSE(absence.is_refusal());

  CHECK(absence.begin(RD_KAFKA_RESP_ERR__AUTHENTICATION));
  CHECK_FALSE(absence.begin(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN));
  CHECK_FALSE(absence.begin(RD_KAFKA_RESP_ERR__AUTHENTICATION));
  CHECK(absence.is_refusal());

  CHECK(absence.end());
  CHECK_FALSE(absence.end());
  CHECK_FALSE(absence.is_refusal());
  CHECK(absence.begin(RD_KAFKA_RESP_ERR__RESOLVE));
}
