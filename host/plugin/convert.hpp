#pragma once
#include <reprise/plugin.h>

#include <span>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"
#include "host/config/options.hpp"

namespace reprise::plugin {

inline std::string_view to_view(reprise_text text) { return {text.data, text.size}; }
inline std::string_view to_view(reprise_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }
inline reprise_text to_text(std::string_view text) { return {text.data(), text.size()}; }
/// Empty, not Kafka's null, for an empty view.
inline reprise_bytes to_bytes(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data() != nullptr ? bytes.data() : ""), bytes.size()};
}

/// A status that came over the boundary; numbers that are none are Fatal.
Status to_status(reprise_status status);
/// A plugin's failure. Texts are cut at their storage, control characters replaced: they come from foreign code.
Error to_error(reprise_status status, const reprise_error& error);
/// The message alone, up to its NUL or the end of its storage.
std::string_view message_of(const reprise_error& error);
void write_message(std::string_view message, reprise_error* to);
/// Into the storage of the boundary, cut to fit.
void write_error(const Error& from, reprise_error* to);

/// Options in the form of the boundary. Borrows what it was made from.
class OptionArray {
 public:
  explicit OptionArray(std::span<const config::Option> options);
  const reprise_option* data() const { return options_.data(); }
  std::size_t size() const { return options_.size(); }

 private:
  std::vector<reprise_option> options_;
};

}  // namespace reprise::plugin
