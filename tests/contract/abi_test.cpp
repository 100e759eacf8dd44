#include <reprise/plugin.h>

#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>

#include "tests/contract/abi_layout.h"

extern "C" const abi_layout abi_of_c11;

namespace {

const abi_layout abi_of_cpp20 = ABI_LAYOUT;

TEST_CASE("C11 and C++20 see the same boundary", "[contract][abi]") {
  CHECK(std::equal(std::begin(abi_of_c11.values), std::end(abi_of_c11.values), std::begin(abi_of_cpp20.values)));
}

}  // namespace
