#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/config/config.hpp"

namespace reprise::cli {

/// Which files of tables are no longer what was read of them. It looks at size, times and identity of the file behind the name, as any
/// file system has them (inotify says nothing of a network's, nor of a link that is set anew). Owned by the worker, for its thread.
class TableWatch {
 public:
  /// From now on these, as they have been read.
  void watch(const std::map<std::string, config::TableConfig>& tables);
  /// The tables whose file is another and was the same at the look before this one, so that nobody writes it just now. Each
  /// change once.
  std::vector<std::string> changed();

 private:
  struct File {
    std::filesystem::path path;
    std::optional<config::FileStamp> read, seen;
  };

  std::map<std::string, File> files_;  // by table
};

}  // namespace reprise::cli
