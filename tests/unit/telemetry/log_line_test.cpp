#include "host/telemetry/log_line.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace reprise::telemetry;

namespace {
constexpr std::int64_t kTime = 1795255200123;

std::string text(std::string_view message, const std::vector<Field>& fields = {}) {
  return text_line(kTime, Level::Info, message, fields);
}
std::string json(std::string_view message, const std::vector<Field>& fields = {}) {
  return json_line(kTime, Level::Warn, message, fields);
}
}  // namespace

TEST_CASE("A text line shows time, level, message and fields", "[telemetry][log]") {
  CHECK(text("task started", {{"connector", "x"}, {"task", 0}, {"is_new", true}}) ==
        "2026-11-21T10:00:00.123Z INFO  task started connector=x task=0 is_new=true\n");
  CHECK(text_line(-1, Level::Error, "m", {}) == "1969-12-31T23:59:59.999Z ERROR m\n");
}

TEST_CASE("Values that could be misread are quoted, controls are escaped", "[telemetry][log]") {
  CHECK(text("m", {{"a", ""}, {"b", "two words"}, {"c", "a=b"}, {"d", "q\"\\"}}) ==
        "2026-11-21T10:00:00.123Z INFO  m a=\"\" b=\"two words\" c=\"a=b\" d=\"q\\\"\\\\\"\n");
  CHECK(text("a\nb\x1b[31m\xc2\x9b\xff", {{"k", "x\r\n2026 forged"}}) ==
        "2026-11-21T10:00:00.123Z INFO  a\\nb\\x1b[31m\\xc2\\x9b\\xff k=\"x\\r\\n2026 forged\"\n");
  CHECK(text("m", {{"k", "\xe2\x80\xae"}}) == "2026-11-21T10:00:00.123Z INFO  m k=\"\\xe2\\x80\\xae\"\n");
}

TEST_CASE("A JSON line is one object with bare numbers", "[telemetry][log]") {
  CHECK(json("a \"b\"\n", {{"topic", "t"}, {"offset", 17}, {"last", false}}) ==
        R"({"ts":"2026-11-21T10:00:00.123Z","level":"warn","msg":"a \"b\"\n","topic":"t","offset":17,"last":false})"
        "\n");
}

TEST_CASE("Messages and values are cut, and a line never outgrows one write to a pipe", "[telemetry][log]") {
  CHECK(text(std::string(2000, 'm')).size() ==
        std::string("2026-11-21T10:00:00.123Z INFO  \n").size() + kMaxMessageBytes);
  CHECK(text("m", {{"k", std::string(1000, 'v')}}).size() ==
        std::string("2026-11-21T10:00:00.123Z INFO  m k=\n").size() + kMaxValueBytes);

  const std::vector<Field> many(50, Field("key", std::string(1000, '\x01')));
  for (const std::string& line : {text(std::string(5000, '\x01'), many), json(std::string(5000, '\x01'), many),
                                  json(std::string(5000, '\xff'), many)}) {
    CHECK(line.size() <= kMaxLineBytes);
    CHECK(line.back() == '\n');
    CHECK(line.find('\n') == line.size() - 1);
  }
  CHECK(text("m", many).find(" ...\n") != std::string::npos);
  CHECK(json("m", many).find(R"(,"truncated":true})") != std::string::npos);
}
