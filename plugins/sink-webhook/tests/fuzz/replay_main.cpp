// Runs a fuzz target without libFuzzer: over random changes of the seeds in a folder, for a fixed number of rounds, so that
// every build exercises it. Usage: target SEED_FOLDER [ROUNDS]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: %s SEED_FOLDER [ROUNDS]\n", argv[0]), 2;
  std::vector<std::string> seeds;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) return std::fprintf(stderr, "%s holds no seeds\n", argv[1]), 2;
  const long rounds = argc > 2 ? std::atol(argv[2]) : 200'000;
  std::mt19937 random(20261121);
  for (long round = 0; round < rounds; ++round) {
    std::string input = seeds[random() % seeds.size()];
    for (auto changes = random() % 6; changes > 0 && !input.empty(); --changes) {
      const std::size_t at = random() % input.size();
      switch (random() % 4) {
        case 0:
          input[at] = static_cast<char>(random());
          break;
        case 1:
          input.erase(at, 1 + random() % 8);
          break;
        case 2:
          input.insert(at, 1, "\r\n:;0 \t\0x"[random() % 9]);
          break;
        default:
          input.insert(at, input.substr(random() % input.size(), random() % 32));
          break;
      }
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  }
  std::printf("%ld inputs\n", rounds);
  return 0;
}
