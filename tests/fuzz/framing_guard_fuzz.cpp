// What the guard accepts, Beast must read in the same way: same method, target, fields and framing. And the guard's views
// lie inside the head, and no beginning of an accepted head is refused.
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "fuzz.hpp"
#include "host/rest/framing_guard.hpp"
#include "tests/unit/rest/hostile_heads.hpp"

namespace http = boost::beast::http;
using namespace reprise::rest;
using reprise::fuzz::check;

namespace {

bool lies_inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

/// Beast keeps fields of equal names together; their order among each other is what counts.
std::vector<std::pair<std::string, std::string>> in_order_of_names(const std::vector<FieldView>& fields) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const FieldView& field : fields) {
    std::string name(field.name);
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    out.emplace_back(std::move(name), field.value);
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return out;
}

void check_against_beast(std::string_view head, const FramingVerdict& verdict) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(16 * 1024);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  check(!error && parser.is_header_done(), "Beast reads what the guard accepts");
  const auto& message = parser.get();
  check(std::string_view(message.method_string()) == verdict.method, "same method");
  check(std::string_view(message.target()) == verdict.target, "same target");
  check(message.version() == (verdict.is_http_1_0 ? 10u : 11u), "same version");
  check(parser.chunked() == (verdict.framing == BodyFraming::Chunked), "same encoding");
  check(parser.content_length().value_or(0) == verdict.body_bytes, "same length");
  std::vector<FieldView> fields;
  for (const auto& other : message) fields.push_back({other.name_string(), other.value()});
  check(in_order_of_names(fields) == in_order_of_names(verdict.fields), "same fields");
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds{
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "POST /replays?a=b HTTP/1.1\r\nHost: [::1]:8083\r\nContent-Type: application/json\r\nContent-Length: "
      "17\r\nConnection: close\r\n\r\n",
      "PUT /a/%2f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
      "DELETE /x HTTP/1.0\r\nHost: a\r\nX-Empty:\r\nX: \t y z \t\r\n\r\n"};
  for (const HostileHead& hostile : hostile_heads()) {
    if (hostile.bytes.size() < 1000) seeds.push_back(hostile.bytes);
  }
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = reprise::fuzz::as_text(data, size);
  check_partial_head(bytes);
  const std::size_t end = find_head_end(bytes);
  check(!check_head(bytes).is_accepted() || end == bytes.size(), "only one complete head is accepted");
  if (end == 0) return 0;

  const std::string_view head = bytes.substr(0, end);
  const FramingVerdict verdict = check_head(head);
  if (!verdict.is_accepted()) {
    check(verdict.status >= 400 && verdict.status < 500 && !verdict.reason.empty(),
          "a refusal has a status and a reason");
    return 0;
  }
  check(lies_inside(verdict.method, head) && lies_inside(verdict.target, head), "views lie inside the head");
  for (const FieldView& field : verdict.fields)
    check(lies_inside(field.name, head) && lies_inside(field.value, head), "fields lie inside the head");
  for (std::size_t part = 0; part < head.size(); ++part)
    check(check_partial_head(head.substr(0, part)).is_accepted(), "its beginnings are accepted");
  check_against_beast(head, verdict);
  return 0;
}
