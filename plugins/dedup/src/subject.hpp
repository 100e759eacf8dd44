#pragma once
#include <reprise/options.hpp>
#include <reprise/views.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::dedup {

/// Takes out of a record what makes it the same as another: its value, key, a header, or a place in its JSON. Owned by one
/// instance; not thread-safe.
class Subject {
 public:
  /// Throws bad_option when `by` is none of its forms.
  explicit Subject(const Options& options);
  ~Subject();

  bool needs_headers() const noexcept { return kind_ == Kind::Header; }
  /// None: it has no such value. Borrowed until the next call, or from the record.
  std::optional<std::string_view> of(RecordView record);

 private:
  enum class Kind { Value, Key, Header, Json };
  struct Parser;

  std::optional<std::string_view> in_json(std::string_view text);

  Kind kind_ = Kind::Value;
  std::string name_;  // of the header, or the pointer
  std::unique_ptr<Parser> parser_;
};

}  // namespace reprise::dedup
