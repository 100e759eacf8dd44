#include "host/cli/table_watch.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using namespace reprise;
using namespace reprise::cli;

namespace {

using Names = std::vector<std::string>;

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/reprise-watch-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path rows() const { return path_ / "rows.jsonl"; }
  void append(const std::string& text) const { std::ofstream(rows(), std::ios::app) << text; }
  void replace(const std::string& text) const {
    std::ofstream(path_ / "next") << text;
    std::filesystem::rename(path_ / "next", rows());
  }

 private:
  std::filesystem::path path_;
};

std::map<std::string, config::TableConfig> as_read(const Folder& folder) {
  std::map<std::string, config::TableConfig> tables;
  tables["webhooks"].file = config::TableFile{folder.rows(), "id", config::stamp_of(folder.rows())};
  tables["of-yaml"].rows = {{"k", "1"}};
  return tables;
}

}  // namespace

TEST_CASE("A file that stays as it was read is not read again", "[cli][tables]") {
  const Folder folder;
  folder.append("1\n");
  TableWatch watch;
  watch.watch(as_read(folder));

  CHECK(watch.changed() == Names{});
  CHECK(watch.changed() == Names{});
}

TEST_CASE("Another file behind the name is read once, at the second look that sees it", "[cli][tables]") {
  const Folder folder;
  folder.append("1\n");
  TableWatch watch;
  watch.watch(as_read(folder));

  folder.replace("2\n");

  CHECK(watch.changed() == Names{});
  CHECK(watch.changed() == Names{"webhooks"});
  CHECK(watch.changed() == Names{});
}

TEST_CASE("A file that is being written is left alone until it is the same twice", "[cli][tables]") {
  const Folder folder;
  folder.append("1\n");
  TableWatch watch;
  watch.watch(as_read(folder));

  for (int i = 0; i < 5; ++i) {
    folder.append("more\n");
    CHECK(watch.changed() == Names{});
  }

  CHECK(watch.changed() == Names{"webhooks"});
}

TEST_CASE("A file that goes is a change, and so is its return", "[cli][tables]") {
  const Folder folder;
  folder.append("1\n");
  TableWatch watch;
  watch.watch(as_read(folder));

  std::filesystem::remove(folder.rows());
  CHECK(watch.changed() == Names{});
  CHECK(watch.changed() == Names{"webhooks"});
  folder.append("1\n");
  CHECK(watch.changed() == Names{});
  CHECK(watch.changed() == Names{"webhooks"});
}
