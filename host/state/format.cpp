#include "host/state/format.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace reprise::state {
namespace {

std::string format_key() { return std::string(1, kReservedFirstByte) + "format"; }

/// The number that is written in store, or `wanted` if it is empty, or 0 if it holds keys but no number.
Result<std::uint32_t> read_version(const Store& store, std::uint32_t wanted) {
  std::string text;
  const auto found = store.get(format_key(), &text);
  if (!found) {
    return found.error();
  }
  if (*found) {
    std::uint32_t version = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), version);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
      return fatal("store.format",
                   "the state's format number is unreadable: remove the state directory, or restore it");
    }
    return version;
  }
  bool is_empty = true;
  const auto scanned = store.scan("", "", [&](std::string_view, std::string_view) { return is_empty = false; });
  if (!scanned) {
    return scanned.error();
  }
  return is_empty ? wanted : 0;
}

Result<> write_version(Store& store, Batch& batch, std::uint32_t version) {
  batch.put(format_key(), std::to_string(version));
  return store.commit(batch);
}

}  // namespace

const Format& current_format() {
  static const Format format{.version = 1, .migrations = {}};
  return format;
}

Result<std::uint32_t> bring_to_format(Store& store, const Format& wanted) {
  const auto found = read_version(store, wanted.version);
  if (!found) {
    return found.error();
  }
  if (*found > wanted.version) {
    return fatal("store.newer", "the state was written in format " + std::to_string(*found) +
                                    ", this program knows up to " + std::to_string(wanted.version) +
                                    ": run the newer program, or another state directory");
  }
  for (std::uint32_t version = *found; version < wanted.version; ++version) {
    const auto migration = std::find_if(wanted.migrations.begin(), wanted.migrations.end(),
                                        [&](const Migration& candidate) { return candidate.from == version; });
    if (migration == wanted.migrations.end()) {
      return fatal("store.format", "the state is in format " + std::to_string(version) +
                                       " and this program, of format " + std::to_string(wanted.version) +
                                       ", has no way from there: use a release between them first");
    }
    Batch batch;
    if (auto stepped = migration->step(store, batch); !stepped) {
      return std::move(stepped).error();
    }
    if (auto written = write_version(store, batch, version + 1); !written) {
      return std::move(written).error();
    }
  }
  if (*found == wanted.version) {
    std::string text;
    const auto is_numbered = store.get(format_key(), &text);
    if (!is_numbered) {
      return is_numbered.error();
    }
    if (!*is_numbered) {
      Batch batch;
      if (auto written = write_version(store, batch, wanted.version); !written) {
        return std::move(written).error();
      }
    }
  }
  return *found;
}

}  // namespace reprise::state
