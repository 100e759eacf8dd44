#include <charconv>
#include <fstream>

#include "../common/args.hpp"
#include "sources.hpp"

namespace field {
namespace {

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> result;
  std::size_t at = 0;
  for (;;) {
    const auto tab = line.find('\t', at);
    result.push_back(line.substr(at, tab == std::string::npos ? tab : tab - at));
    if (tab == std::string::npos) return result;
    at = tab + 1;
  }
}

template <typename Number>
bool number(const std::string& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

void read_truth(const std::string& path, const std::function<void(const TopicRecord&)>& take) {
  std::ifstream file(path);
  if (!file) die(3, "cannot read " + path);
  std::string line;
  for (std::int64_t at = 1; std::getline(file, line); ++at) {
    if (line.empty() || line.front() == '#') continue;
    const auto column = columns(line);
    TopicRecord record;
    if (column.size() != 7 || !number(column[2], record.timestamp_ms) || !from_hex(column[3], record.digest) ||
        !number(column[5], record.partition) || !number(column[6], record.offset)) {
      die(3, path + ":" + std::to_string(at) + ": not a line of a truth file");
    }
    record.event_id = column[0];
    record.webhook = column[1];
    take(record);
  }
}

void LedgerReader::read_to_end(const std::function<void(const Delivery&)>& take) {
  std::ifstream file(path_, std::ios::binary);
  if (!file) die(3, "cannot read " + path_);
  file.seekg(position_);
  std::string line;
  while (std::getline(file, line)) {
    if (file.eof()) return;  // no line end yet: it is still being written
    ++line_;
    position_ += static_cast<std::int64_t>(line.size()) + 1;
    const auto column = columns(line);
    Delivery delivery;
    if (column.size() != 12 || !number(column[0], delivery.wall_ms) || !from_hex(column[4], delivery.digest) ||
        !number(column[11], delivery.status)) {
      die(3, path_ + ":" + std::to_string(line_) + ": not a line of a ledger");
    }
    delivery.webhook = column[2];
    delivery.event_id = column[3];
    delivery.kind = column[7];
    delivery.job = column[8];
    if (column[9] != "-" && !number(column[9], delivery.epoch)) {
      die(3, path_ + ":" + std::to_string(line_) + ": epoch \"" + column[9] + "\" is not a number");
    }
    delivery.signature = column[10];
    take(delivery);
  }
}

}  // namespace field
