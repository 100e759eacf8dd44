#include "host/base/units.hpp"

#include <array>
#include <charconv>

namespace reprise {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kDurations{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 9> kSizes{{{"TiB", 1ull << 40},
                                      {"TB", 1'000'000'000'000},
                                      {"GiB", 1ull << 30},
                                      {"GB", 1'000'000'000},
                                      {"MiB", 1ull << 20},
                                      {"MB", 1'000'000},
                                      {"KiB", 1ull << 10},
                                      {"kB", 1'000},
                                      {"", 1}}};

// Decimal digits without a leading zero, then one of the units; the product must stay below limit.
template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<Unit, N>& units, std::uint64_t limit) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (digits > 1 && text[0] == '0') return std::nullopt;
  for (const auto& unit : units) {
    if (text.substr(digits) != unit.name) continue;
    if (number > limit / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto ms = parse(text, kDurations, INT64_MAX);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*ms));
}

std::optional<std::uint64_t> parse_size(std::string_view text) { return parse(text, kSizes, UINT64_MAX); }

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  if (duration.count() < 0) return std::to_string(duration.count()) + "ms";
  const auto ms = static_cast<std::uint64_t>(duration.count());
  for (const auto& unit : kDurations) {
    if (ms % unit.factor == 0) return std::to_string(ms / unit.factor).append(unit.name);
  }
  return {};
}

std::string format_size(std::uint64_t bytes) {
  const Unit* best = &kSizes.back();
  for (const auto& unit : kSizes) {
    if (bytes != 0 && bytes % unit.factor == 0 && unit.factor > best->factor) best = &unit;
  }
  return std::to_string(bytes / best->factor).append(best->name);
}

}  // namespace reprise
