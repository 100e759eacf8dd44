#include <reprise/options.hpp>

#include <catch2/catch.hpp>

#include <type_traits>

namespace {

using namespace std::chrono_literals;

reprise_option option(std::string_view key, std::string_view value) {
  return {.key = reprise::to_text(key), .value = reprise::to_text(value), .flags = 0, .reserved = 0};
}

// The name of the option at fault.
template <class Call>
std::string fault_of(Call&& call) {
  try {
    call();
  } catch (const reprise::Failure& failure) {
    CHECK(failure.status() == REPRISE_FATAL);
    CHECK(failure.message().find(failure.option()) == 0);
    return std::string(failure.option());
  }
  return "no fault";
}

TEST_CASE("Options are read by type", "[sdk][options]") {
  const reprise_option raw[] = {option("url", "https://a"), option("count", "-7"),     option("ratio", "0.25"),
                                option("wait", "1500"),     option("bytes", "64"),     option("on", "true"),
                                option("secret", "s3cret"), option("list.count", "2"), option("list.0", "a"),
                                option("list.1", "b")};
  const reprise::Options options(raw, std::size(raw));

  CHECK(options.text("url") == "https://a");
  CHECK(options.integer("count") == -7);
  CHECK(options.real("ratio") == 0.25);
  CHECK(options.duration("wait") == 1500ms);
  CHECK(options.size("bytes") == 64);
  CHECK(options.boolean("on"));
  CHECK(options.secret("secret").reveal() == "s3cret");
  CHECK(options.texts("list") == std::vector<std::string_view>{"a", "b"});
  CHECK(options.text("none", "else") == "else");
  CHECK(options.integer("none", 3) == 3);
  CHECK(options.duration("none", 2s) == 2s);
  CHECK(options.texts("none").empty());
}

TEST_CASE("An error names the option in full", "[sdk][options]") {
  const reprise_option raw[] = {option("signing.count", "1"), option("signing.0.scheme", "v9"), option("n", "12x"),
                                option("b", "yes")};
  const reprise::Options options(raw, std::size(raw));

  CHECK(fault_of([&] { static_cast<void>(options.text("url")); }) == "url");
  CHECK(fault_of([&] { static_cast<void>(options.integer("n")); }) == "n");
  CHECK(fault_of([&] { static_cast<void>(options.size("n")); }) == "n");
  CHECK(fault_of([&] { static_cast<void>(options.boolean("b")); }) == "b");
  CHECK(fault_of([&] { static_cast<void>(options.object("endpoint").text("url")); }) == "endpoint.url");
  CHECK(fault_of([&] { throw options.list("signing").at(0).bad("scheme", "is not known"); }) == "signing.0.scheme");
}

TEST_CASE("An error does not repeat a value, which may be a secret", "[sdk][options]") {
  const reprise_option raw[] = {option("n", "hunter2")};
  const reprise::Options options(raw, 1);

  try {
    static_cast<void>(options.integer("n"));
    FAIL("accepted");
  } catch (const reprise::Failure& failure) {
    CHECK(failure.message() == "n: is not a whole number");
  }
}

TEST_CASE("A secret moves and is not copied", "[sdk][options]") {
  static_assert(!std::is_copy_constructible_v<reprise::Secret>);
  reprise::Secret first("s3cret");

  const reprise::Secret second = std::move(first);

  CHECK(second.reveal() == "s3cret");
}

}  // namespace
