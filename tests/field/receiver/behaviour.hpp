#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace field {

/// What the receiver does with a request.
enum class Mode {
  Status,       ///< answers with the status
  Reset,        ///< resets the connection: "down"
  Hang,         ///< never answers
  Slow,         ///< answers after delay_ms
  Close,        ///< a complete 200 head that promises a body, then the connection is closed
  Garbage,      ///< bytes that are no HTTP
  Drip,         ///< a head that never ends, one byte a second
  HugeHeaders,  ///< a head of 1 MiB
  HugeBody,     ///< 200 and a body without end (10 GB promised)
  Surplus,      ///< 204, and a second answer that nobody asked for
  Flood,        ///< 100 Continue again and again, never a final answer
};

/// What is wrong with a ledger line on purpose, as if the customer had got the request so.
enum class Plant {
  None,
  Lost,     ///< it is not there
  Twice,    ///< it is there twice
  Order,    ///< it stands behind the next one of its webhook
  Late,     ///< it is there only once the webhook's behaviour is set again
  Phantom,  ///< beside it stands a request that nobody made
};

/// The decision for one request.
struct Reaction {
  Mode mode = Mode::Status;
  int status = 204;
  int delay_ms = 0;
  Plant plant = Plant::None;  ///< the request is answered as always
  std::string header;         ///< one extra header line without its end, for instance "Retry-After: 5"
};

/// The status the ledger records: what a correct client reads from the answer, 0 when it never is a complete, valid head.
int ledger_status(const Reaction& reaction);

/// The behaviour asked for per webhook, set while the receiver runs. Not thread-safe.
class Behaviours {
 public:
  /// Sets the behaviour of one webhook, or of all that have none with webhook "*". The text is
  ///   ok | status N | cycle LOW HIGH | reset | hang | slow MS | close | garbage | drip | huge-headers | huge-body |
  ///   surplus | flood | redirect URL | drop N | plant lost|twice|order|late|phantom N
  /// and then, in any order: retry-after=V, kind=live|replay (others get 204), times=N (then 204 again), status=N (for slow).
  /// `drop N` answers 204 to all and leaves the N-th matching request out of the ledger; it is `plant lost N`,
  /// and `plant` does other things to the N-th line. Returns "" or what is wrong.
  std::string set(const std::string& webhook, std::string_view text);
  /// The reaction to the next request of this webhook and kind; counts it.
  Reaction next(const std::string& webhook, std::string_view kind);

 private:
  struct Rule {
    Reaction reaction;
    std::string kind;
    std::uint64_t seen = 0;
    std::uint64_t times = 0;  ///< 0: no end
    Plant plant = Plant::None;
    std::uint64_t plant_at = 0;
    int cycle_low = 0;
    int cycle_high = 0;
  };
  std::unordered_map<std::string, Rule> rules_;
};

}  // namespace field
