#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace field {

/// The command line of a field program: `--name value`, and bare `--flag`. An unknown option, a missing value or a
/// number out of form ends the program with status 2 and one line, so a typo in a test never passes as a default.
class Args {
 public:
  Args(int argc, char** argv, const std::set<std::string>& valued, const std::set<std::string>& flags);

  [[nodiscard]] bool has(const std::string& name) const { return values_.contains(name); }
  /// The last value given for `name`, or `fallback`.
  [[nodiscard]] std::string text(const std::string& name, const std::string& fallback = "") const;
  /// As text(); an option that was not given ends the program.
  [[nodiscard]] std::string required(const std::string& name) const;
  [[nodiscard]] std::int64_t integer(const std::string& name, std::int64_t fallback) const;
  [[nodiscard]] double real(const std::string& name, double fallback) const;
  /// Unix milliseconds of an RFC 3339 time in UTC (`2026-01-31T10:00:00Z`), or of a plain number of milliseconds.
  [[nodiscard]] std::int64_t time_ms(const std::string& name, std::int64_t fallback) const;
  /// Every value of a repeated option, in order.
  [[nodiscard]] std::vector<std::string> all(const std::string& name) const;
  /// What stands without a leading `--`, in order.
  [[nodiscard]] const std::vector<std::string>& positional() const { return positional_; }

 private:
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> positional_;
};

/// Prints `<program>: <message>` to stderr and ends the program with `status`.
[[noreturn]] void die(int status, const std::string& message);

}  // namespace field
