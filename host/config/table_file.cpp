#include "host/config/table_file.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "host/base/text.hpp"
#include "host/config/exposure.hpp"
#include "host/config/json.hpp"
#include "host/config/json_places.hpp"
#include "host/config/rows.hpp"
#include "host/config/scalar.hpp"

namespace reprise::config {
namespace {

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; });
}

// As in YAML: an escape brings in nothing that a file may not hold.
void refuse_control(const Value& value, const std::string& path, Problems& problems) {
  if (has_control(value.text)) problems.add(value.where, path, "a control character in a text");
  for (const auto& item : value.items) refuse_control(item, path, problems);
  for (const auto& member : value.members) {
    if (has_control(member.key)) problems.add(member.where, path, "a control character in a name");
    refuse_control(member.value, path, problems);
  }
}

// One reading of a file. Places are made for rows that are wrong only: they cost as much as all the rest.
class RowsReader {
 public:
  RowsReader(const std::string& origin, const TableConfig& table, CheckContext& context)
      : origin_(origin), table_(table), path_("tables." + table.name), context_(context) {}

  void add(const LineReader::Line& line) {
    const Location where{origin_, line.number, 1};
    if (!line.is_whole) return refuse(where, "the line has more than " + with_thousands(kMaxRowBytes) + " bytes");
    if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    auto row = parse_json(line.text, kMaxRowBytes);
    if (!row.ok()) {
      std::string message = row.error().message;
      if (message.starts_with("the body ")) message.replace(0, 8, "the line");
      return refuse(place_of_fault(line.text, where), std::move(message));
    }
    Problems problems;
    CheckContext trial{problems, context_.secrets};
    if (auto good = judge(*std::move(row), trial)) {
      for (const auto& [file, secret] : trial.literal_secrets.files()) context_.literal_secrets.add(where, secret.path);
      return keep(*std::move(good), where);
    }
    Value placed = *parse_json(line.text, kMaxRowBytes);
    set_places(placed, line.text, where);
    judge(std::move(placed), context_);
  }

  std::vector<TableRow> take() { return std::move(rows_); }

 private:
  void refuse(const Location& where, std::string message) { context_.problems.add(where, path_, std::move(message)); }

  std::optional<TableRow> judge(Value row, CheckContext& context) const {
    if (row.kind != Value::Kind::Map) {
      context.problems.add(row.where, path_, "expected an object, got " + describe(row));
      return std::nullopt;
    }
    auto key = take_key(row, context.problems);
    if (!key) return std::nullopt;
    const std::string path = path_ + "." + *key;
    const std::size_t before = context.problems.size();
    refuse_control(row, path, context.problems);
    if (context.problems.size() != before) return std::nullopt;
    auto json = read_row(std::move(row), table_.rules, path, RowSecrets::References, context);
    if (!json) return std::nullopt;
    return TableRow{*std::move(key), *std::move(json)};
  }

  // The key is no part of the row: its plugin knows it from the record.
  std::optional<std::string> take_key(Value& row, Problems& problems) const {
    const std::string& name = table_.file->key;
    const auto member =
        std::find_if(row.members.begin(), row.members.end(), [&](const auto& m) { return m.key == name; });
    if (member == row.members.end()) {
      problems.add(row.where, path_, "has no member " + quoted(name, 64) + ", the row's key");
      return std::nullopt;
    }
    Value value = std::move(member->value);
    row.members.erase(member);
    const bool is_key = value.kind == Value::Kind::Scalar && !value.text.empty() && !has_control(value.text) &&
                        (value.is_quoted || is_integer(value.text));
    if (is_key) return std::move(value.text);
    problems.add(value.where, path_ + "." + name,
                 "expected the row's key, a text or a whole number, got " + describe(value));
    return std::nullopt;
  }

  void keep(TableRow row, const Location& where) {
    const auto [first, is_new] = lines_.try_emplace(row.key, where.line);
    if (is_new) {
      rows_.push_back(std::move(row));
    } else {
      refuse(where, "the key " + quoted(row.key, 64) + " is there twice, first at " +
                        format(Location{origin_, first->second, 0}));
    }
  }

  const std::string& origin_;
  const TableConfig& table_;
  const std::string path_;
  CheckContext& context_;
  std::vector<TableRow> rows_;
  std::unordered_map<std::string, int> lines_;  // where each key stands
};

}  // namespace

std::vector<TableRow> read_json_lines(LineReader& lines, const std::string& origin, const TableConfig& table,
                                      CheckContext& context) {
  RowsReader rows(origin, table, context);
  while (true) {
    const auto line = lines.next();
    if (!line.ok()) context.problems.add({origin}, "tables." + table.name, line.error().message);
    if (!line.ok() || !*line) return rows.take();
    rows.add(**line);
  }
}

void read_table_file(TableConfig& table, CheckContext& context) {
  const std::string origin = table.file->path.string();
  const auto refuse = [&](std::string message) {
    context.problems.add({origin}, "tables." + table.name, std::move(message));
  };
  table.file->stamp =
      stamp_of(table.file->path);  // also of what cannot be read: it is looked at again when it is another
  auto file = PrivateFile::open(table.file->path, FileRule::NotWritableByOthers, kMaxTableFileBytes);
  if (!file.ok()) return refuse(file.error().message);
  const FileStamp stamp = file->stamp();
  table.file->stamp = stamp;
  if (stamp.bytes == 0) return refuse("is empty, as if it had been cut short; a table without rows is an empty line");
  LineReader lines([&](std::span<char> buffer) { return file->read(buffer); }, kMaxRowBytes);
  table.rows = read_json_lines(lines, origin, table, context);
  if (file->stamp() != stamp) refuse("was written while it was read; write another file and rename it to this name");
}

TableReading read_again(const TableConfig& table, SecretSource& secrets) {
  Problems problems;
  CheckContext context{problems, secrets};
  TableReading reading{table, {}};
  read_table_file(reading.table, context);
  problems.throw_if_any();
  reading.warnings = warn_of_readers(context.literal_secrets);
  warn_of_writers(table.file->path, reading.warnings);
  return reading;
}

}  // namespace reprise::config
