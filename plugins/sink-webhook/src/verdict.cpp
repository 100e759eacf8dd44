#include "verdict.hpp"

#include <algorithm>
#include <array>

namespace reprise::webhook {
namespace {

std::optional<std::int64_t> number(std::string_view text) {
  if (text.empty() || text.size() > 12) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::int64_t> month_of(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::find(kMonths.begin(), kMonths.end(), name);
  if (found == kMonths.end()) return std::nullopt;
  return found - kMonths.begin() + 1;
}

// Days since 1970-01-01 of a Gregorian date.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/// Seconds since 1970 of "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT" or "Sun Nov  6 08:49:37 1994".
std::optional<std::int64_t> parse_http_date(std::string_view text) {
  std::array<std::string_view, 8> words;
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" ,-:"), text.size());
    if (end > 0) {
      if (count == words.size()) return std::nullopt;
      words[count++] = text.substr(0, end);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const bool is_asctime = count == 7;
  if (!is_asctime && (count != 8 || words[7] != "GMT")) return std::nullopt;
  const auto month = month_of(words[is_asctime ? 1 : 2]);
  const auto day = number(words[is_asctime ? 2 : 1]);
  auto year = number(words[is_asctime ? 6 : 3]);
  const std::size_t clock = is_asctime ? 3 : 4;
  const auto hour = number(words[clock]);
  const auto minute = number(words[clock + 1]);
  const auto second = number(words[clock + 2]);
  if (!month || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (*year < 100) *year += *year < 70 ? 2000 : 1900;
  if (*year < 1970 || *year > 9999 || *day < 1 || *day > 31 || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  return days_from_civil(*year, *month, *day) * 86400 + *hour * 3600 + *minute * 60 + *second;
}

Verdict failed(reprise_status status, const char* kind, std::int32_t about = REPRISE_ABOUT_RECORD) {
  return {.status = status, .about = about, .kind = kind};
}

}  // namespace

Verdict judge(int http_status) {
  if (http_status >= 200 && http_status <= 299) return failed(REPRISE_OK, "");
  switch (http_status) {
    case 401:
    case 403:
    case 404:
      return failed(REPRISE_PERMANENT, "http.status", REPRISE_ABOUT_ENDPOINT);
    case 408:
    case 425:
      return failed(REPRISE_RETRIABLE, "http.status");
    case 410: {
      Verdict verdict = failed(REPRISE_PERMANENT, "http.gone", REPRISE_ABOUT_ENDPOINT);
      verdict.disables_endpoint = true;
      return verdict;
    }
    case 429:
    case 503: {
      Verdict verdict = failed(REPRISE_RETRIABLE, http_status == 429 ? "http.throttled" : "http.status");
      verdict.may_retry_after = true;
      return verdict;
    }
    case 501:
    case 505:
      return failed(REPRISE_PERMANENT, "http.status");
    default:
      break;
  }
  if (http_status >= 500 && http_status <= 599) return failed(REPRISE_RETRIABLE, "http.status");
  if (http_status >= 300 && http_status <= 399) return failed(REPRISE_PERMANENT, "http.redirect");
  return failed(REPRISE_PERMANENT, "http.status");
}

std::optional<std::int64_t> parse_retry_after(std::string_view text, std::int64_t wall_now_ms) {
  if (text.empty()) return std::nullopt;
  if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    const auto seconds = number(text);
    return seconds ? std::min(*seconds * 1000, kMaxRetryAfterMs) : kMaxRetryAfterMs;
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp<std::int64_t>(*date * 1000 - wall_now_ms, 0, kMaxRetryAfterMs);
}

}  // namespace reprise::webhook
