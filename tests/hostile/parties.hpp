#pragma once
#include <string>

#include "plugins/sink-webhook/tests/harness.hpp"
#include "plugins/sink-webhook/tests/server.hpp"

namespace reprise::hostile {

/// Options of a sink-webhook that may reach loopback, and http. `more` comes after them.
webhook::test::Harness::Options to_url(const std::string& url, const webhook::test::Harness::Options& more = {});
/// The same with the table "webhooks", whose rows Harness::set_row makes.
webhook::test::Harness::Options to_table(const webhook::test::Harness::Options& more = {});
/// A row of that table.
std::string row(const std::string& url);

/// A file that goes with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content);
  ~TemporaryFile();
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace reprise::hostile
