#include "host/plugin/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "host/base/text.hpp"

namespace reprise::plugin {
namespace {

#if defined(__x86_64__)
constexpr std::uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t kMachine = EM_AARCH64;
#else
#error "name this machine's ELF number here"
#endif

Error refuse(std::string message) { return fatal("plugin.file", std::move(message)); }

Error not_a_library(std::string_view why) { return refuse("not a shared library (" + std::string(why) + ")"); }

Error truncated(std::uint64_t has, std::uint64_t needs) {
  return refuse("file is truncated (has " + std::to_string(has) + " bytes, headers need " + std::to_string(needs) +
                ")");
}

std::string machine_name(std::uint16_t machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_RISCV:
      return "RISC-V";
    case EM_PPC64:
      return "ppc64";
    case EM_S390:
      return "s390";
    default:
      return "machine " + std::to_string(machine);
  }
}

// offset + size, or the largest number where that is none: it is beyond any file.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t size) {
  return offset > UINT64_MAX - size ? UINT64_MAX : offset + size;
}

template <class T>
bool read_array(const ByteSource& file, std::uint64_t offset, std::size_t count, std::vector<T>* out) {
  out->resize(count);
  return file.read(offset, {reinterpret_cast<std::uint8_t*>(out->data()), count * sizeof(T)});
}

Result<Elf64_Ehdr> read_header(const ByteSource& file) {
  Elf64_Ehdr header{};
  if (file.size == 0) return not_a_library("the file is empty");
  unsigned char ident[EI_NIDENT] = {};
  if (!file.read(0, {ident, static_cast<std::size_t>(std::min<std::uint64_t>(file.size, EI_NIDENT))})) {
    return refuse("cannot be read");
  }
  if (std::memcmp(ident, ELFMAG, SELFMAG) != 0) return not_a_library("no ELF header");
  if (file.size < EI_NIDENT) return truncated(file.size, sizeof(header));
  if (ident[EI_CLASS] != ELFCLASS64) {
    return refuse("built for a 32-bit machine, this host is " + machine_name(kMachine));
  }
  if (ident[EI_DATA] != ELFDATA2LSB)
    return refuse("built for a big-endian machine, this host is " + machine_name(kMachine));
  if (file.size < sizeof(header)) return truncated(file.size, sizeof(header));
  if (!file.read(0, {reinterpret_cast<std::uint8_t*>(&header), sizeof(header)})) return refuse("cannot be read");
  if (header.e_machine != kMachine) {
    return refuse("built for " + machine_name(header.e_machine) + ", this host is " + machine_name(kMachine));
  }
  if (header.e_type == ET_REL) return not_a_library("an object file");
  if (header.e_type == ET_EXEC) return not_a_library("an executable");
  if (header.e_type != ET_DYN) return not_a_library("ELF type " + std::to_string(header.e_type));
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum == 0) return not_a_library("no program headers");
  if (header.e_shnum != 0 && header.e_shentsize != sizeof(Elf64_Shdr))
    return not_a_library("section headers of a wrong size");
  return header;
}

Result<> check_segments(const ByteSource& file, const Elf64_Ehdr& header) {
  const std::uint64_t table_end = end_of(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr));
  const std::uint64_t sections_end = end_of(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(Elf64_Shdr));
  std::uint64_t needs = std::max(table_end, sections_end);
  if (table_end > file.size) return truncated(file.size, needs);

  std::vector<Elf64_Phdr> segments;
  if (!read_array(file, header.e_phoff, header.e_phnum, &segments)) return refuse("cannot be read");
  bool has_code = false;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_INTERP) return not_a_library("an executable");
    if (segment.p_filesz > 0) needs = std::max(needs, end_of(segment.p_offset, segment.p_filesz));
    has_code = has_code || segment.p_type == PT_LOAD;
  }
  if (needs > file.size) return truncated(file.size, needs);
  if (!has_code) return not_a_library("nothing in it is to be loaded");
  return {};
}

struct Sections {
  std::vector<Elf64_Shdr> headers;  // empty: the file has none
  std::size_t names = 0;            // index of the table of their names
};

