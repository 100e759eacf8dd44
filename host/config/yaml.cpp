#include "host/config/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "host/base/text.hpp"
#include "host/base/utf8.hpp"
#include "host/config/file.hpp"
#include "host/config/yaml_scan.hpp"

namespace reprise::config {
namespace {

// From a byte of a text to its line and column.
class Places {
 public:
  Places(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {
    lines_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
      lines_.push_back(at + 1);
  }

  Location at(std::size_t byte) const {
    byte = std::min(byte, text_.size());
    const auto line = std::upper_bound(lines_.begin(), lines_.end(), byte) - 1;
    const auto before = text_.substr(*line, byte - *line);
    const auto characters = std::count_if(before.begin(), before.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
    return {origin_, static_cast<int>(line - lines_.begin()) + 1, static_cast<int>(characters) + 1};
  }

 private:
  std::string_view text_;
  std::string origin_;
  std::vector<std::size_t> lines_;  // first byte of each
};

// Thrown by the handler when going on would only cost time.
struct Stop {};

// Builds the tree from yaml-cpp's events: its own Node resolves aliases, drops duplicates and forgets quotes.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const Places& places, Problems& problems)
      : text_(text), places_(places), problems_(problems) {}

  Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    refuse(mark, "anchors and aliases are not supported");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(mark, "anchors and aliases are not supported");
    attach(Value::empty(Value::Kind::Null, place(mark)));
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    const bool is_written = std::string_view("~nN").find(source(mark)) != std::string_view::npos;
    Value value = Value::empty(Value::Kind::Null, place(mark));
    // yaml-cpp marks an absent value where the next token is; what a person looks for is its key.
    if (!is_written && !frames_.empty() && frames_.back().key) value.where = frames_.back().key_where;
    if (!frames_.empty() && frames_.back().key && !has_colon(frames_.back().key_end)) {
      problems_.add(frames_.back().key_where, "",
                    "expected ':' and a value after the key " + quoted(*frames_.back().key, 64));
    }
    attach(std::move(value));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, const std::string& text) override {
    if (tag != "?" && tag != "!" && !tag.empty()) refuse(mark, "tags are not supported");
    const char first = source(mark);
    const bool is_block = first == '|' || first == '>';
    const bool is_quoted = tag == "!" && (is_block || first == '"' || first == '\'');
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    if (is_quoted && !is_block && find_closing_quote(text_, at) == std::string_view::npos) {
      refuse(mark, "the text that starts with this quote is not closed on its line");
    }
    if (!is_quoted && text_.substr(std::min(at, text_.size()), text.size()) != text) {
      refuse(mark, "a text must end on its line; use | for several lines");
    }
    // An escape can bring in what the file itself may not hold.
    const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    });
    if (has_control || find_invalid_utf8(text) != std::string::npos)
      refuse(mark, "a control character, or what is not UTF-8, in a text");
    scalar_end_ =
        is_quoted && !is_block ? std::min(find_closing_quote(text_, at), text_.size() - 1) + 1 : at + text.size();
    attach(Value::scalar(text, is_quoted, place(mark)));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, Value::Kind::List);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
    open(mark, tag, Value::Kind::Map);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map that is being filled.
  struct Frame {
    Value value;
    std::optional<std::string> key = {};  // Map: read, its value comes next
    Location key_where = {};
    std::size_t key_end = 0;  // byte after it
    std::unordered_map<std::string, Location> keys = {};
  };

  // yaml-cpp takes a line without a colon for a key without a value.
  bool has_colon(std::size_t at) const {
    at = text_.find_first_not_of(' ', at);
    return at != std::string_view::npos && text_[at] == ':';
  }
  char source(const YAML::Mark& mark) const {
    const auto at = static_cast<std::size_t>(std::max(mark.pos, 0));
    return at < text_.size() ? text_[at] : '\n';
  }
  Location place(const YAML::Mark& mark) const { return places_.at(static_cast<std::size_t>(std::max(mark.pos, 0))); }
  void refuse(const YAML::Mark& mark, std::string message) { problems_.add(place(mark), "", std::move(message)); }

