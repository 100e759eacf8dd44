#include "dedup.hpp"

REPRISE_TRANSFORM_PLUGIN(reprise::dedup::Dedup);
