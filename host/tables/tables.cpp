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
  const MutexLock lock(mutex_);
  const auto found = index_.find(std::string(name));
  return found == index_.end() || !is_configured_[found->second] ? 0 : found->second + 1;
}

Result<> Tables::replace(std::string_view name, std::vector<RowSource> rows) {
  const MutexLock lock(mutex_);
  const auto known = index_.find(std::string(name));
  const Snapshot now = snapshot();
  const Snapshot::Rows* old = known == index_.end() ? nullptr : (*now.content_)[known->second].get();

  auto next = std::make_shared<Snapshot::Rows>();
  next->reserve(rows.size());
  for (auto& row : rows) {
    std::uint64_t version = 0;
    if (old != nullptr) {
      const auto before = old->find(row.key);
      if (before != old->end() && before->second.json == row.json) {
        version = before->second.version;
      }
    }
    const auto [place, is_new] =
        next->try_emplace(std::move(row.key), Row{.json = std::move(row.json), .version = version});
    if (!is_new) {
      return permanent("tables.duplicate",
                       "table " + std::string(name) + ": key " + quoted(place->first) + " comes twice");
    }
  }
  for (auto& [key, row] : *next) {
    if (row.version == 0) {
      row.version = ++last_version_;
    }
  }

  const std::size_t index = known == index_.end() ? is_configured_.size() : known->second;
  if (known == index_.end()) {
    index_.emplace(std::string(name), index);
    is_configured_.push_back(true);
  }
  is_configured_[index] = true;
  publish(index, std::move(next));
  return {};
}

void Tables::remove(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = index_.find(std::string(name));
  if (found != index_.end()) {
    is_configured_[found->second] = false;
    publish(found->second, std::make_shared<const Snapshot::Rows>());
  }
}

std::vector<std::string> Tables::names() const {
  const MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, index] : index_) {
    if (is_configured_[index]) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Tables::publish(std::size_t index, std::shared_ptr<const Snapshot::Rows> rows) {
  // One pointer per table is copied; the rows of the other tables are shared.
  auto next = std::make_shared<Snapshot::Content>(*snapshot().content_);
  next->resize(std::max(next->size(), index + 1));
  (*next)[index] = std::move(rows);
  std::shared_ptr<const Snapshot::Content> old =
      std::move(next);  // the last copy of a large table is freed after the lock
  const MutexLock lock(content_mutex_);
  content_.swap(old);
  generation_.fetch_add(1, std::memory_order_release);
}

}  // namespace reprise::tables
