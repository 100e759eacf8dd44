#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace field {

using Digest = std::array<unsigned char, 32>;

/// SHA-256 of the bytes.
Digest sha256(std::string_view bytes);
/// 64 lower-case hexadecimal digits.
std::string hex(const Digest& digest);
/// The reverse of hex(); false when the text has another form.
bool from_hex(std::string_view text, Digest& digest);

}  // namespace field
