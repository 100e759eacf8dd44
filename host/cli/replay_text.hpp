#pragma once
#include <string>

#include "host/config/value.hpp"

namespace reprise::cli {

/// "42% 1,234 delivered, 5,000 records/s, 12 s left"
std::string progress_line(const config::Value& job);
/// A bar of `width` cells and the progress line.
std::string progress_bar(const config::Value& job, int width);
/// One line per job, below a heading.
std::string job_table(const config::Value& jobs, bool is_local);
/// All about one job: range, state, counts, and the proof by the minute once there is one.
std::string job_text(const config::Value& job, bool is_local);

}  // namespace reprise::cli
