// kafka_probe [key=value...]: asks a broker for its metadata with these client options.
// Ends with 0 when it answers within the deadline, with 1 when it does not, with 2 when an option is refused.
#include <librdkafka/rdkafka.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace {
constexpr int kDeadlineMs = 15'000;
constexpr int kRefusedDeadlineMs = 2'000;
}  // namespace

int main(int argc, char** argv) {
  std::array<char, 512> error{};
  rd_kafka_conf_t* options = rd_kafka_conf_new();
  int deadline_ms = kDeadlineMs;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--expect-refusal") {
      deadline_ms = kRefusedDeadlineMs;
      continue;
    }
    const auto equals = argument.find('=');
    const std::string key(argument.substr(0, equals));
    const std::string value(equals == std::string_view::npos ? "" : argument.substr(equals + 1));
    if (rd_kafka_conf_set(options, key.c_str(), value.c_str(), error.data(), error.size()) != RD_KAFKA_CONF_OK) {
      std::fprintf(stderr, "kafka_probe: %s\n", error.data());
      rd_kafka_conf_destroy(options);
      return 2;
    }
  }
  const std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client(
      rd_kafka_new(RD_KAFKA_PRODUCER, options, error.data(), error.size()), &rd_kafka_destroy);
  if (!client) {
    std::fprintf(stderr, "kafka_probe: %s\n", error.data());
    rd_kafka_conf_destroy(options);
    return 2;
  }
  const struct rd_kafka_metadata* metadata = nullptr;
  const rd_kafka_resp_err_t status = rd_kafka_metadata(client.get(), 0, nullptr, &metadata, deadline_ms);
  if (status != RD_KAFKA_RESP_ERR_NO_ERROR) {
    std::fprintf(stderr, "kafka_probe: %s\n", rd_kafka_err2str(status));
    return 1;
  }
  std::printf("%d broker\n", metadata->broker_cnt);
  rd_kafka_metadata_destroy(metadata);
  return 0;
}
