#include "lib/kafka/offsets.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace reprise::kafka {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// One attempt. Short, so that a stop request and a new leader are seen soon.
constexpr auto kAttempt = 2s;
constexpr auto kPause = 100ms;
constexpr auto kUnknownTopicGrace = 2s;

/// False when the deadline has passed or a stop was requested.
bool pause(Deadline deadline, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_until(lock, stop, std::min(deadline, Clock::now() + kPause), [] { return false; });
  return !stop.stop_requested() && Clock::now() < deadline;
}

int attempt_ms(Deadline deadline) { return remaining_ms(std::min(deadline, Clock::now() + kAttempt)); }

Result<Metadata> ask_metadata(rd_kafka_t* client, const std::string& topic, Deadline deadline) {
  const Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  if (handle == nullptr) return describe(rd_kafka_last_error(), "topic " + topic);
  const struct rd_kafka_metadata* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle.get(), &metadata, attempt_ms(deadline));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return describe(code, "asking for the partitions of topic " + topic);
  Metadata owned(metadata);
  if (metadata->topic_cnt != 1) return describe(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic " + topic);
  if (metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) return describe(metadata->topics[0].err, "topic " + topic);
  return owned;
}

Result<int> count_partitions(rd_kafka_t* client, const std::string& topic, Deadline deadline,
                             const std::stop_token& stop) {
  const Deadline grace = Clock::now() + kUnknownTopicGrace;
  for (;;) {
    auto metadata = ask_metadata(client, topic, deadline);
    if (metadata.ok()) return metadata.value()->topics[0].partition_cnt;
    Error error = metadata.error();
    if (error.kind == "kafka.unknown_topic" && Clock::now() >= grace) {
      error.status = REPRISE_PERMANENT;
      error.message = "topic " + topic + " does not exist in this cluster";
      return error;
    }
    if (error.status != REPRISE_RETRIABLE || !pause(deadline, stop)) return error;
  }
}

/// One round for the queries that are still open; the first error, if any.
rd_kafka_resp_err_t ask_offsets(rd_kafka_t* client, std::span<OffsetQuery> queries, std::vector<bool>& is_done,
                                Deadline deadline, const OffsetQuery** culprit) {
  const Partitions list(rd_kafka_topic_partition_list_new(static_cast<int>(queries.size())));
  std::vector<std::size_t> which;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    if (is_done[i]) continue;
    rd_kafka_topic_partition_list_add(list.get(), queries[i].topic.c_str(), queries[i].partition)->offset =
        queries[i].time_ms;
    which.push_back(i);
  }
  *culprit = &queries[which.front()];
  const rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client, list.get(), attempt_ms(deadline));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return code;

  rd_kafka_resp_err_t first = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (std::size_t i = 0; i < which.size(); ++i) {
    const rd_kafka_topic_partition_t& answer = list->elems[i];
    OffsetQuery& query = queries[which[i]];
    if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (first == RD_KAFKA_RESP_ERR_NO_ERROR) *culprit = &query;
      first = first == RD_KAFKA_RESP_ERR_NO_ERROR ? answer.err : first;
      continue;
    }
    query.offset = answer.offset >= 0 ? answer.offset : -1;
    is_done[which[i]] = true;
  }
  return first;
}

}  // namespace

Result<std::vector<TopicPartition>> list_partitions(rd_kafka_t* client, std::span<const std::string> topics,
                                                    Deadline deadline, std::stop_token stop) {
  std::vector<TopicPartition> partitions;
  for (const std::string& topic : topics) {
    auto count = count_partitions(client, topic, deadline, stop);
    if (!count.ok()) return count.error();
    for (int partition = 0; partition < count.value(); ++partition) partitions.push_back({topic, partition});
  }
  return partitions;
}

// Metadata brings the id along. rd_kafka_clusterid alone waits for a change among the brokers, and a young client, for which the last one
// has just passed, for the timer of a second.
Result<std::string> cluster_id(rd_kafka_t* client, Deadline deadline, std::stop_token stop) {
  do {
    const struct rd_kafka_metadata* metadata = nullptr;
    if (rd_kafka_metadata(client, 0, nullptr, &metadata, attempt_ms(deadline)) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const Metadata owned(metadata);
    if (char* id = rd_kafka_clusterid(client, attempt_ms(deadline))) {
      std::string text(id);
      rd_kafka_mem_free(client, id);
      return text;
    }
  } while (pause(deadline, stop));
  return describe(RD_KAFKA_RESP_ERR__TIMED_OUT, "asking for the cluster's id");
}

Result<> query_offsets(rd_kafka_t* client, std::span<OffsetQuery> queries, Deadline deadline, std::stop_token stop) {
  if (queries.empty()) return {};
  std::vector<bool> is_done(queries.size(), false);
  std::optional<Error> missing_topic;  // says more than that its partition is unknown
  for (;;) {
    const OffsetQuery* culprit = nullptr;
    const rd_kafka_resp_err_t code = ask_offsets(client, queries, is_done, deadline, &culprit);
    if (std::ranges::find(is_done, false) == is_done.end()) return {};
    Error error =
        describe(code, "asking for offsets of " + culprit->topic + "[" + std::to_string(culprit->partition) + "]");
    if (error.status != REPRISE_RETRIABLE) return error;
    if (!pause(deadline, stop)) return missing_topic.value_or(std::move(error));
    // Also refreshes the client's idea of who leads the partition.
    auto metadata = ask_metadata(client, culprit->topic, deadline);
    missing_topic.reset();
    if (!metadata.ok() && metadata.error().kind == "kafka.unknown_topic") missing_topic = metadata.error();
    if (metadata.ok() && culprit->partition >= metadata.value()->topics[0].partition_cnt) {
      error = describe(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
                       culprit->topic + "[" + std::to_string(culprit->partition) + "]");
      error.status = REPRISE_PERMANENT;
      return error;
    }
  }
}

}  // namespace reprise::kafka
