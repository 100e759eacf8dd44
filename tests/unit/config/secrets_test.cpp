#include "host/config/secrets.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "host/base/text.hpp"
#include "tests/unit/config/support.hpp"

using namespace reprise::config;
using namespace reprise::config::test;
using reprise::quoted;

namespace {

// A folder that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/reprise-secrets-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name, std::string_view content, mode_t mode) const {
    const auto path = path_ / name;
    std::ofstream(path) << content;
    chmod(path.c_str(), mode);
    return path.string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("References are replaced, what they bring in is not looked at again", "[config][secrets]") {
  FakeSecrets secrets;
  secrets.environment = {{"X", "value"}, {"EVIL", "${env:X}\nadmin: true"}, {"EMPTY", ""}};
  secrets.files = {{"/run/s:42", "whsec"}, {"/run/s:", "whole"}};
  struct Case {
    std::string_view text, expected;
    bool has_reference;
  };
  const auto c = GENERATE(values<Case>({{"plain", "plain", false},
                                        {"", "", false},
                                        {"${env:X}", "value", true},
                                        {"a${env:X}b${file:/run/s:42}", "avaluebwhsec", true},
                                        {"${file:/run/s}", "whole", true},
                                        {"${env:EVIL}", "${env:X}\nadmin: true", true},
                                        {"${env:EMPTY}", "", true},
                                        {"$${env:X}", "${env:X}", false},
                                        {"$5 and $", "$5 and $", false},
                                        {"$$x", "$$x", false}}));
  CAPTURE(c.text);

  const auto resolved = resolve(c.text, secrets);

  REQUIRE(resolved.ok());
  CHECK(resolved->text == c.expected);
  CHECK(resolved->has_reference == c.has_reference);
}

TEST_CASE("A reference that cannot be resolved says why and shows no value", "[config][secrets]") {
  FakeSecrets secrets;
  secrets.environment = {{"BINARY", "\xFF canary"}};
  struct Case {
    std::string text, expected;
  };
  const auto c = GENERATE(values<Case>({{"${env:NOPE}", "environment variable NOPE is not set"},
                                        {"${", "has no closing }"},
                                        {"x${env:A", "has no closing }"},
                                        {"${a:${b:c}}", "references do not nest"},
                                        {"${HOME}", "unknown reference \"${HOME}\"; write ${env:NAME}"},
                                        {"${vault:x}", "unknown reference"},
                                        {"${env:}", "names nothing"},
                                        {"${file:/none:k}", "\"${file:/none:k}\": no such file"},
                                        {"${env:BINARY}", "not a UTF-8 text"}}));
  CAPTURE(c.text);

  const auto resolved = resolve(c.text, secrets);

  REQUIRE_FALSE(resolved.ok());
  CHECK_THAT(resolved.error().message, Catch::Contains(c.expected));
  CHECK_THAT(resolved.error().message, !Catch::Contains("canary"));
}

TEST_CASE("The environment is read anew each time", "[config][secrets]") {
  SystemSecrets secrets;
  setenv("REPRISE_TEST_SECRET", "one", 1);
  CHECK(*secrets.from_environment("REPRISE_TEST_SECRET") == "one");
  setenv("REPRISE_TEST_SECRET", "two", 1);
  CHECK(*secrets.from_environment("REPRISE_TEST_SECRET") == "two");
  unsetenv("REPRISE_TEST_SECRET");
  CHECK_FALSE(secrets.from_environment("REPRISE_TEST_SECRET").ok());
}

TEST_CASE("A secret file holds lines with keys, or one secret", "[config][secrets]") {
  const TemporaryFolder folder;
  SystemSecrets secrets;
  const auto lines = folder.file("lines", "# comment\n42=whsec_a=b\n 43 : spaced \n4=four\r\n", 0600);
  const auto whole = folder.file("whole", "\n token \n", 0640);

  CHECK(*secrets.from_file(lines, "42") == "whsec_a=b");
  CHECK(*secrets.from_file(lines, "43") == "spaced");
  CHECK(*secrets.from_file(lines, "4") == "four");
  CHECK(*secrets.from_file(whole, "") == "token");
  CHECK_THAT(secrets.from_file(lines, "5").error().message, Catch::Contains("has no line that begins with \"5=\""));
}

TEST_CASE("A secret file that others can read is refused with the cure", "[config][secrets]") {
  const TemporaryFolder folder;
  SystemSecrets secrets;
  const auto readable = folder.file("readable", "a=canary\n", 0644);
  const auto twice = folder.file("twice", "a=canary\na=canary\n", 0600);

  const auto refused = secrets.from_file(readable, "a");
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, Catch::Contains("readable by others (mode 0644); run: chmod o-rw " + readable));
  CHECK_THAT(refused.error().message, !Catch::Contains("canary"));
  CHECK_THAT(secrets.from_file(twice, "a").error().message,
             Catch::Contains("has the key \"a\" twice") && !Catch::Contains("canary"));
  CHECK_THAT(secrets.from_file("/nowhere", "a").error().message, Catch::Contains("No such file"));
}

