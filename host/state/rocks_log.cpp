#include "host/state/rocks_log.hpp"

#include <cstdarg>
#include <cstdio>

#include "host/telemetry/log.hpp"

namespace reprise::state {
namespace {

class RocksLog final : public rocksdb::Logger {
 public:
  RocksLog() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list values) override {
    char line[512];
    const int size = std::vsnprintf(line, sizeof line, format, values);
    if (size > 0) telemetry::debug("rocksdb", {{"what", line}});
  }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_rocks_log() { return std::make_shared<RocksLog>(); }

}  // namespace reprise::state
