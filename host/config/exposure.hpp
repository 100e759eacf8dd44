#pragma once
#include <filesystem>
#include <vector>

#include "host/config/check.hpp"
#include "host/config/problem.hpp"

namespace reprise::config {

// What works and should be looked at: who else can touch files that were read.

/// Secrets that stand in files which others can read, one warning a file. Texts in memory are nobody else's.
std::vector<Problem> warn_of_readers(const LiteralSecrets& secrets);

/// Adds a warning if somebody else can change the file.
void warn_of_writers(const std::filesystem::path& file, std::vector<Problem>& warnings);

}  // namespace reprise::config
