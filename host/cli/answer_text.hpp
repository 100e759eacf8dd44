#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/value.hpp"

namespace reprise::cli {

/// A member of a worker's answer, as a terminal can show it: keys and reasons are the text of strangers. Empty if it is not there.
std::string member(const config::Value& object, std::string_view name);
/// The same as a number; 0 if it is not there.
std::int64_t number(const config::Value& object, std::string_view name);
double real(const config::Value& object, std::string_view name);

/// "12 s", "3 min 5 s", "5 h 0 min"
std::string duration_text(std::int64_t seconds);

/// Cells under headings, each column as wide as its widest cell.
class Table {
 public:
  void add(std::vector<std::string> cells);
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace reprise::cli
