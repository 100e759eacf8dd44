#include "host/cli/table_watch.hpp"

#include <utility>

namespace reprise::cli {

void TableWatch::watch(const std::map<std::string, config::TableConfig>& tables) {
  files_.clear();
  for (const auto& [name, table] : tables) {
    if (table.file) files_[name] = {table.file->path, table.file->stamp, table.file->stamp};
  }
}

std::vector<std::string> TableWatch::changed() {
  std::vector<std::string> names;
  for (auto& [name, file] : files_) {
    const auto now = config::stamp_of(file.path);
    const bool is_settled = std::exchange(file.seen, now) == now;
    if (!is_settled || file.read == now) continue;
    file.read = now;
    names.push_back(name);
  }
  return names;
}

}  // namespace reprise::cli
