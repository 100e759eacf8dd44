#pragma once
#include <cstddef>

namespace reprise::plugin {

// What a probe's child tells its parent: one message on this descriptor, its first byte what it is, the rest a text.
inline constexpr int kProbeReportFd = 3;
inline constexpr std::size_t kMaxProbeReport = 2048;
inline constexpr char kProbePassed = 'P';
inline constexpr char kProbeRefused = 'R';

}  // namespace reprise::plugin
