#pragma once
#include <reprise/url.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config.hpp"
#include "failure.hpp"
#include "signature.hpp"

namespace reprise::webhook {

struct Origin;

/// A token bucket. Time is passed in; starts full.
class TokenBucket {
 public:
  /// per_second 0: no limit.
  void configure(double per_second, double burst);
  /// Takes a token and returns 0, or takes none and returns the nanoseconds until there is one.
  std::int64_t take(std::int64_t now_ns);
  /// Gives one back that was taken and not used.
  void give_back();

 private:
  double per_second_ = 0;
  double burst_ = 0;
  double tokens_ = 0;
  std::int64_t filled_ns_ = 0;
};

/// One place where records go, as one version of its row describes it: what is the same in each request, and what is known of its
/// state. A changed row makes a new one, so that what the old place answers late says nothing about the new. Owned by the Endpoints;
/// lives as long as a request to it is under way. Belongs to the shard's thread.
struct Endpoint {
  std::string name;           ///< the table's key, or empty with endpoint.url
  std::uint64_t version = 0;  ///< of the row it was made from
  std::uint64_t group = 0;    ///< what route says, and resume
  Url url;
  std::string head;  ///< request line and all headers that never change, without the empty line
  std::vector<Secret> secrets;
  std::string problem;             ///< not empty: nothing can be sent there, for this reason
  const char* problem_kind = "";   ///< REQUIRES: problem is not empty
  std::shared_ptr<Origin> origin;  ///< set by the pool at the first request
  TokenBucket bucket;
  std::size_t in_flight = 0;
  std::uint32_t failures = 0;        ///< retriable failures in a row
  std::int64_t closed_until_ns = 0;  ///< breaker or Retry-After
  std::int64_t lively_ns = 0;        ///< when it answered last, or began to be busy
  bool is_late = false;              ///< its last request took more than a second
  bool is_silent = false;            ///< the last attempt got no answer: one at a time, until it answers again
  bool is_probing = false;           ///< the breaker's one request is under way
  bool wants_resume = false;         ///< records were deferred for want of room
  bool waits_for_late_room = false;  ///< records were deferred, because late requests hold their half
  bool is_retired = false;           ///< the row is gone or another; the object goes with its last request

  /// From the first failure to the next success; and while it answers late.
  bool is_in_trouble() const { return failures > 0 || is_late; }
  /// What people know it by.
  const std::string& title() const { return name.empty() ? url.authority : name; }
};

/// Fills url, head, secrets or problem of a new endpoint from the row's JSON: {"url": "...", "secret": "whsec_..." or ["whsec_...", ...]}.
void read_row(std::string_view json, const Config& config, Endpoint& endpoint);

/// Fills head from url. REQUIRES: url is set.
void build_head(const Config& config, Endpoint& endpoint);

}  // namespace reprise::webhook
