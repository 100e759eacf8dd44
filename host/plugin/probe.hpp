#pragma once
#include <chrono>
#include <filesystem>
#include <span>

#include "host/base/result.hpp"

namespace reprise::plugin {

/// The hidden verb with which the binary that uses this module runs probe_main(argv[2]).
inline constexpr const char* kProbeVerb = "__probe";

/// Loads the file in a child process, /proc/self/exe started anew with kProbeVerb, so that a plugin that crashes or hangs while loading
/// harms nobody. The error (fatal, kind "plugin.probe") says "plugin NAME: ...": the signal, the exit status, the deadline, or
/// in our own words what dlopen said.
Result<> probe(const std::filesystem::path& file, std::chrono::milliseconds deadline = std::chrono::seconds(5));

/// The same for several files in one child. Not OK says that one of them did not pass, not reliably which: probe each then.
Result<> probe_all(std::span<const std::filesystem::path> files,
                   std::chrono::milliseconds deadline = std::chrono::seconds(5));

/// What the child does: limits itself, opens each file and reads its entry. Returns the exit status. Call it from main as the
/// first thing, with argv from the third on, when argv[1] is kProbeVerb; nothing of the host may have been started.
int probe_main(std::span<char* const> files);

}  // namespace reprise::plugin
