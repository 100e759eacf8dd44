/* Says in its sections, before anything of it is loaded, that it was built for another interface: a manifest and numbers made by
 * hand, as a build that does not know cmake/Plugin.cmake makes them. Everything else of it would do harm. */
#include <stdint.h>
#include <stdlib.h>

#define MANIFEST "id: fault-other-abi-section\nversion: 0.1.0\nkind: sink\nlicense: Apache-2.0\nsummary: A plugin for tests.\n"
__attribute__((section(".reprise_manifest"), used)) static const char manifest[sizeof(MANIFEST) - 1] = MANIFEST;
__attribute__((section(".reprise_abi"), used)) static const uint32_t abi[4] = {0x3078434c, 0, 1, 128};

__attribute__((constructor)) static void run(void) { abort(); }
