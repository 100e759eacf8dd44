// raise_format DIRECTORY: gives the state in it the number of a format that no release has yet, as a newer program would.
#include <cstdio>

#include "host/state/rocks_store.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: raise_format DIRECTORY\n");
    return 2;
  }
  using namespace reprise::state;
  const std::uint32_t version = current_format().version;
  OpenOptions options;
  options.format = current_format();
  options.format.version = version + 1;
  options.format.migrations.push_back(
      {.from = version, .step = [](const Store&, Batch&) { return reprise::Result<>(); }});
  const auto opened = RocksStore::open(argv[1], options);
  if (!opened) {
    std::fprintf(stderr, "raise_format: %s\n", opened.error().message.c_str());
    return 1;
  }
  std::printf("%u\n", version + 1);
  return 0;
}
