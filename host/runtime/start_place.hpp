#pragma once
#include <cstdint>
#include <string_view>

#include "host/base/result.hpp"

namespace reprise::runtime {

/// Where a partition without progress begins (a source's option `start`).
struct StartPlace {
  enum class Kind : std::uint8_t { Earliest, Latest, Time, Offset };
  Kind kind = Kind::Latest;
  std::int64_t value = -1;  ///< Time: milliseconds since 1970; Offset: the offset
};

/// "earliest", "latest", a time as parse_time takes it, or "offset 1200".
Result<StartPlace> parse_start(std::string_view text, std::int64_t now_ms);

}  // namespace reprise::runtime
