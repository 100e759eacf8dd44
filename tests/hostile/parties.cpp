#include "tests/hostile/parties.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace reprise::hostile {
namespace {

using Options = webhook::test::Harness::Options;

Options with_loopback(Options options, const Options& more) {
  options.insert(options.end(), {{"allow_http", "true"}, {"allow_cidrs.count", "1"}, {"allow_cidrs.0", "127.0.0.0/8"}});
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace

Options to_url(const std::string& url, const Options& more) { return with_loopback({{"endpoint.url", url}}, more); }

Options to_table(const Options& more) { return with_loopback({{"endpoint.table", "webhooks"}}, more); }

std::string row(const std::string& url) { return R"({"url": ")" + url + R"("})"; }

TemporaryFile::TemporaryFile(const std::string& content) {
  char name[] = "/tmp/reprise-hostile-XXXXXX";
  ::close(::mkstemp(name));
  path_ = name;
  std::ofstream(path_) << content;
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

}  // namespace reprise::hostile
