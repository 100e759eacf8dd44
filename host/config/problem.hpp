#pragma once
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::config {

/// A place in a file. line and column count from 1, the column in characters; 0: unknown (a whole file, a request's body).
struct Location {
  std::string file = {};
  int line = 0;
  int column = 0;

  friend bool operator==(const Location&, const Location&) = default;
};

/// "reprise.yaml:14:7", or as much of it as is known.
std::string format(const Location& where);

/// One thing that is wrong.
struct Problem {
  Location where;
  std::string path;     ///< "connectors.orders.sink.url"; empty: the file as a whole
  std::string message;  ///< one line, names the value and the way out, never a secret
};

/// "reprise.yaml:14:7: connectors.orders.sink: unknown option ..."
std::string format(const Problem& problem);

/// The configuration cannot be used. what() is the first problems, one a line, and how many more there are. Never empty.
class ConfigError : public std::exception {
 public:
  /// more: so many were found besides these. REQUIRES: problems is not empty.
  explicit ConfigError(std::vector<Problem> problems, std::size_t more = 0);

  const std::vector<Problem>& problems() const { return problems_; }
  /// Of all problems, those that nobody kept among them.
  std::size_t count() const { return problems_.size() + more_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::vector<Problem> problems_;
  std::size_t more_;
  std::string text_;
};

/// Collects problems, so that a person sees all of them at once. Of a file with a million wrong rows it keeps the first thousand
/// and counts the rest. Not thread-safe.
class Problems {
 public:
  void add(Location where, std::string path, std::string message);
  void add(Problem problem) { add(std::move(problem.where), std::move(problem.path), std::move(problem.message)); }
  void add(const ConfigError& error);
  bool empty() const { return problems_.empty(); }
  /// Of all that were added, kept or not.
  std::size_t size() const { return problems_.size() + more_; }
  /// Throws ConfigError if there are any, sorted by file, line and column.
  void throw_if_any();

 private:
  std::vector<Problem> problems_;
  std::size_t more_ = 0;
};

}  // namespace reprise::config
