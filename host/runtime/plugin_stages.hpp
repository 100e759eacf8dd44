#pragma once
#include <memory>

#include "host/plugin/instance.hpp"
#include "host/runtime/stages.hpp"

namespace reprise::runtime {

/// The stages as plugins offer them. Each borrows the instance, which must outlive it.
class PluginSource final : public Source {
 public:
  explicit PluginSource(plugin::Instance& instance) : instance_(instance), api_(*instance.source()) {}
  Result<> open(const reprise_stream& stream) override;
  void close(std::uint32_t slot, std::int32_t why) override;
  Result<> poll(std::uint32_t slot, std::size_t max_records, std::size_t max_bytes, reprise_batch* out) override;
  void commit(std::span<const reprise_place> places) override;

 private:
  plugin::Instance& instance_;
  const reprise_source_api& api_;
};

class PluginTransform final : public Transform {
 public:
  explicit PluginTransform(plugin::Instance& instance) : instance_(instance), api_(*instance.transform()) {}
  Result<> open(const reprise_stream& stream) override;
  void close(std::uint32_t slot, std::int32_t why) override;
  Result<> apply(Records records, std::span<reprise_verdict> verdicts) override;
  Result<> outcome(std::span<const reprise_note> notes) override;
  Result<> rebuild(Records records) override;

 private:
  plugin::Instance& instance_;
  const reprise_transform_api& api_;
};

class PluginSink final : public Sink {
 public:
  explicit PluginSink(plugin::Instance& instance) : instance_(instance), api_(*instance.sink()) {}
  Result<> open(const reprise_stream& stream) override;
  void close(std::uint32_t slot, std::int32_t why) override;
  Result<> route(Records records, std::span<reprise_route> routes) override;
  Result<> deliver(Records records, std::size_t* taken) override;
  Result<> flush(std::int32_t why, BootTime deadline) override;

 private:
  plugin::Instance& instance_;
  const reprise_sink_api& api_;
};

}  // namespace reprise::runtime
