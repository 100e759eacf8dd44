// Opens the store in argv[1] and commits batches of two keys that must agree, printing each number once it is committed,
// until it is killed. With "refused" it prints the error of open.
#include <unistd.h>

#include <iostream>
#include <string>

#include "host/state/rocks_store.hpp"

using namespace reprise;
using namespace reprise::state;

int main(int argc, char** argv) {
  if (argc < 2) {
    return 2;
  }
  auto store = RocksStore::open(argv[1], {});
  if (!store) {
    std::cout << store.error().kind << " " << store.error().code << std::endl;
    return 3;
  }
  std::string value;
  const auto found = (*store)->get("left", &value);
  std::uint64_t number = found && *found ? std::stoull(value) : 0;
  for (;;) {
    ++number;
    Batch batch;
    batch.put("left", std::to_string(number));
    batch.put("marks/" + std::to_string(number % 4096), std::string(512, 'm'));
    batch.put("right", std::to_string(number));
    if (!(*store)->commit(batch)) {
      return 4;
    }
    const std::string line = std::to_string(number) + "\n";
    if (write(STDOUT_FILENO, line.data(), line.size()) < 0) {
      return 5;
    }
  }
}
