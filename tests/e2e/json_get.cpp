// json_get POINTER: reads stdin, which must be exactly one JSON document (RFC 8259), and prints what stands at the JSON pointer
// (RFC 6901): a string without its quotes, all else as JSON. An empty pointer prints nothing. Status 1: no document, or nothing there.
#include <simdjson.h>

#include <iostream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: json_get POINTER <document\n";
    return 2;
  }
  const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  simdjson::dom::parser parser;
  simdjson::dom::element document, found;
  if (const auto error = parser.parse(text).get(document)) {
    std::cerr << "json_get: stdin is not one JSON document: " << error << '\n';
    return 1;
  }
  const std::string pointer = argv[1];
  if (pointer.empty()) return 0;
  if (document.at_pointer(pointer).get(found) != simdjson::SUCCESS) {
    std::cerr << "json_get: there is nothing at " << pointer << '\n';
    return 1;
  }
  std::string_view string;
  if (found.get(string) == simdjson::SUCCESS) {
    std::cout << string << '\n';
  } else {
    std::cout << simdjson::minify(found) << '\n';
  }
  return 0;
}
