#include "tests/documents/option_tables.hpp"

#include <chrono>

#include "host/base/units.hpp"

namespace reprise::documents {
namespace {

using config::OptionSpec;
using config::OptionType;

// As a person writes it: "5d", not 432000000.
std::string readable(const OptionSpec& option, const std::string& canonical) {
  if (option.type == OptionType::Duration) return format_duration(std::chrono::milliseconds(std::stoll(canonical)));
  if (option.type == OptionType::Size) return format_size(std::stoull(canonical));
  return canonical;
}

std::string default_of(const OptionSpec& option) {
  if (option.is_required) return "required";
  return option.default_value ? "`" + readable(option, *option.default_value) + "`" : "";
}

std::string range_of(const OptionSpec& option) {
  if (option.min && option.max) return ", " + option.min->text + " to " + option.max->text;
  if (option.min) return ", from " + option.min->text;
  return option.max ? ", up to " + option.max->text : "";
}

std::string type_of(const OptionSpec& option) {
  if (option.type == OptionType::Base64)
    return (option.prefix.empty() ? "" : "`" + option.prefix + "` and ") + "base64" + range_of(option) + " bytes";
  if (option.type != OptionType::Enum) return std::string(to_text(option.type)) + range_of(option);
  std::string values;
  for (const std::string& value : option.values) values += (values.empty() ? "" : ", ") + ("`" + value + "`");
  return values;
}

std::string escaped(std::string text) {
  for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

void add_rows(const OptionSpec& options, const std::string& prefix, std::string& out) {
  for (const OptionSpec& option : options.options) {
    const std::string name = prefix + option.name;
    std::string type = type_of(option);
    const bool is_of_many = option.type == OptionType::List || option.type == OptionType::Map;
    const OptionSpec* const element = is_of_many && !option.options.empty() ? &option.options.front() : nullptr;
    if (element != nullptr && element->type != OptionType::Object) type += " of " + type_of(*element);
    if (option.is_secret) type += ", secret";
    out += "| `" + name + "` | " + type + " | " + default_of(option) + " | " + escaped(option.doc) + " |\n";
    if (option.type == OptionType::Object) add_rows(option, name + ".", out);
    if (option.type == OptionType::Table) add_rows(option, "row of " + name + ": ", out);
    if (element != nullptr && element->type == OptionType::Object) add_rows(*element, name + "[].", out);
  }
}

}  // namespace

std::string option_table(const OptionSpec& options) {
  std::string out = "| key | type | default | |\n| --- | --- | --- | --- |\n";
  add_rows(options, "", out);
  return out;
}

}  // namespace reprise::documents
