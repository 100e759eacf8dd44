#pragma once
#include <functional>
#include <span>
#include <vector>

#include "host/runtime/stages.hpp"

namespace reprise::replay {

/// Takes every record and settles it as delivered at once: with it a dry run counts what would be sent, and the second
/// reading counts what the log holds. On its task's shard.
class CountingSink final : public runtime::Sink {
 public:
  using Settle = std::function<void(std::span<const reprise_settlement>)>;

  /// REQUIRES: before the task begins.
  void settle_with(Settle settle) { settle_ = std::move(settle); }

  Result<> open(const reprise_stream&) override { return {}; }
  void close(std::uint32_t, std::int32_t) override {}
  Result<> route(runtime::Records, std::span<reprise_route>) override { return {}; }
  Result<> deliver(runtime::Records records, std::size_t* taken) override {
    settlements_.clear();
    for (const reprise_record* const record : records) {
      reprise_settlement settlement{};
      settlement.handle = record->handle;
      settlement.status = REPRISE_OK;
      settlements_.push_back(settlement);
    }
    *taken = records.size();
    settle_(settlements_);
    return {};
  }
  Result<> flush(std::int32_t, BootTime) override { return {}; }

 private:
  Settle settle_;
  std::vector<reprise_settlement> settlements_;
};

}  // namespace reprise::replay
