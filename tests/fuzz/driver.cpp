// Mutates seeds where libFuzzer is not there. `fuzz_x ITERATIONS [SEED]`; `fuzz_x FILE` runs one input again.
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>

#include "fuzz.hpp"

namespace {

std::string current;  // what is being tried, kept for the report

void run(const std::string& input) {
  current = input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

extern "C" void report(int) {
  if (std::FILE* file = std::fopen("fuzz-crash.bin", "wb")) {
    std::fwrite(current.data(), 1, current.size(), file);
    std::fclose(file);
  }
  std::fprintf(stderr, "the input is in fuzz-crash.bin\n");
  std::_Exit(1);
}

std::string mutated(std::mt19937_64& random, const std::vector<std::string>& seeds) {
  const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound); };
  constexpr std::string_view kInteresting = "\r\n\t :;,/%?#0159aAfFxX\x7f\x80\xff\v\"\\";
  std::string input = seeds[below(seeds.size())];
  for (std::size_t left = 1 + below(6); left > 0; --left) {
    const std::size_t at = below(input.size() + 1);
    switch (below(7)) {
      case 0:
        input.insert(at, 1, kInteresting[below(kInteresting.size())]);
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 2:
        input.erase(at, 1 + below(4));
        break;
      case 3:
        if (at < input.size()) input[at] = kInteresting[below(kInteresting.size())];
        break;
      case 4:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 5:
        input.insert(at, input.substr(below(input.size() + 1), below(40)));
        break;
      default: {
        const std::string& other = seeds[below(seeds.size())];
        input.insert(at, other.substr(below(other.size() + 1), below(60)));
      }
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, report);
  std::signal(SIGSEGV, report);
  const std::string first = argc > 1 ? argv[1] : "100000";
  if (first.find_first_not_of("0123456789") != std::string::npos) {
    std::ostringstream bytes;
    bytes << std::ifstream(first, std::ios::binary).rdbuf();
    run(bytes.str());
    return 0;
  }
  const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : std::random_device()();
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  std::mt19937_64 random(seed);
  const std::vector<std::string> seeds = fuzz_seeds();
  for (const std::string& input : seeds) run(input);
  for (unsigned long left = std::stoul(first); left > 0; --left) run(mutated(random, seeds));
  return 0;
}