  void open(const YAML::Mark& mark, const std::string& tag, Value::Kind kind) {
    if (tag != "?" && !tag.empty()) refuse(mark, "tags are not supported");
    if (frames_.size() >= static_cast<std::size_t>(kMaxDepth)) {
      refuse(mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
      throw Stop();
    }
    frames_.push_back(Frame{.value = Value::empty(kind, place(mark))});
  }

  void close() {
    Value value = std::move(frames_.back().value);
    frames_.pop_back();
    attach(std::move(value));
  }

  void attach(Value value) {
    if (++nodes_ > kMaxNodes) {
      problems_.add(value.where, "", "more than " + with_thousands(kMaxNodes) + " values in one file");
      throw Stop();
    }
    if (frames_.empty()) {
      root_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.value.kind == Value::Kind::List) {
      frame.value.items.push_back(std::move(value));
    } else if (!frame.key) {
      take_key(frame, std::move(value));
    } else {
      frame.value.members.push_back({*std::move(frame.key), frame.key_where, std::move(value)});
      frame.key.reset();
    }
  }

  void take_key(Frame& frame, Value key) {
    frame.key_where = key.where;
    frame.key = key.text;
    frame.key_end = scalar_end_;
    if (key.kind != Value::Kind::Scalar || key.text.empty()) {
      problems_.add(key.where, "", "a key must be a text, not " + describe(key));
      return;
    }
    if (key.text == "<<" && !key.is_quoted) problems_.add(key.where, "", "merge keys (<<) are not supported");
    const auto [first, is_new] = frame.keys.emplace(key.text, key.where);
    if (is_new) return;
    problems_.add(key.where, "",
                  "duplicate key " + quoted(key.text) + ", first at line " + std::to_string(first->second.line) +
                      ", column " + std::to_string(first->second.column));
  }

  std::string_view text_;
  const Places& places_;
  Problems& problems_;
  std::vector<Frame> frames_;
  Value root_;
  std::size_t nodes_ = 0;
  std::size_t scalar_end_ = 0;  // byte after the last scalar, its quotes included
};

std::string explain(const YAML::Exception& error) {
  const std::array<std::pair<std::string_view, std::string_view>, 6> hints{{
      {YAML::ErrorMsg::MAP_VALUE,
       "a ':' where no value can begin; quote a text that holds ': ', and check the indentation"},
      {YAML::ErrorMsg::END_OF_MAP,
       "neither a key of the mapping that is open here nor its end; check the indentation and the ':' after keys"},
      {YAML::ErrorMsg::END_OF_SEQ,
       "neither an item (- ) of the list that is open here nor its end; check the indentation"},
      {YAML::ErrorMsg::BLOCK_ENTRY, "a '-' where no list can begin; check the indentation"},
      {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected , or } in a { } mapping"},
      {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected , or ] in a [ ] list"},
  }};
  for (const auto& [message, hint] : hints) {
    if (error.msg == message) return std::string(hint);
  }
  return "not valid YAML: " + quoted(error.msg, 128);
}

}  // namespace

Value parse_yaml(std::string_view text, std::string_view origin) {
  Problems problems;
  if (text.size() > kMaxFileBytes) {
    problems.add({std::string(origin)}, "", "has " + with_thousands(text.size()) + " bytes; the limit is 1 MiB");
    problems.throw_if_any();
  }
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const Places places(text, origin);
  const auto report = [&](const std::vector<Finding>& findings) {
    for (const auto& finding : findings) problems.add(places.at(finding.at), "", finding.message);
    problems.throw_if_any();
  };
  report(scan_characters(text));
  report(scan_structure(text));

  TreeBuilder builder(text, places, problems);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (parser.HandleNextDocument(builder)) {
      TreeBuilder second(text, places, problems);
      if (parser.HandleNextDocument(second)) {
        problems.add(
            second.take().where, "",
            "this belongs to nothing that stands before it; check the indentation (a file holds one document)");
      }
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& error) {
    problems.add(error.mark.is_null() ? Location{std::string(origin)}
                                      : places.at(static_cast<std::size_t>(std::max(error.mark.pos, 0))),
                 "", explain(error));
  }
  problems.throw_if_any();
  Value root = builder.take();
  if (root.where.file.empty()) root.where = {std::string(origin)};
  return root;
}

Value read_yaml_file(const std::filesystem::path& file) {
  auto text = read_private_file(file, FileRule::NotWritableByOthers, kMaxFileBytes);
  if (!text.ok()) throw ConfigError({{{file.string()}, "", text.error().message}});
  return parse_yaml(*text, file.string());
}

}  // namespace reprise::config
