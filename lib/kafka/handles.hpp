#pragma once
#include <librdkafka/rdkafka.h>

#include <memory>

namespace reprise::kafka {

/// Calls a C function to free what a unique_ptr holds.
template <auto kFree>
struct FreeBy {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};

using Client = std::unique_ptr<rd_kafka_t, FreeBy<rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, FreeBy<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, FreeBy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, FreeBy<rd_kafka_event_destroy>>;
using Conf = std::unique_ptr<rd_kafka_conf_t, FreeBy<rd_kafka_conf_destroy>>;
using TopicConf = std::unique_ptr<rd_kafka_topic_conf_t, FreeBy<rd_kafka_topic_conf_destroy>>;
using Headers = std::unique_ptr<rd_kafka_headers_t, FreeBy<rd_kafka_headers_destroy>>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, FreeBy<rd_kafka_error_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, FreeBy<rd_kafka_topic_partition_list_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, FreeBy<rd_kafka_AdminOptions_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, FreeBy<rd_kafka_NewTopic_destroy>>;
using DeleteRecords = std::unique_ptr<rd_kafka_DeleteRecords_t, FreeBy<rd_kafka_DeleteRecords_destroy>>;
/// librdkafka declares the metadata const, and frees it all the same.
using Metadata = std::unique_ptr<const struct rd_kafka_metadata, FreeBy<rd_kafka_metadata_destroy>>;

}  // namespace reprise::kafka
