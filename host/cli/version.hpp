#pragma once

namespace reprise::cli {

/// Of this build; CMake fills them in.
extern const char* const kVersion;
extern const char* const kCommit;

}  // namespace reprise::cli
