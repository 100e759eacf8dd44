#pragma once
#include <cstdint>
#include <vector>

#include "host/config/check.hpp"
#include "host/config/config.hpp"
#include "host/config/line_reader.hpp"

namespace reprise::config {

constexpr std::uint64_t kMaxTableFileBytes = 1u << 30;
constexpr std::size_t kMaxRowBytes = 64 * 1024;

/// The rows of table.file in place of those that the table has, and the stamp of what was read; checked against table.rules. What is
/// wrong is added to context.problems; then the rows are not to be used. A file of no bytes is wrong: it is one that was cut short.
/// Others must not be able to write to it.
void read_table_file(TableConfig& table, CheckContext& context);

/// A table whose file was read again, and who else can touch it.
struct TableReading {
  TableConfig table;
  std::vector<Problem> warnings;
};
/// The same for what a running worker has: its rules stay. Throws ConfigError.
TableReading read_again(const TableConfig& table, SecretSource& secrets);

/// Rows out of lines: an object a line, empty lines between them. Reads on behind what is wrong, so that all of it is told.
/// origin names the lines in locations.
std::vector<TableRow> read_json_lines(LineReader& lines, const std::string& origin, const TableConfig& table,
                                      CheckContext& context);

}  // namespace reprise::config
