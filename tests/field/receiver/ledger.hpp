#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "behaviour.hpp"
#include "request.hpp"

namespace field {

/// The ledger file, one tab-separated line a request:
///   wall_ms mono_ms webhook event_id sha256 message_id attempt kind job epoch signature status
/// Lines are collected and reach the file with one write() at flush(), which the server calls before it sends any of the
/// answers: an answer that a sender has seen is in the ledger, also when the receiver is killed. Not thread-safe.
class Ledger {
 public:
  Ledger() = default;
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Appends to `path`. False when it cannot be opened.
  bool open(const std::string& path);
  void append(const std::string& webhook, const Request& request, const char* signature, int status,
              Plant plant = Plant::None);
  /// Writes down what was held back as late, with the time of now.
  void release_late(const std::string& webhook);
  /// Ends the program when the file cannot be written: a receiver that goes on without its ledger proves nothing.
  void flush();

 private:
  void add_line(const std::string& rest);

  int file_ = -1;
  std::string lines_;
  // Without their times, by webhook.
  std::unordered_map<std::string, std::string> behind_next_;
  std::unordered_map<std::string, std::string> late_;
};

/// What the receiver has seen, for GET /control/stats.
class Stats {
 public:
  void count(const std::string& webhook, std::string_view kind, const char* signature, int status, bool in_ledger);
  /// Counts a request of a bench: no webhook, no kind.
  void count_plain() { ++requests_; }
  /// `waiting`: requests that have arrived and whose answer is due later.
  [[nodiscard]] std::string json(std::size_t waiting) const;
  [[nodiscard]] std::string json(const std::string& webhook) const;

 private:
  struct PerWebhook {
    std::uint64_t requests = 0;
    std::uint64_t delivered = 0;
  };
  std::uint64_t requests_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t live_ = 0;
  std::uint64_t replay_ = 0;
  std::uint64_t bad_signatures_ = 0;
  std::uint64_t dropped_ = 0;
  std::map<int, std::uint64_t> by_status_;
  std::unordered_map<std::string, PerWebhook> by_webhook_;
};

}  // namespace field
