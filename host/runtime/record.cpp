#include "host/runtime/record.hpp"

#include <cstring>

namespace reprise::runtime {

std::unique_ptr<OwnedRecord> OwnedRecord::copy(const reprise_record& record, std::span<const reprise_header> extra) {
  const std::span<const reprise_header> own(record.headers, record.headers == nullptr ? 0 : record.header_count);
  const std::size_t header_count = own.size() + extra.size();
  std::size_t bytes = header_count * sizeof(reprise_header) + record.key.size + record.value.size + record.topic.size;
  for (const reprise_header& header : own) bytes += header.name.size + header.value.size;
  for (const reprise_header& header : extra) bytes += header.name.size + header.value.size;

  auto result = std::unique_ptr<OwnedRecord>(new OwnedRecord);
  result->bytes_ = std::make_unique<std::byte[]>(bytes == 0 ? 1 : bytes);
  auto* const headers = reinterpret_cast<reprise_header*>(result->bytes_.get());
  std::byte* next = result->bytes_.get() + header_count * sizeof(reprise_header);
  const auto take = [&next](const void* from, std::size_t size) {
    if (size != 0) std::memcpy(next, from, size);
    std::byte* const at = next;
    next += size;
    return at;
  };
  const auto take_bytes = [&take](reprise_bytes from) -> reprise_bytes {
    if (from.data == nullptr) return {nullptr, 0};  // null stays null, not empty
    return {reinterpret_cast<const std::uint8_t*>(take(from.data, from.size)), from.size};
  };
  const auto take_text = [&take](reprise_text from) -> reprise_text {
    return {reinterpret_cast<const char*>(take(from.data, from.size)), from.size};
  };

  result->record_ = record;
  result->record_.key = take_bytes(record.key);
  result->record_.value = take_bytes(record.value);
  result->record_.topic = take_text(record.topic);
  std::size_t index = 0;
  for (const reprise_header& header : own) headers[index++] = {take_text(header.name), take_bytes(header.value), 0};
  for (const reprise_header& header : extra) headers[index++] = {take_text(header.name), take_bytes(header.value), 0};
  result->record_.headers = header_count == 0 ? nullptr : headers;
  result->record_.header_count = static_cast<std::uint32_t>(header_count);
  return result;
}

}  // namespace reprise::runtime
