#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/config/options.hpp"

namespace reprise::config {

/// Covers the values of options that must not be shown, in texts that others wrote: a plugin's messages, a library's. Who
/// writes a message of our own uses shown() instead and needs none of this. A value; const functions from any thread.
///
/// It finds a value also where the text escaped it, took its line ends away or cut it, and each longer line of a value with several
/// lines, such as a key. It does not find what was encoded otherwise. Values of fewer than four bytes are left: they are no
/// secrets, and would cover half of every message.
class Mask {
 public:
  Mask() = default;
  explicit Mask(std::span<const Option> options) { add(options); }
  /// Covers the values of these as well.
  void add(std::span<const Option> options);

  bool empty() const { return secrets_.empty(); }
  /// text with kMask in the place of each value.
  std::string cover(std::string_view text) const;

 private:
  void add_value(std::string_view value, std::size_t min_bytes);

  std::vector<std::string> secrets_;  // skeletons: without what escaping changes
};

}  // namespace reprise::config
