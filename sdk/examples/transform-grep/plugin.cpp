#include <reprise/transform.hpp>

#include <string>

namespace {

/// Keeps records whose value holds a text.
class GrepTransform : public reprise::Transform {
 public:
  GrepTransform(reprise::Host host, const reprise::Options& options)
      : Transform(host), text_(options.text("contains")), inverted_(options.boolean("invert", false)) {}

  reprise::Result<> apply(reprise::Records records, std::span<reprise::Verdict> verdicts) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      const bool is_match = records[i].value().find(text_) != std::string_view::npos;
      verdicts[i] = is_match != inverted_ ? reprise::keep() : reprise::drop();
    }
    return {};
  }

 private:
  std::string text_;
  bool inverted_;
};

}  // namespace

REPRISE_TRANSFORM_PLUGIN(GrepTransform);
