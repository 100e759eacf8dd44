#include "host/base/time_text.hpp"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>

#include "host/base/text.hpp"
#include "host/base/units.hpp"

namespace reprise {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

// Reads a text from the left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  /// Exactly count decimal digits.
  std::optional<int> number(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return std::nullopt;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool take(std::string_view one_of) {
    if (rest_.empty() || one_of.find(rest_[0]) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Milliseconds of a fraction's digits; further ones are cut off. Empty without any digit.
  std::optional<int> fraction() {
    std::size_t count = 0;
    int ms = 0, weight = 100;
    for (; count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count, weight /= 10)
      ms += (rest_[count] - '0') * weight;
    rest_.remove_prefix(count);
    if (count == 0) return std::nullopt;
    return ms;
  }
  char next() const { return rest_.empty() ? '\0' : rest_[0]; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

Error bad_time(std::string_view text, std::string_view why) {
  return permanent("time.invalid", "time " + quoted(text, 64) + " " + std::string(why));
}

constexpr std::string_view kForms =
    "is not a time; write it as 2026-11-20T10:00:00Z, 2026-11-20T11:00:00+01:00 or now-2h";

Result<std::int64_t> parse_relative(std::string_view text, std::int64_t now_ms) {
  const auto rest = text.substr(3);
  if (rest.empty()) return now_ms;
  if (rest[0] != '-') return bad_time(text, "is relative, but not of the form now-2h");
  const auto duration = parse_duration(rest.substr(1));
  if (!duration) return bad_time(text, "has no duration such as 90s, 15m, 2h or 5d after now-");
  if (duration->count() > now_ms) return bad_time(text, "lies before 1970");
  return now_ms - duration->count();
}

std::string format(std::int64_t ms, std::string_view zone) {
  using namespace std::chrono;
  const std::int64_t day = ms / kDayMs - (ms % kDayMs < 0 ? 1 : 0);
  const year_month_day date{sys_days{days{day}}};
  const auto in_day = static_cast<int>(ms - day * kDayMs);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), in_day / 3'600'000,
                in_day / 60'000 % 60, in_day / 1'000 % 60);
  std::string text = buffer;
  if (in_day % 1'000 != 0) {
    std::snprintf(buffer, sizeof buffer, ".%03d", in_day % 1'000);
    text += buffer;
  }
  return text.append(zone);
}

}  // namespace

Result<std::int64_t> parse_time(std::string_view text, std::int64_t now_ms) {
  using namespace std::chrono;
  if (text.substr(0, 3) == "now") return parse_relative(text, now_ms);

  Cursor in(text);
  const auto year_number = in.number(4);
  if (!year_number || !in.take("-")) return bad_time(text, kForms);
  const auto month_number = in.number(2);
  if (!month_number || !in.take("-")) return bad_time(text, kForms);
  const auto day_number = in.number(2);
  if (!day_number) return bad_time(text, kForms);
  if (in.at_end())
    return bad_time(text, "has a date only; write the time and the zone as well, such as 2026-11-20T10:00:00Z");
  if (!in.take("Tt ")) return bad_time(text, kForms);
  const auto hour = in.number(2);
  if (!hour || !in.take(":")) return bad_time(text, kForms);
  const auto minute = in.number(2);
  if (!minute) return bad_time(text, kForms);
  if (!in.take(":")) return bad_time(text, "has no seconds; write it as 2026-11-20T10:00:00Z");
  const auto second = in.number(2);
  if (!second) return bad_time(text, kForms);
  int ms = 0;
  if (in.take(".")) {
    const auto fraction = in.fraction();
    if (!fraction) return bad_time(text, "has a point without digits after its seconds");
    ms = *fraction;
  }

  const year_month_day date{year{*year_number}, month{static_cast<unsigned>(*month_number)},
                            day{static_cast<unsigned>(*day_number)}};
  if (!date.ok()) return bad_time(text, "names a day that does not exist");
  if (*hour > 23 || *minute > 59 || *second > 59)
    return bad_time(text, "has an hour above 23, or a minute or second above 59");

  if (in.at_end()) return bad_time(text, "has no zone; append Z for UTC or an offset such as +01:00");
  std::int64_t offset_ms = 0;
  if (!in.take("Zz")) {
    const std::int64_t sign = in.next() == '-' ? -1 : 1;
    if (!in.take("+-")) return bad_time(text, kForms);
    const auto zone_hour = in.number(2);
    if (!zone_hour || !in.take(":")) return bad_time(text, "has a zone that is not of the form +01:00");
    const auto zone_minute = in.number(2);
    if (!zone_minute || *zone_hour > 23 || *zone_minute > 59)
      return bad_time(text, "has a zone that is not of the form +01:00");
    offset_ms = sign * (*zone_hour * 3'600'000ll + *zone_minute * 60'000ll);
  }
  if (!in.at_end()) return bad_time(text, kForms);

  const std::int64_t wall_ms = sys_days{date}.time_since_epoch().count() * kDayMs + *hour * 3'600'000ll +
                               *minute * 60'000ll + *second * 1'000ll + ms - offset_ms;
  if (wall_ms < 0) return bad_time(text, "lies before 1970");
  return wall_ms;
}

std::string format_time(std::int64_t wall_ms) { return format(wall_ms, "Z"); }

std::string format_local_time(std::int64_t wall_ms) {
  const std::time_t seconds = static_cast<std::time_t>(wall_ms / 1'000);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return format_time(wall_ms);
  const long offset_minutes = local.tm_gmtoff / 60;
  const long shown = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  char zone[16];
  std::snprintf(zone, sizeof zone, "%c%02ld:%02ld", offset_minutes < 0 ? '-' : '+', shown / 60 % 100, shown % 60);
  return format(wall_ms + offset_minutes * 60'000, zone);
}

}  // namespace reprise
