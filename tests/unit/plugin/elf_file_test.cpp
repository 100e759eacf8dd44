#include "host/plugin/elf_file.hpp"

#include <elf.h>
#include <catch2/catch.hpp>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

namespace reprise::plugin {
namespace {

using Catch::Contains;
using Bytes = std::vector<std::uint8_t>;

Bytes example() {
  std::ifstream file(REPRISE_EXAMPLE_FILE, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// Reads outside are an error of the reader's, not of the file's: they fail the test.
ByteSource source_of(const Bytes& bytes) {
  return ByteSource{.size = bytes.size(), .read = [&bytes](std::uint64_t offset, std::span<std::uint8_t> out) {
                      if (offset > bytes.size() || out.size() > bytes.size() - offset) {
                        FAIL("read outside the file");
                        return false;
                      }
                      if (!out.empty()) std::memcpy(out.data(), bytes.data() + offset, out.size());
                      return true;
                    }};
}

Result<std::string> read(const Bytes& bytes) { return read_elf_section(source_of(bytes), ".reprise_manifest"); }

// Where the section headers say what they say of the table of dynamic symbols.
std::size_t symbols_header(const Bytes& bytes) {
  Elf64_Ehdr header{};
  std::memcpy(&header, bytes.data(), sizeof(header));
  for (std::size_t at = header.e_shoff; at < bytes.size(); at += sizeof(Elf64_Shdr)) {
    Elf64_Shdr section{};
    std::memcpy(&section, bytes.data() + at, sizeof(section));
    if (section.sh_type == SHT_DYNSYM) return at;
  }
  FAIL("no dynamic symbols");
  return 0;
}

template <class T>
void put(Bytes* bytes, std::size_t offset, T value) {
  std::memcpy(bytes->data() + offset, &value, sizeof(value));
}

std::string refusal(const Bytes& bytes) {
  const Result<std::string> text = read(bytes);
  REQUIRE_FALSE(text.ok());
  CHECK(text.error().kind == "plugin.file");
  return text.error().message;
}

TEST_CASE("The section's text is read", "[plugin][elf]") {
  const Result<std::string> text = read(example());

  REQUIRE(text.ok());
  CHECK_THAT(*text, Contains("id: transform-grep\n"));
}

TEST_CASE("What a library exports is read, and what it needs is not", "[plugin][elf]") {
  const auto exports = read_elf_exports(source_of(example()));

  REQUIRE(exports.ok());
  CHECK(*exports == std::vector<std::string>{"reprise_plugin_entry"});
}

TEST_CASE("A table of symbols that is none is refused", "[plugin][elf]") {
  Bytes bytes = example();
  const std::size_t header = symbols_header(bytes);

  SECTION("of another entry size") { put(&bytes, header + offsetof(Elf64_Shdr, sh_entsize), std::uint64_t{1}); }
  SECTION("with names in no section") { put(&bytes, header + offsetof(Elf64_Shdr, sh_link), std::uint32_t{60'000}); }
  SECTION("with names where there are none") { put(&bytes, header + offsetof(Elf64_Shdr, sh_link), std::uint32_t{0}); }

  const auto exports = read_elf_exports(source_of(bytes));
  REQUIRE_FALSE(exports.ok());
  CHECK(exports.error().kind == "plugin.file");
  CHECK_THAT(exports.error().message, Contains("damaged (the table of symbol"));
}

TEST_CASE("A file for another machine says which", "[plugin][elf]") {
  Bytes bytes = example();
  const auto other = static_cast<std::uint16_t>(EM_S390);

  SECTION("another processor") {
    put(&bytes, offsetof(Elf64_Ehdr, e_machine), other);
    CHECK_THAT(refusal(bytes), Contains("built for s390, this host is "));
  }
  SECTION("32 bits") {
    bytes[EI_CLASS] = ELFCLASS32;
    CHECK_THAT(refusal(bytes), Contains("built for a 32-bit machine, this host is "));
  }
  SECTION("the other byte order") {
    bytes[EI_DATA] = ELFDATA2MSB;
    CHECK_THAT(refusal(bytes), Contains("built for a big-endian machine"));
  }
}

TEST_CASE("What is no shared library says what it is", "[plugin][elf]") {
  Bytes bytes = example();

  put(&bytes, offsetof(Elf64_Ehdr, e_type), static_cast<std::uint16_t>(ET_REL));
  CHECK(refusal(bytes) == "not a shared library (an object file)");
  put(&bytes, offsetof(Elf64_Ehdr, e_type), static_cast<std::uint16_t>(ET_EXEC));
  CHECK(refusal(bytes) == "not a shared library (an executable)");
  CHECK(refusal(Bytes{}) == "not a shared library (the file is empty)");
  CHECK(refusal(Bytes{'M', 'Z'}) == "not a shared library (no ELF header)");
}

TEST_CASE("A file that is cut off anywhere is refused", "[plugin][elf]") {
  const Bytes whole = example();
  // Behind the section headers, which stand at the end, nothing is missed.
  Elf64_Ehdr header{};
  std::memcpy(&header, whole.data(), sizeof(header));
  const std::size_t end = header.e_shoff + std::size_t{header.e_shnum} * sizeof(Elf64_Shdr);

  for (std::size_t size = 0; size < end; size += 1 + size / 200) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    CAPTURE(size);
    const std::string message = refusal(cut);
    if (size >= 4)
      CHECK_THAT(message, Contains("file is truncated (has " + std::to_string(size) + " bytes, headers need "));
  }
}

TEST_CASE("Headers whose sums overflow are refused", "[plugin][elf]") {
  Bytes bytes = example();

  put(&bytes, offsetof(Elf64_Ehdr, e_shoff), std::uint64_t{UINT64_MAX - 8});

  CHECK_THAT(refusal(bytes), Contains("file is truncated"));
}

TEST_CASE("Damaged files are read inside their bounds, whatever they claim", "[plugin][elf][fuzz]") {
  const Bytes whole = example();
  Elf64_Ehdr header{};
  std::memcpy(&header, whole.data(), sizeof(header));
  std::mt19937_64 random(20261121);
  const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  // The headers are where a claim can hurt; elsewhere a byte is as good as another.
  const std::size_t sections_end = std::size_t{header.e_shnum} * sizeof(Elf64_Shdr);
  std::size_t refused = 0, refused_symbols = 0;

  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = whole;
    for (std::size_t change = 0, changes = 1 + below(4); change < changes; ++change) {
      std::size_t at = below(bytes.size());
      if (change % 3 == 0) at = below(sizeof(header) + std::size_t{header.e_phnum} * sizeof(Elf64_Phdr));
      if (change % 3 == 1) at = header.e_shoff + below(sections_end);
      bytes[std::min(at, bytes.size() - 1)] = static_cast<std::uint8_t>(random());
    }
    if (round % 7 == 0) bytes.resize(below(bytes.size()));
    if (!read(bytes).ok()) ++refused;
    if (!read_elf_exports(source_of(bytes)).ok()) ++refused_symbols;
  }

  CHECK(refused > 5'000);
  CHECK(refused_symbols > 5'000);
}

}  // namespace
}  // namespace reprise::plugin
