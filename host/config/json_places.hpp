#pragma once
#include <string_view>

#include "host/config/value.hpp"

namespace reprise::config {

// Where things stand in one line of JSON. A second, slower reading of it: nobody asks unless there is a problem to be told.

/// Gives the tree that parse_json made of text its places. line: the file and line; columns are counted from its own.
void set_places(Value& root, std::string_view text, const Location& line);

/// The place where parse_json stops taking text.
/// REQUIRES: it refused text, for another reason than its length.
Location place_of_fault(std::string_view text, const Location& line);

}  // namespace reprise::config
