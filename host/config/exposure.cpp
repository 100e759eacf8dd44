#include "host/config/exposure.hpp"

#include <string>
#include <utility>

#include "host/config/file.hpp"

namespace reprise::config {

std::vector<Problem> warn_of_readers(const LiteralSecrets& secrets) {
  std::vector<Problem> warnings;
  for (const auto& [name, file] : secrets.files()) {
    const std::string readers = exposure(name).readers;
    if (readers.empty()) continue;
    std::string message = "a secret stands here as it is, and " + readers + ", or write ${file:PATH} or ${env:NAME}";
    if (file.count > 1) message += "; " + std::to_string(file.count - 1) + " more secrets stand in this file";
    warnings.push_back({file.first, file.path, std::move(message)});
  }
  return warnings;
}

void warn_of_writers(const std::filesystem::path& file, std::vector<Problem>& warnings) {
  if (std::string writers = exposure(file).writers; !writers.empty())
    warnings.push_back({{file.string()}, "", std::move(writers)});
}

}  // namespace reprise::config
