#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "host/base/result.hpp"
#include "host/replay/job.hpp"

namespace reprise::replay {

/// What is asked for, well formed but not yet compared with the world.
struct Request {
  std::string connector;  ///< empty: the only one of mode replay
  std::string key;
  std::int64_t from_ms = 0;  ///< inclusive
  std::int64_t to_ms = 0;    ///< exclusive
  std::int32_t partition = kPartitionOfKey;
  bool is_dry_run = false;
  ProofKind proof = ProofKind::Range;
  std::string asker = {};  ///< not of the JSON: who sent it
};

/// {"connector", "webhook_id" or "key", "from", "to", "partition", "dry_run", "proof"}. Errors: kind "request.invalid", with the member.
Result<Request> parse_request(std::string_view json, std::int64_t now_ms);

/// "all", "key" or a number.
Result<std::int32_t> parse_partition(std::string_view text);

}  // namespace reprise::replay
