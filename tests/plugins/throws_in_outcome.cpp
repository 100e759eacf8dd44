#include <reprise/transform.hpp>

#include <stdexcept>

namespace {

/// Wants to mark every record that has an outcome, and cannot.
class ThrowingTransform : public reprise::Transform {
 public:
  ThrowingTransform(reprise::Host host, const reprise::Options&) : Transform(host) {}

  reprise::Result<> apply(reprise::Records records, std::span<reprise::Verdict> verdicts) {
    for (std::size_t i = 0; i < records.size(); ++i) verdicts[i] = reprise::keep(i + 1);
    return {};
  }
  void outcome(std::span<const reprise::Note>) { throw std::runtime_error("no outcome today"); }
};

}  // namespace

REPRISE_TRANSFORM_PLUGIN(ThrowingTransform);
