#include <reprise/source.hpp>

#include "plugins/source-kafka/src/source.hpp"

REPRISE_SOURCE_PLUGIN(reprise::source_kafka::KafkaSource);
