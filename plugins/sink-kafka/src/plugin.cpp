#include <reprise/sink.hpp>

#include "plugins/sink-kafka/src/sink.hpp"

REPRISE_SINK_PLUGIN(reprise::sink_kafka::KafkaSink);
