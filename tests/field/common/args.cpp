#include "args.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace field {
namespace {

std::string program_name = "field";

std::int64_t parse_time(const std::string& name, const std::string& value) {
  char* end = nullptr;
  errno = 0;
  const long long plain = std::strtoll(value.c_str(), &end, 10);
  if (errno == 0 && end != value.c_str() && *end == '\0') return plain;
  std::tm utc{};
  const char* rest = strptime(value.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (rest == nullptr || std::string(rest) != "Z") {
    die(2, "--" + name + " \"" + value + "\" is not a UTC time such as 2026-01-31T10:00:00Z");
  }
  return static_cast<std::int64_t>(timegm(&utc)) * 1000;
}

}  // namespace

void die(int status, const std::string& message) {
  std::fprintf(stderr, "%s: %s\n", program_name.c_str(), message.c_str());
  std::exit(status);
}

Args::Args(int argc, char** argv, const std::set<std::string>& valued, const std::set<std::string>& flags) {
  if (argc > 0) {
    program_name = argv[0];
    program_name.erase(0, program_name.rfind('/') + 1);
  }
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word.rfind("--", 0) != 0) {
      positional_.push_back(word);
      continue;
    }
    const std::string name = word.substr(2);
    if (flags.contains(name)) {
      values_[name].push_back("1");
    } else if (valued.contains(name)) {
      if (i + 1 >= argc) die(2, word + " needs a value");
      values_[name].push_back(argv[++i]);
    } else {
      die(2, "unknown option " + word);
    }
  }
}

std::string Args::text(const std::string& name, const std::string& fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : found->second.back();
}

std::string Args::required(const std::string& name) const {
  if (!has(name)) die(2, "--" + name + " is required");
  return text(name);
}

std::int64_t Args::integer(const std::string& name, std::int64_t fallback) const {
  if (!has(name)) return fallback;
  const std::string value = text(name);
  char* end = nullptr;
  errno = 0;
  const long long number = std::strtoll(value.c_str(), &end, 10);
  if (errno != 0 || end == value.c_str() || *end != '\0')
    die(2, "--" + name + " \"" + value + "\" is not a whole number");
  return number;
}

double Args::real(const std::string& name, double fallback) const {
  if (!has(name)) return fallback;
  const std::string value = text(name);
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (end == value.c_str() || *end != '\0') die(2, "--" + name + " \"" + value + "\" is not a number");
  return number;
}

std::int64_t Args::time_ms(const std::string& name, std::int64_t fallback) const {
  return has(name) ? parse_time(name, text(name)) : fallback;
}

std::vector<std::string> Args::all(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

}  // namespace field
