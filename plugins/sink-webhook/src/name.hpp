#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "address.hpp"

namespace reprise::webhook {

/// What is known of one host name: its addresses, or why there are none, and when to ask again. One for each origin, so
/// that one slow name is no other's matter. Time is passed in; asks nobody itself. Belongs to the shard's thread.
///
/// Addresses are good for their time to live, and stale for an hour behind it: used while they are asked for again, so
/// that neither a refresh nor a silent name server costs a request anything. Failures are good for 1 s, then 2 s and so
/// on up to a minute; meanwhile nobody asks and nobody waits.
class Name {
 public:
  static constexpr std::size_t kMaxAddresses = 16;  // who answers with more is testing us

  explicit Name(std::string text) : text_(std::move(text)) {}
  /// A literal address: never asked for.
  explicit Name(const Address& literal);
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;

  const std::string& text() const { return text_; }
  /// Is it time for a question?
  bool wants_question(std::int64_t now_ns) const { return !is_being_asked_ && now_ns >= next_ns_; }
  /// Are there addresses to connect to?
  bool is_usable(std::int64_t now_ns) const { return !addresses_.empty() && now_ns < usable_until_ns_; }
  /// Without usable addresses: may a request wait for the answer? If not, problem() is the answer.
  bool is_worth_waiting(std::int64_t now_ns) const { return now_ns >= next_ns_; }

  /// A question is on its way; exactly one of found and failed follows.
  void ask() { is_being_asked_ = true; }
  void found(std::vector<Address> addresses, std::int64_t ttl_ns, std::int64_t now_ns);
  /// is_gone: the answer is that there is nothing, so that stale addresses end; otherwise nobody answered.
  void failed(std::string problem, bool is_gone, std::int64_t now_ns);
  /// Somebody has waited as long as a request may. The answer still counts when it comes.
  void give_up(std::int64_t now_ns);
  /// The address at this index took too long: the next connection begins behind it.
  void pass_over(std::size_t index);

  const std::vector<Address>& addresses() const { return addresses_; }
  const std::string& problem() const { return problem_; }

 private:
  void back_off(std::string problem, std::int64_t now_ns);

  const std::string text_;
  std::vector<Address> addresses_;
  std::string problem_;
  std::int64_t next_ns_ = INT64_MIN;  // no question before
  std::int64_t usable_until_ns_ = 0;
  std::uint32_t failures_ = 0;  // in a row
  bool is_being_asked_ = false;
};

}  // namespace reprise::webhook
