// What decodes is UTF-8 without control characters, and encodes back to something that decodes to the same; routes never
// see more than that.
#include <algorithm>

#include "fuzz.hpp"
#include "host/base/utf8.hpp"
#include "host/rest/client.hpp"
#include "host/rest/router.hpp"
#include "host/rest/target.hpp"

using namespace reprise::rest;
using reprise::fuzz::check;

std::vector<std::string> fuzz_seeds() {
  return {"a=1&b=x%20y+z&flag",    "caf%C3%A9", "%2e%2e/%2f", "a%252fb", "/replays/42/cancel",
          "/replays/%F0%9F%98%80", "%00%0d%0a", "%ff%fe",     "%u0041",  "/replays//"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = reprise::fuzz::as_text(data, size);
  if (const auto decoded = percent_decode(text, false)) {
    check(reprise::find_invalid_utf8(*decoded) == std::string_view::npos, "it is UTF-8");
    check(std::none_of(decoded->begin(), decoded->end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }),
          "it has no control characters");
    check(percent_decode(percent_encode(*decoded), false) == decoded, "it encodes back");
    check(percent_decode(percent_encode(*decoded), true) == decoded, "in a query, too");
  }
  if (const auto query = parse_query(text)) check(query->size() <= text.size(), "a query has no more names than bytes");

  static const Router router = [] {
    Router fresh;
    fresh.add("GET", "/replays/{id}", [](const Request&) { return empty_response(); });
    return fresh;
  }();
  const Router::Match match = router.match("GET", "/" + std::string(text));
  check(match.handler != nullptr || match.refusal.status == 400 || match.refusal.status == 404, "a route or a refusal");
  for (const auto& [name, value] : match.params) check(!value.empty() && value.size() <= 255, "parameters are bounded");
  return 0;
}
