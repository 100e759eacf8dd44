/* The boundary as C11 sees it: abi_test.cpp compares it with C++20's view. */
#include <reprise/plugin.h>

#include "tests/contract/abi_layout.h"

const abi_layout abi_of_c11 = ABI_LAYOUT;
