#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace reprise::runtime {

/// Under which keys a stream's state stands in the store. Progress belongs to (owner, topic, partition, generation), the
/// owner being a connector or a job; never to a task number or to a version of the configuration.
///
///     s \0 owner \0 topic \0 partition (4 bytes, big endian) generation (4 bytes, big endian) kind ...
///     kind p: the checkpoint;  m: counts of one minute (8 bytes, big endian);  t: a transform's own, index and key
///     g \0 owner \0 topic \0 partition (4 bytes): the current generation, as 4 bytes
struct StreamKey {
  std::string owner;  ///< "c:<connector>" or "j:<job id>"
  std::string topic;
  std::int32_t partition = 0;
  std::uint32_t generation = 1;

  std::string progress() const { return prefix() + 'p'; }
  std::string minutes() const { return prefix() + 'm'; }
  std::string transform(std::size_t index) const { return prefix() + 't' + static_cast<char>(index); }
  /// Everything of this stream.
  std::string prefix() const { return 's' + base() + big_endian(generation); }
  /// Where the current generation stands.
  std::string generation_key() const { return 'g' + base(); }

  static std::string connector_owner(std::string_view connector) { return "c:" + std::string(connector); }
  static std::string job_owner(std::string_view job) { return "j:" + std::string(job); }
  /// Every stream of an owner, and its generations: two prefixes to erase.
  static std::string owner_prefix(char table, std::string_view owner) {
    return std::string(1, table) + '\0' + std::string(owner) + '\0';
  }

  static std::string big_endian(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
  }
  static std::string big_endian64(std::uint64_t value) {
    return big_endian(static_cast<std::uint32_t>(value >> 32)) + big_endian(static_cast<std::uint32_t>(value));
  }

 private:
  std::string base() const {
    return '\0' + owner + '\0' + topic + '\0' + big_endian(static_cast<std::uint32_t>(partition));
  }
};

}  // namespace reprise::runtime