TEST_CASE("A problem never shows what a reference stands for", "[config][secrets]") {
  FakeSecrets secrets;
  secrets.files = {{"/run/s:", "-----BEGIN canary\nkey-of-canary"}};
  struct Case {
    std::string yaml, expected;
  };
  const std::string pipe = "connectors:\n  c:\n    source: {plugin: source-test, ";
  const std::string sink = "}\n    sink: {plugin: sink-test, url: u";
  const auto c = GENERATE_COPY(values<Case>({
      {"rest: {listen: \"${file:/run/s}\"}",
       "expected address:port such as 127.0.0.1:8083, got the value of \"${file:/run/s}\""},
      {"worker: {outgoing: {allow_cidrs: [\"${file:/run/s}\"]}}",
       "10.0.0.0/8 or fd00::/8, got the value of \"${file:/run/s}\""},
      {"worker: {log: {level: \"${file:/run/s}\"}}",
       "expected one of debug, info, warn, error, got the value of \"${file:/run/s}\""},
      {"worker: {shards: \"${file:/run/s}\"}",
       "expected an integer from 1 to 256, got the value of \"${file:/run/s}\""},
      {"kafka: {k: {bootstrap_servers: \"${file:/run/s}\"}}",
       "expected host:port, several separated by commas, got the value of \"${file:/run/s}\""},
      {"kafka: {k: {bootstrap_servers: \"a:1\", security_protocol: \"${file:/run/s}\"}}", "expected one of PLAINTEXT"},
      {pipe + "cluster: \"${file:/run/s}\"" + sink + "}",
       "there is no cluster of the name that \"${file:/run/s}\" gives"},
      {pipe + sink + ", table: \"${file:/run/s}\"}", "there is no table of the name that \"${file:/run/s}\" gives"},
      {pipe + sink + ", signing: [{scheme: \"${file:/run/s}\"}]}",
       "expected one of v1, v2, got the value of \"${file:/run/s}\""},
  }));
  CAPTURE(c.yaml);

  const std::string problems = problems_of(c.yaml, secrets);

  CHECK_THAT(problems, Catch::Contains(c.expected));
  CHECK_THAT(problems, !Catch::Contains("canary"));
}

TEST_CASE("A refusal that quotes an option's value is shown without it", "[config][secrets]") {
  FakeSecrets secrets;
  secrets.files = {{"/run/s:", "-----BEGIN canary\nkey-of-canary"}};
  const Config config = load_text(
      "connectors:\n  c:\n    source: {plugin: source-test, start: \"${file:/run/s}\"}\n"
      "    sink: {plugin: sink-test, url: u}\n",
      secrets);
  const PluginUse& source = config.connectors.at(0).source;

  const Problem problem = refusal(source, "start", quoted(*find(source, "start"), 24) + " is no time");

  CHECK(problem.message == "\"******\"... is no time");
}

TEST_CASE("A private key is a secret wherever it stands", "[config][secrets]") {
  const Config config = load_text(with_change("{text: \"-----BEGIN EC PRIVATE KEY-----\\ncanary\"}"));

  CHECK_THAT(masked(config.connectors.at(0).transforms.at(0).options), !Catch::Contains("canary"));
}
