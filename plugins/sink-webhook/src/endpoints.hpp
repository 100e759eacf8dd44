#pragma once
#include <reprise/plugin.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "endpoint.hpp"

namespace reprise::webhook {

/// So many rows are looked up with one call.
inline constexpr std::size_t kLookupBatch = 64;

/// The endpoints an instance knows: the one of endpoint.url, or those of a table, parsed once per version of their
/// row. Keys that the table does not hold are never kept, so strangers' keys cost no memory. Belongs to the shard's thread.
class Endpoints {
 public:
  Endpoints(const reprise_host& host, const Config& config);

  /// With a table: the endpoint as this row describes it, null when there is no such row. With endpoint.url: that one.
  Endpoint* find(std::string_view key, const reprise_row* row);
  /// The one that is there for the key, null if there is none.
  Endpoint* peek(std::string_view key);
  /// Looks rows up again, each once a minute when it is called once a second: of those that are gone or others, nothing is kept
  /// but what is under way.
  void look_again(std::int64_t now_ns);
  /// Is there one that was made from a row?
  bool has_rows() const { return !by_key_.empty(); }
  /// After a request: one that is retired goes with its last.
  void drop_if_unused(const Endpoint& endpoint);
  /// Number of the table in the host's calls; 0 with endpoint.url.
  std::uint64_t table() const { return table_; }
  bool is_fixed() const { return fixed_ != nullptr; }
  /// The group of route: the same for a key, whatever its row says; 0 with endpoint.url, which is all that the sink has.
  std::uint64_t group_of(std::string_view key) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  Endpoint* make(std::string_view key, const reprise_row& row);
  void retire(std::unique_ptr<Endpoint> endpoint);

  const reprise_host& host_;
  const Config& config_;
  std::unique_ptr<Endpoint> fixed_;
  std::uint64_t table_ = 0;
  std::unordered_map<std::string, std::unique_ptr<Endpoint>, Hash, std::equal_to<>> by_key_;
  std::size_t bucket_ = 0;                          // of by_key_, that was looked at last
  std::int64_t looked_ns_ = 0;                      // when
  std::vector<std::unique_ptr<Endpoint>> retired_;  // their rows are gone or others, requests are under way
};

/// A 64-bit hash that is never 0.
std::uint64_t hash_of(std::string_view text);

}  // namespace reprise::webhook
