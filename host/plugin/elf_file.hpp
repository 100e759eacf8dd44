#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/base/result.hpp"

namespace reprise::plugin {

/// Where the bytes of a file come from. read fills out from offset on; false: they are not there.
struct ByteSource {
  std::uint64_t size = 0;
  std::function<bool(std::uint64_t offset, std::span<std::uint8_t> out)> read;
};

/// No manifest may be larger, nor the table of section names.
inline constexpr std::uint64_t kMaxSectionBytes = 1u << 20;
/// No table of symbols may be larger, nor that of their names.
inline constexpr std::uint64_t kMaxSymbolBytes = 64u << 20;

/// The bytes of a section of a shared library for this machine. What the headers claim is believed only inside the file: every
/// table, segment and section must end there, because dlopen of a file that is cut off kills the process with SIGBUS.
/// Format: System V ABI, "Object Files". The error is fatal, kind "plugin.file", its message without the file's name.
Result<std::string> read_elf_section(const ByteSource& file, std::string_view name);

/// The symbols that the library gives to others (of .dynsym: defined, and neither local nor hidden), sorted, without those
/// that linkers put into each file. Bounds and errors as above.
Result<std::vector<std::string>> read_elf_exports(const ByteSource& file);

}  // namespace reprise::plugin
