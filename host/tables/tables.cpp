#include "host/tables/tables.hpp"

#include <algorithm>
#include <utility>

#include "host/base/text.hpp"

namespace reprise::tables {

const Row* Snapshot::find(std::uint64_t table, std::string_view key) const {
  if (table == 0 || table > content_->size()) {
    return nullptr;
  }
  const Rows& rows = *(*content_)[table - 1];
  const auto found = rows.find(key);
  return found == rows.end() ? nullptr : &found->second;
}

std::size_t Snapshot::size(std::uint64_t table) const {
  return table == 0 || table > content_->size() ? 0 : (*content_)[table - 1]->size();
}

Tables::Tables() : content_(std::make_shared<const Snapshot::Content>()) {}

Snapshot Tables::snapshot() const {
  const MutexLock lock(content_mutex_);
  return Snapshot(content_, generation_.load(std::memory_order_relaxed));
}

std::uint64_t Tables::number(std::string_view name) const {
  const MutexLock lock(content_mutex_);
  const auto found = index_.find(std::string(name));
  return found == index_.end() || !is_configured_[found->second] ? 0 : found->second + 1;
}

std::shared_ptr<const Snapshot::Rows> Tables::rows_of(const std::string& name) const {
  static const auto none = std::make_shared<const Snapshot::Rows>();
  const MutexLock lock(content_mutex_);
  const auto found = index_.find(name);
  return found == index_.end() ? none : (*content_)[found->second];
}

Result<Change> Tables::replace(std::string_view name_view, std::vector<RowSource> rows) {
  const std::string name(name_view);
  const MutexLock lock(mutex_);
  const auto old = rows_of(name);
  Change change;
  std::size_t stayed = 0;
  auto next = std::make_shared<Snapshot::Rows>();
  next->reserve(rows.size());
  for (auto& row : rows) {
    const auto [place, is_new] = next->try_emplace(std::move(row.key), Row{.json = std::move(row.json)});
    if (!is_new)
      return permanent("tables.duplicate", "table " + name + ": key " + quoted(place->first) + " comes twice");
    const auto before = old->find(place->first);
    if (before == old->end()) {
      ++change.came;
    } else if (before->second.json == place->second.json) {
      place->second.version = before->second.version;
      ++stayed;
    } else {
      ++change.changed;
    }
  }
  change.went = old->size() - stayed - change.changed;
  for (auto& [key, row] : *next) {
    if (row.version == 0) row.version = ++last_version_;
  }
  publish(name, std::move(next), true);
  return change;
}

Change Tables::remove(std::string_view name_view) {
  const std::string name(name_view);
  const MutexLock lock(mutex_);
  const Change change{.came = 0, .went = rows_of(name)->size(), .changed = 0};
  publish(name, std::make_shared<const Snapshot::Rows>(), false);
  return change;
}

std::size_t Tables::free_unused() {
  const MutexLock lock(mutex_);
  // The one use is this: nobody can take another.
  const auto is_used = [](const auto& content) { return content.use_count() > 1; };
  const auto first_unused = std::partition(replaced_.begin(), replaced_.end(), is_used);
  replaced_.erase(first_unused, replaced_.end());
  return replaced_.size();
}

std::vector<std::string> Tables::names() const {
  const MutexLock lock(content_mutex_);
  std::vector<std::string> names;
  for (const auto& [name, index] : index_) {
    if (is_configured_[index]) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Tables::publish(const std::string& name, std::shared_ptr<const Snapshot::Rows> rows, bool is_configured) {
  // One pointer per table is copied; the rows of the other tables are shared.
  auto next = std::make_shared<Snapshot::Content>(*snapshot().content_);
  std::shared_ptr<const Snapshot::Content> old;
  {
    const MutexLock lock(content_mutex_);
    const auto [known, is_new] = index_.try_emplace(name, is_configured_.size());
    if (is_new) is_configured_.push_back(false);
    is_configured_[known->second] = is_configured;
    next->resize(is_configured_.size());
    (*next)[known->second] = std::move(rows);
    old = std::exchange(content_, std::move(next));
    generation_.fetch_add(1, std::memory_order_release);
  }
  replaced_.push_back(std::move(old));
}

}  // namespace reprise::tables
