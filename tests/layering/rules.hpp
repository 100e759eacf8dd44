#pragma once
#include <map>
#include <string>
#include <vector>

#include "tests/layering/source_tree.hpp"

namespace reprise::layering {

/// What a check found, one line each: "path:line: what is wrong and the way out". Empty when the rule holds.
using Findings = std::vector<std::string>;

/// The part of the house that a file belongs to: "sdk", "lib/kafka", "host/state", "plugins/dedup", "tests/field" ...
std::string part_of(const std::string& path);

/// DESIGN section 2: dependencies point one way; plugins see sdk/ and lib/kafka only; the field programs see nothing of ours.
Findings check_directions(const SourceTree& tree);

/// Every quoted include names a file of the tree, from its root; plugins, tests and benchmarks may name one beside.
Findings check_quoted_includes(const SourceTree& tree);

/// One third-party library behind one part of the house.
Findings check_third_party(const SourceTree& tree);

/// A header that shows a module's third-party library is included by that module only, also through other headers.
Findings check_private_headers(const SourceTree& tree);

/// No file is longer than kMaxLines, except those in `reasons` (path -> reason); an exception that is not needed
/// any more is a finding too.
inline constexpr std::size_t kMaxLines = 400;
Findings check_lengths(const SourceTree& tree, const std::map<std::string, std::string>& reasons);

/// Headers open with #pragma once (plugin.h: a guard, because C compilers read it), nothing is left for later, every
/// folder under host/ has a README.md, every plugin a plugin.yaml and a README.md.
Findings check_form(const SourceTree& tree);

/// Reads "path: reason" lines; '#' opens a comment. Throws std::runtime_error on a line without a reason.
std::map<std::string, std::string> read_reasons(const std::filesystem::path& file);

}  // namespace reprise::layering
