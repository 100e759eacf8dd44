#include <reprise/fields.hpp>
#include <reprise/views.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace {

TEST_CASE("Kafka's null is not the empty text", "[sdk][views]") {
  reprise_record record{};
  record.key = reprise::to_bytes(std::string_view());
  record.value = reprise::kNullBytes;

  const reprise::RecordView view(&record);

  CHECK(view.has_key());
  CHECK(view.key().empty());
  CHECK_FALSE(view.has_value());
  CHECK(view.value().empty());
}

TEST_CASE("The last header of a name counts", "[sdk][views]") {
  const reprise_header headers[] = {{reprise::to_text("id"), reprise::to_bytes(std::string_view("1")), 0},
                                    {reprise::to_text("id"), reprise::to_bytes(std::string_view("2")), 0},
                                    {reprise::to_text("id"), reprise::kNullBytes, 0}};
  reprise_record record{};
  record.headers = headers;
  record.header_count = 3;

  const reprise::RecordView view(&record);

  CHECK(view.header("id") == "2");
  CHECK(view.header("other") == std::nullopt);
  CHECK(view.headers().size() == 3);
}

TEST_CASE("Records are walked in order", "[sdk][views]") {
  reprise_record first{}, second{};
  first.handle = 1;
  second.handle = 2;
  const reprise_record* pointers[] = {&first, &second};
  std::vector<std::uint64_t> handles;

  for (const reprise::RecordView record : reprise::Records(pointers, 2)) handles.push_back(record.handle());

  CHECK(handles == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("Fields carry texts and numbers, and what does not fit is left out", "[sdk][fields]") {
  std::array<reprise_option, 3> out{};
  const std::initializer_list<reprise::Field> fields{{"a", "text"}, {"b", -12}, {"c", true}, {"d", 1.5}};

  const std::size_t count = reprise::list_fields(fields, out);

  REQUIRE(count == 3);
  CHECK(reprise::to_view(out[0].value) == "text");
  CHECK(reprise::to_view(out[1].value) == "-12");
  CHECK(reprise::to_view(out[2].value) == "true");
}

}  // namespace
