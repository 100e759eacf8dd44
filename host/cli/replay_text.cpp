#include "host/cli/replay_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"

namespace reprise::cli {
namespace {

using config::Value;
constexpr std::size_t kMinutesShown = 60;  // the JSON has all

double real(const Value& object, std::string_view name) {
  const std::string text = member(object, name);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

const Value& part(const Value& object, std::string_view name) {
  static const Value kNone;
  const Value* const found = object.find(name);
  return found == nullptr ? kNone : *found;
}

std::string count(const Value& object, std::string_view name) {
  return with_thousands(static_cast<std::uint64_t>(std::max<std::int64_t>(0, number(object, name))));
}

std::string time_text(std::int64_t ms, bool is_local) { return is_local ? format_local_time(ms) : format_time(ms); }

std::string state_text(const Value& job) {
  std::string text = member(job, "state");
  if (member(job, "paused") == "true") text += " (paused)";
  if (member(job, "cancel_requested") == "true" && text != "CANCELLED") text += " (being cancelled)";
  if (const std::string outcome = member(job, "outcome"); !outcome.empty()) text += " (" + outcome + ")";
  return text;
}

std::int64_t minute_ms(const Value& minute) {
  const auto time = parse_time(member(minute, "minute"), 0);
  return time ? *time : -1;
}

void write_minutes(std::ostream& out, const Value& report, bool is_local) {
  const auto row = [&](std::string_view name, const Value& minute) {
    out << std::left << std::setw(27) << name << std::right;
    for (const char* const column : {"log", "delivered", "duplicate", "filtered", "dead_lettered", "missing"}) {
      out << std::setw(14) << number(minute, column);
    }
    out << '\n';
  };
  out << "\n" << std::left << std::setw(27) << "minute" << std::right;
  for (const char* const column : {"in the log", "delivered", "duplicate", "filtered", "dead letters", "missing"})
    out << std::setw(14) << column;
  out << '\n';
  const Value& minutes = part(report, "minutes");
  std::size_t shown = 0;
  for (const Value& minute : minutes.items) {
    const bool is_odd = number(minute, "missing") != 0 || number(minute, "dead_lettered") != 0;
    if (shown >= kMinutesShown && !is_odd) continue;
    const std::int64_t ms = minute_ms(minute);
    row(ms < 0 ? "without a time" : time_text(ms, is_local), minute);
    ++shown;
  }
  if (shown < minutes.items.size())
    out << "(" << minutes.items.size() - shown << " more minutes without loss; --json has all)\n";
  row("total", part(report, "total"));
}

}  // namespace

std::string member(const Value& object, std::string_view name) {
  const Value* const found = object.find(name);
  return found == nullptr ? std::string() : found->text;
}

std::int64_t number(const Value& object, std::string_view name) {
  const std::string text = member(object, name);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string progress_line(const Value& job) {
  const Value& progress = part(job, "progress");
  const Value& counters = part(progress, "counters");
  std::ostringstream out;
  if (member(progress, "verifying") == "true") {
    out << "delivered " << count(counters, "delivered") << ", reading the log again for the proof";
    return out.str();
  }
  out << static_cast<int>(std::floor(100 * real(progress, "share"))) << "%  " << count(counters, "delivered")
      << (member(job, "dry_run") == "true" ? " to deliver  " : " delivered  ");
  const auto rate = static_cast<std::uint64_t>(std::max(0.0, real(progress, "records_per_second")));
  if (rate > 0) out << with_thousands(rate) << " records/s  ";
  if (const std::int64_t eta = number(progress, "eta_ms"); eta >= 0 && rate > 0) out << (eta + 999) / 1000 << " s left";
  if (number(counters, "retries") > 0) out << count(counters, "retries") << " retries  ";
  if (member(progress, "running") != "true") out << state_text(job);
  if (const std::string error = member(job, "error"); !error.empty()) out << "  " << error;
  if (const std::string waits = member(progress, "waits"); !waits.empty()) out << "  waits: " << waits;
  return out.str();
}

std::string progress_bar(const Value& job, int width) {
  const int full = std::clamp(static_cast<int>(real(part(job, "progress"), "share") * width), 0, width);
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(width - full), '.') + "] " + progress_line(job);
}

std::string job_table(const Value& jobs, bool is_local) {
  if (jobs.items.empty()) return "no jobs\n";
  std::ostringstream out;
  const int time_width = is_local ? 31 : 26;
  out << std::left << std::setw(28) << "JOB" << std::setw(24) << "STATE" << std::setw(16) << "KEY"
      << std::setw(time_width) << "FROM" << std::setw(time_width) << "TO" << std::right << std::setw(12) << "DELIVERED"
      << "  CONNECTOR\n";
  for (const Value& job : jobs.items) {
    out << std::left << std::setw(28) << member(job, "id") << std::setw(24) << state_text(job) << std::setw(16)
        << member(job, "key") << std::setw(time_width) << time_text(number(job, "from_ms"), is_local)
        << std::setw(time_width) << time_text(number(job, "to_ms"), is_local) << std::right << std::setw(12)
        << count(part(part(job, "progress"), "counters"), "delivered") << "  " << member(job, "connector") << '\n';
  }
  return out.str();
}

std::string job_text(const Value& job, bool is_local) {
  std::ostringstream out;
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out << std::left << std::setw(14) << name << value << '\n';
  };
  const bool is_dry_run = member(job, "dry_run") == "true";
  line("job", member(job, "id") + (is_dry_run ? " (dry run: nothing was sent)" : ""));
  line("connector", member(job, "connector"));
  line("key", member(job, "key"));
  line("range", time_text(number(job, "from_ms"), is_local) + " to " + time_text(number(job, "to_ms"), is_local));
  line("state", state_text(job));
  line("reason", member(job, "error"));
  line("waits", member(part(job, "progress"), "waits"));
  for (const Value& warning : part(job, "warnings").items) line("warning", warning.text);
  const Value& counters = part(part(job, "progress"), "counters");
  line("read", count(counters, "read") + ", of them selected " + count(counters, "selected"));
  line(is_dry_run ? "to deliver" : "delivered",
       count(counters, "delivered") + " (" + count(counters, "delivered_bytes") + " bytes)");
  line("duplicates", count(counters, "duplicate"));
  line("filtered", count(counters, "filtered"));
  line("dead letters", count(counters, "dead_lettered"));
  line("expired", count(counters, "expired"));
  line("retries", count(counters, "retries"));
  const Value& report = part(job, "report");
  if (report.kind != Value::Kind::Map) return out.str();
  std::ostringstream seconds;
  seconds << std::fixed << std::setprecision(1) << static_cast<double>(number(report, "duration_ms")) / 1000 << " s";
  line("duration", seconds.str());
  line("missing", count(report, "missing"));
  for (const Value& reason : part(report, "reasons").items) line("incomplete", reason.text);
  write_minutes(out, report, is_local);
  return out.str();
}

}  // namespace reprise::cli
