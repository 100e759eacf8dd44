#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/config/check.hpp"
#include "host/config/config.hpp"
#include "host/config/load.hpp"

namespace reprise::config {

/// What the plugins that use a table ask of its rows ("rows:" of the option that names it), by table; each rule once. A rule is made for
/// its connector: `http:` and `goes_with:` are decided.
std::map<std::string, std::vector<OptionSpec>> row_rules(const std::vector<ConnectorConfig>& connectors,
                                                         const ManifestLookup& manifests);

/// May a secret of a row be a reference?
enum class RowSecrets { References, Literal };

/// A row as compact JSON, if it keeps all rules; else what is wrong is added to context.problems, below path. A customer's text stands in
/// it: nothing is a reference but what a rule calls a secret. A member that is null and not required is left out.
std::optional<std::string> read_row(Value row, const std::vector<OptionSpec>& rules, const std::string& path,
                                    RowSecrets secrets, CheckContext& context);

/// Checks the rows of tables against the rules and turns them into JSON.
void read_rows(const Value* section, std::map<std::string, TableConfig>& tables, CheckContext& context);

}  // namespace reprise::config
