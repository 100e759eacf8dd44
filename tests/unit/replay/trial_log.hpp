#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace reprise::replay::trial {

/// The log that the tests of jobs read: one record a second, of three keys in turn. For the tests and for the plugin that has it.
inline constexpr std::int64_t kLogStartMs = 1'700'000'000'000 - 1'700'000'000'000 % 60'000;
inline constexpr std::int64_t kStepMs = 1000;

/// With the wish `slow` each reading of a stretch takes so long by the worker's clock; the file has a byte for each.
inline constexpr std::chrono::seconds kSlowReading{31};
inline constexpr const char* kSlowReadings = "readings";

inline std::string key_of(std::int64_t offset) { return "k" + std::to_string(offset % 3); }
inline std::string value_of(std::int64_t offset) { return std::to_string(offset); }

}  // namespace reprise::replay::trial
