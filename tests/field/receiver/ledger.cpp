#include "ledger.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "../common/args.hpp"
#include "../common/digest.hpp"
#include "../common/event_id.hpp"

namespace field {
namespace {

template <typename TimeSource>
std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(TimeSource::now().time_since_epoch()).count();
}

/// A field comes from strangers: it must not be able to break a line or a column.
void append_field(std::string& line, std::string_view text) {
  line.push_back('\t');
  if (text.empty()) line.push_back('-');
  for (const char c : text.substr(0, 256)) line.push_back(c > ' ' && c < 0x7f ? c : '_');
}

}  // namespace

Ledger::~Ledger() {
  if (file_ >= 0) ::close(file_);
}

bool Ledger::open(const std::string& path) {
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  return file_ >= 0;
}

void Ledger::append(const std::string& webhook, const Request& request, const char* signature, int status,
                    Plant plant) {
  const auto line_of = [&](std::string_view body) {
    std::string line;
    append_field(line, webhook);
    append_field(line, event_id_of(request.body));
    append_field(line, hex(sha256(body)));
    append_field(line, request.message_id);
    append_field(line, request.attempt);
    append_field(line, request.kind);
    append_field(line, request.job_id);
    append_field(line, request.epoch);
    append_field(line, signature);
    append_field(line, std::to_string(status));
    return line;
  };
  const std::string line = line_of(request.body);
  if (plant == Plant::Order) {
    behind_next_[webhook] = line;
    return;
  }
  if (plant == Plant::Late) late_[webhook] = line;
  if (plant != Plant::Lost && plant != Plant::Late) add_line(line);
  if (plant == Plant::Twice) add_line(line);
  if (plant == Plant::Phantom) add_line(line_of("nobody sent this"));
  if (const auto held = behind_next_.extract(webhook)) add_line(held.mapped());
}

void Ledger::release_late(const std::string& webhook) {
  if (const auto held = late_.extract(webhook)) add_line(held.mapped());
}

void Ledger::add_line(const std::string& rest) {
  lines_.append(std::to_string(now_ms<std::chrono::system_clock>())).append("\t");
  lines_.append(std::to_string(now_ms<std::chrono::steady_clock>())).append(rest).append("\n");
}

void Ledger::flush() {
  std::string_view left = lines_;
  while (!left.empty()) {
    const auto written = ::write(file_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) die(1, std::string("cannot write the ledger: ") + std::strerror(errno));
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  lines_.clear();
}

void Stats::count(const std::string& webhook, std::string_view kind, const char* signature, int status,
                  bool in_ledger) {
  const bool delivered = status >= 200 && status < 300;
  ++requests_;
  if (delivered) ++delivered_;
  if (kind == "live") ++live_;
  if (kind == "replay") ++replay_;
  if (std::strcmp(signature, "bad") == 0) ++bad_signatures_;
  if (!in_ledger) ++dropped_;
  ++by_status_[status];
  auto& own = by_webhook_[webhook];
  ++own.requests;
  if (delivered) ++own.delivered;
}

std::string Stats::json(std::size_t waiting) const {
  std::string statuses;
  for (const auto& [status, count] : by_status_) {
    if (!statuses.empty()) statuses += ',';
    statuses += '"' + std::to_string(status) + "\":" + std::to_string(count);
  }
  return "{\"requests\":" + std::to_string(requests_) + ",\"delivered\":" + std::to_string(delivered_) +
         ",\"live\":" + std::to_string(live_) + ",\"replay\":" + std::to_string(replay_) +
         ",\"bad_signatures\":" + std::to_string(bad_signatures_) + ",\"dropped\":" + std::to_string(dropped_) +
         ",\"waiting\":" + std::to_string(waiting) + ",\"webhooks\":" + std::to_string(by_webhook_.size()) +
         ",\"by_status\":{" + statuses + "}}\n";
}

std::string Stats::json(const std::string& webhook) const {
  const auto found = by_webhook_.find(webhook);
  const PerWebhook own = found == by_webhook_.end() ? PerWebhook{} : found->second;
  return "{\"requests\":" + std::to_string(own.requests) + ",\"delivered\":" + std::to_string(own.delivered) + "}\n";
}

}  // namespace field
