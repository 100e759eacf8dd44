#pragma once
#include <string>

namespace reprise::contract {

/// `contract_plugins __crash FAULT create|deliver|stop` creates the fault's instance, and delivers one record to it or stops it.
inline constexpr const char* kCrashVerb = "__crash";
int crash_child(const char* fault, const char* call);

/// What became of such a child.
struct Crash {
  int signal = 0;  ///< 0: it ended by itself
  std::string error_output;
};
Crash run_crash_child(const std::string& fault, const std::string& call);

}  // namespace reprise::contract
