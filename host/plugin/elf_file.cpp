#include "host/plugin/elf_file.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

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

}  // namespace

Result<std::string> read_elf_section(const ByteSource& file, std::string_view name) {
  const Result<Elf64_Ehdr> header = read_header(file);
  if (!header) return header.error();
  if (const Result<> good = check_segments(file, *header); !good) return good.error();

  const Error missing = refuse("not a plugin for this host (no section " + std::string(name) + ")");
  if (header->e_shnum == 0 || header->e_shstrndx >= header->e_shnum) return missing;
  std::vector<Elf64_Shdr> sections;
  if (!read_array(file, header->e_shoff, header->e_shnum, &sections)) return refuse("cannot be read");
  for (const Elf64_Shdr& section : sections) {
    const std::uint64_t end = section.sh_type == SHT_NOBITS ? 0 : end_of(section.sh_offset, section.sh_size);
    if (end > file.size) return truncated(file.size, end);
  }
  const Elf64_Shdr& names_section = sections[header->e_shstrndx];
  if (names_section.sh_type != SHT_STRTAB || names_section.sh_size > kMaxSectionBytes) {
    return refuse("damaged (the table of section names is none)");
  }
  std::vector<char> names;
  if (!read_array(file, names_section.sh_offset, static_cast<std::size_t>(names_section.sh_size), &names)) {
    return refuse("cannot be read");
  }

  const Elf64_Shdr* found = nullptr;
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_name >= names.size()) continue;
    const char* begin = names.data() + section.sh_name;
    const std::string_view section_name(begin, ::strnlen(begin, names.size() - section.sh_name));
    if (section_name != name) continue;
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

}  // namespace reprise::plugin
