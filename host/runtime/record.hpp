#pragma once
#include <reprise/plugin.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace reprise::runtime {

inline std::string_view view(reprise_text text) { return {text.data, text.size}; }
inline std::string_view view(reprise_bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }
inline reprise_text text_of(std::string_view text) { return {text.data(), text.size()}; }
inline reprise_bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Key and value of a record together: what is delivered.
inline std::size_t payload_size_of(const reprise_record& record) { return record.key.size + record.value.size; }

/// What a record counts for in every limit: its bytes in memory, headers included.
inline std::size_t size_of(const reprise_record& record) {
  std::size_t size = payload_size_of(record);
  if (record.headers == nullptr) return size;
  for (const reprise_header& header : std::span(record.headers, record.header_count))
    size += sizeof header + header.name.size + header.value.size;
  return size;
}

/// A record with bytes of its own, in one allocation: for what must wait long, since one lent record pins the whole
/// buffer it was fetched in.
class OwnedRecord {
 public:
  /// Copies record with its key, value and headers, and appends extra headers.
  static std::unique_ptr<OwnedRecord> copy(const reprise_record& record, std::span<const reprise_header> extra = {});

  reprise_record* get() { return &record_; }

 private:
  OwnedRecord() = default;
  reprise_record record_{};
  std::unique_ptr<std::byte[]> bytes_;
};

}  // namespace reprise::runtime
