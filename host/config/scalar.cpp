#include "host/config/scalar.hpp"

#include <reprise/url.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "host/base/text.hpp"
#include "host/base/units.hpp"

namespace reprise::config {
namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string range(const OptionSpec& spec) {
  if (spec.min && spec.max) return " from " + spec.min->text + " to " + spec.max->text;
  if (spec.min) return ", at least " + spec.min->text;
  if (spec.max) return ", at most " + spec.max->text;
  return "";
}

// An integer in the option's unit; empty: not of the type.
std::optional<std::int64_t> parse_integral(OptionType type, std::string_view text, bool is_text) {
  if (type == OptionType::Int) return !is_text && is_integer(text) ? parse_number<std::int64_t>(text) : std::nullopt;
  if (type == OptionType::Duration) {
    const auto duration = parse_duration(text);
    return duration ? std::optional(duration->count()) : std::nullopt;
  }
  if (is_text && is_integer(text)) return std::nullopt;  // a quoted number is a text; "64MiB" can be nothing else
  const auto size = parse_size(text);
  if (!size || *size > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(*size);
}

bool within(const OptionSpec& spec, std::int64_t value) {
  return (!spec.min || value >= spec.min->integer) && (!spec.max || value <= spec.max->integer);
}

bool within(const OptionSpec& spec, double value) {
  return (!spec.min || value >= spec.min->real) && (!spec.max || value <= spec.max->real);
}

// How many bytes the text stands for; empty: it is not base64 in its one spelling (RFC 4648, 4 and 3.5: padded, the bits
// behind the last byte 0).
std::optional<std::int64_t> base64_size(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto digits = std::min(text.find('='), text.size());
  const auto padding = text.size() - digits;
  if (text.size() % 4 != 0 || padding > 2 || (padding == 2 && text.back() != '=')) return std::nullopt;
  if (text.substr(0, digits).find_first_not_of(kAlphabet) != std::string_view::npos) return std::nullopt;
  const auto last_unused = padding == 0 ? 0u : (1u << (2 * padding)) - 1;
  if (padding > 0 && (kAlphabet.find(text[digits - 1]) & last_unused) != 0) return std::nullopt;
  return static_cast<std::int64_t>(digits * 3 / 4);
}

// Why text is no URL that spec takes; empty: it is one.
std::string judge_url(const OptionSpec& spec, std::string_view text) {
  Url url;
  if (auto why = parse_url(text, url); !why.empty() || url.is_tls || spec.allows_http) return why;
  return "it must begin with https://" +
         (spec.http_option.empty() ? "" : " (" + spec.http_option + ": true allows http://)");
}

// What Kafka itself takes.
bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= 249 && text != "." && text != ".." &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
             std::string_view::npos;
}

}  // namespace

bool is_container(OptionType type) {
  return type == OptionType::Object || type == OptionType::List || type == OptionType::Map;
}

bool is_integer(std::string_view text) {
  if (text.substr(0, 1) == "-") text.remove_prefix(1);
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_json_number(std::string_view text) {
  const auto digits = [&] {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto found = text.substr(0, end);
    text.remove_prefix(end);
    return found;
  };
  if (text.substr(0, 1) == "-") text.remove_prefix(1);
  const auto whole = digits();
  if (whole.empty() || (whole.size() > 1 && whole[0] == '0')) return false;
  if (text.substr(0, 1) == ".") {
    text.remove_prefix(1);
    if (digits().empty()) return false;
  }
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
    if (digits().empty()) return false;
  }
  return text.empty();
}

std::string expected(const OptionSpec& spec) {
  switch (spec.type) {
    case OptionType::Bool:
      return "true or false";
    case OptionType::Int:
      return "an integer" + range(spec);
    case OptionType::Float:
      return "a number" + range(spec);
    case OptionType::Duration:
      return "a duration such as 10s or 5m" + range(spec);
    case OptionType::Size:
      return "a size such as 512KiB or 64MiB" + range(spec);
    case OptionType::List:
      return "a list";
    case OptionType::Object:
    case OptionType::Map:
      return "a mapping";
    case OptionType::Plugin:
      return "a mapping with plugin: and its options";
    case OptionType::Enum: {
      std::string text = "one of ";
      for (const auto& value : spec.values) text += (&value == &spec.values.front() ? "" : ", ") + value;
      return spec.values.size() == 1 ? spec.values.front() : text;
    }
    case OptionType::Url:
      return "a URL";
    case OptionType::Base64: {
      const std::string size = spec.min && spec.max ? " of " + spec.min->text + " to " + spec.max->text + " bytes"
                               : spec.min           ? " of at least " + spec.min->text + " bytes"
                               : spec.max           ? " of at most " + spec.max->text + " bytes"
                                                    : "";
      return (spec.prefix.empty() ? "" : spec.prefix + " and ") + "base64" + size;
    }
    case OptionType::Topic:
      return "a topic's name, up to 249 of a-z, A-Z, 0-9, ., _ and -";
    case OptionType::Pem:
      return "a PEM file that can be read, or its text";
    case OptionType::String:
    case OptionType::Table:
    case OptionType::Cluster:
      break;
  }
  return "a text";
}

Result<std::string> canonical(const OptionSpec& spec, std::string_view text, bool is_text) {
  const auto refused = [&](std::string_view more = "") {
    return permanent("config.value", "expected " + expected(spec) + std::string(more));
  };
  switch (spec.type) {
    case OptionType::Bool:
      if (is_text || (text != "true" && text != "false")) return refused();
      return std::string(text);
    case OptionType::Int:
    case OptionType::Duration:
    case OptionType::Size: {
      const auto value = parse_integral(spec.type, text, is_text);
      if (!value || !within(spec, *value)) return refused();
      return std::to_string(*value);
    }
    case OptionType::Float: {
      const auto value = !is_text && is_json_number(text) ? parse_number<double>(text) : std::nullopt;
      if (!value || !std::isfinite(*value) || !within(spec, *value)) return refused();
      return std::string(text);
    }
    case OptionType::Enum: {
      if (std::find(spec.values.begin(), spec.values.end(), text) != spec.values.end()) return std::string(text);
      const std::vector<std::string_view> known(spec.values.begin(), spec.values.end());
      const auto near = nearest(text, known);
      return near.empty() ? refused() : refused(" (did you mean " + quoted(near) + "?)");
    }
    case OptionType::Url: {
      const std::string why = judge_url(spec, text);
      if (!why.empty()) return refused(", but " + why);
      return std::string(text);
    }
    case OptionType::Base64: {
      if (!text.starts_with(spec.prefix)) return refused();
      const auto size = base64_size(text.substr(spec.prefix.size()));
      if (!size || !within(spec, *size)) return refused();
      return std::string(text);
    }
    case OptionType::Topic:
      if (!is_topic(text)) return refused();
      return std::string(text);
    default:
      return std::string(text);
  }
}

}  // namespace reprise::config
