#include "host/cli/replay_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <vector>

#include "host/base/text.hpp"
#include "host/base/time_text.hpp"
#include "host/cli/answer_text.hpp"

namespace reprise::cli {
namespace {

using config::Value;

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
  if (member(job, "dry_run") == "true") text += " (dry run)";
  if (const std::string outcome = member(job, "outcome"); !outcome.empty()) text += " (" + outcome + ")";
  return text;
}

std::int64_t minute_ms(const Value& minute) {
  const auto time = parse_time(member(minute, "minute"), 0);
  return time ? *time : -1;
}

std::string place_of(const Value& entry) { return member(entry, "topic") + "-" + member(entry, "partition"); }

// Only what lacks something: who wants to see that nothing is missing reads the total.
void write_minutes(std::ostream& out, const Value& report, bool is_local) {
  const auto row = [&](std::string_view name, const Value& minute, const std::string& where) {
    out << std::left << std::setw(27) << name << std::right;
    for (const char* const column : {"log", "delivered", "duplicate", "filtered", "dead_lettered", "missing"}) {
      out << std::setw(14) << number(minute, column);
    }
    out << (where.empty() ? "" : "  ") << where << '\n';
  };
  out << "\n" << std::left << std::setw(27) << "minute" << std::right;
  for (const char* const column : {"in the log", "delivered", "duplicate", "filtered", "dead letters", "missing"})
    out << std::setw(14) << column;
  out << '\n';
  const Value& minutes = part(report, "minutes");
  std::size_t shown = 0;
  for (const Value& minute : minutes.items) {
    if (number(minute, "missing") == 0 && number(minute, "dead_lettered") == 0) continue;
    const std::int64_t ms = minute_ms(minute);
    row(ms < 0 ? "without a time" : time_text(ms, is_local), minute, place_of(minute));
    ++shown;
  }
  if (shown < minutes.items.size())
    out << "(" << minutes.items.size() - shown << (shown > 0 ? " more" : "")
        << " minutes without loss; --json has all)\n";
  row("total", part(report, "total"), {});
}

std::string rate_text(double rate) {
  if (rate >= 10) return with_thousands(static_cast<std::uint64_t>(rate));
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << rate;
  return out.str();
}

}  // namespace

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
  const double rate = std::max(0.0, real(progress, "records_per_second"));
  out << rate_text(rate) << " records/s  ";
  if (const std::int64_t eta = number(progress, "eta_ms"); eta >= 0 && rate > 0)
    out << duration_text((eta + 999) / 1000) << " left  ";
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
  Table table;
  table.add({"JOB", "STATE", "KEY", "FROM", "TO", "DELIVERED", "CONNECTOR"});
  for (const Value& job : jobs.items) {
    const bool is_dry_run = member(job, "dry_run") == "true";
    table.add({member(job, "id"), state_text(job), member(job, "key"), time_text(number(job, "from_ms"), is_local),
               time_text(number(job, "to_ms"), is_local),
               is_dry_run ? "-" : count(part(part(job, "progress"), "counters"), "delivered"),
               member(job, "connector")});
  }
  return table.text();
}

std::string job_text(const Value& job, bool is_local) {
  std::ostringstream out;
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out << std::left << std::setw(14) << name << value << '\n';
  };
  const bool is_dry_run = member(job, "dry_run") == "true";
  line("job", member(job, "id") + (is_dry_run ? " (dry run: nothing was sent)" : ""));
  line("connector", member(job, "connector"));
  line("asked by", member(job, "asker"));
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
  for (const Value& each : part(report, "looked").items) {
    line("looked", place_of(each) + ", offsets " + count(each, "from") + " to " + count(each, "to") + ": " +
                       (member(each, "log_end") == "true" ? "the log's end" : "65,536 in a row lie beyond the range"));
  }
  for (const Value& reason : part(report, "reasons").items) line("incomplete", reason.text);
  write_minutes(out, report, is_local);
  return out.str();
}

}  // namespace reprise::cli
