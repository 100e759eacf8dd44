#pragma once
#include <cstddef>
#include <filesystem>
#include <string_view>

#include "host/config/value.hpp"

namespace reprise::config {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 100'000;

/// One YAML document as a tree; Null if text holds nothing but comments. A strict subset of YAML 1.2, because what is left
/// out surprises: anchors, aliases, tags, merge keys, complex keys, directives, several documents, duplicate keys, texts that go
/// on over a line end (a block scalar, | or >, may), tabs, control characters. origin names the text in locations.
/// Throws ConfigError with everything found.
Value parse_yaml(std::string_view text, std::string_view origin);

/// The same from a file, which others must not be able to write.
Value read_yaml_file(const std::filesystem::path& file);

}  // namespace reprise::config
