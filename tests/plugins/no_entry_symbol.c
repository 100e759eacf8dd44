/* A shared object with a manifest, and nothing else that the host looks for. */
#include <reprise/plugin.h>

const reprise_text* manifest_of_no_plugin(void);

const reprise_text* manifest_of_no_plugin(void) { return &reprise_manifest; }