// Each section ends inside the file.
Result<Sections> read_sections(const ByteSource& file) {
  const Result<Elf64_Ehdr> header = read_header(file);
  if (!header) return header.error();
  if (const Result<> good = check_segments(file, *header); !good) return good.error();
  Sections sections;
  if (header->e_shnum == 0 || header->e_shstrndx >= header->e_shnum) return sections;
  sections.names = header->e_shstrndx;
  if (!read_array(file, header->e_shoff, header->e_shnum, &sections.headers)) return refuse("cannot be read");
  for (const Elf64_Shdr& section : sections.headers) {
    const std::uint64_t end = section.sh_type == SHT_NOBITS ? 0 : end_of(section.sh_offset, section.sh_size);
    if (end > file.size) return truncated(file.size, end);
  }
  return sections;
}

Result<std::vector<char>> read_strings(const ByteSource& file, const Elf64_Shdr& section, std::uint64_t limit,
                                       const std::string& what) {
  if (section.sh_type != SHT_STRTAB || section.sh_size > limit)
    return refuse("damaged (the table of " + what + " is none)");
  std::vector<char> strings;
  if (!read_array(file, section.sh_offset, static_cast<std::size_t>(section.sh_size), &strings))
    return refuse("cannot be read");
  return strings;
}

std::optional<std::string_view> string_at(const std::vector<char>& strings, std::size_t offset) {
  if (offset >= strings.size()) return std::nullopt;
  const char* begin = strings.data() + offset;
  return std::string_view(begin, ::strnlen(begin, strings.size() - offset));
}

// Does it stand for something in this file that others may use?
bool is_exported(const Elf64_Sym& symbol) {
  const unsigned binding = ELF64_ST_BIND(symbol.st_info), visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL && visibility != STV_HIDDEN && visibility != STV_INTERNAL;
}

// Linkers put these into each file.
bool is_of_linker(std::string_view name) {
  constexpr std::array<std::string_view, 5> kNames{"_init", "_fini", "__bss_start", "_edata", "_end"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

Result<std::string> read_elf_section(const ByteSource& file, std::string_view name) {
  const Result<Sections> sections = read_sections(file);
  if (!sections) return sections.error();
  const Error missing = refuse("not a plugin for this host (no section " + std::string(name) + ")");
  if (sections->headers.empty()) return missing;
  const auto names = read_strings(file, sections->headers[sections->names], kMaxSectionBytes, "section names");
  if (!names) return names.error();

  const Elf64_Shdr* found = nullptr;
  for (const Elf64_Shdr& section : sections->headers) {
    if (string_at(*names, section.sh_name) != name) continue;
    if (found != nullptr) return refuse("has section " + std::string(name) + " twice");
    found = &section;
  }
  if (found == nullptr) return missing;
  if (found->sh_type != SHT_PROGBITS || (found->sh_flags & SHF_COMPRESSED) != 0) {
    return refuse("section " + std::string(name) + " holds no plain text");
  }
  if (found->sh_size > kMaxSectionBytes) {
    return refuse("section " + std::string(name) + " has " + std::to_string(found->sh_size) + " bytes, at most " +
                  std::to_string(kMaxSectionBytes) + " are allowed");
  }
  std::vector<char> text;
  if (!read_array(file, found->sh_offset, static_cast<std::size_t>(found->sh_size), &text))
    return refuse("cannot be read");
  return std::string(text.begin(), text.end());
}

Result<std::vector<std::string>> read_elf_exports(const ByteSource& file) {
  const Result<Sections> sections = read_sections(file);
  if (!sections) return sections.error();
  const auto& headers = sections->headers;
  const auto table =
      std::find_if(headers.begin(), headers.end(), [](const Elf64_Shdr& s) { return s.sh_type == SHT_DYNSYM; });
  if (table == headers.end()) return std::vector<std::string>{};
  if (table->sh_entsize != sizeof(Elf64_Sym) || table->sh_size > kMaxSymbolBytes || table->sh_link >= headers.size())
    return refuse("damaged (the table of symbols is none)");
  const auto names = read_strings(file, headers[table->sh_link], kMaxSymbolBytes, "symbol names");
  if (!names) return names.error();
  std::vector<Elf64_Sym> symbols;
  if (!read_array(file, table->sh_offset, static_cast<std::size_t>(table->sh_size / sizeof(Elf64_Sym)), &symbols))
    return refuse("cannot be read");

  std::vector<std::string> exports;
  for (const Elf64_Sym& symbol : symbols) {
    if (!is_exported(symbol)) continue;
    const auto name = string_at(*names, symbol.st_name);
    if (!name) return refuse("damaged (a symbol without a name)");
    if (!is_of_linker(*name)) exports.emplace_back(*name);
  }
  std::sort(exports.begin(), exports.end());
  return exports;
}

}  // namespace reprise::plugin
