#include <reprise/sink.hpp>

#include <cstdio>
#include <memory>
#include <string>

namespace {

/// Writes each value as a line into a file. It settles a batch once all of it is in the file.
class LinesSink : public reprise::Sink {
 public:
  LinesSink(reprise::Host host, const reprise::Options& options)
      : Sink(host), path_(options.text("path")), written_(host.counter("example_lines_total", "Lines written.")) {
    if (path_.front() != '/') throw options.bad("path", "must be absolute");
  }

  reprise::Result<> start(std::int64_t /*deadline_ns*/) {
    file_.reset(std::fopen(path_.c_str(), "ae"));
    if (!file_) return reprise::retriable("file.open", "cannot open " + path_);
    return {};
  }

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    for (const reprise::RecordView record : records) {
      std::fwrite(record.value().data(), 1, record.value().size(), file_.get());
      std::fputc('\n', file_.get());
    }
    if (std::fflush(file_.get()) != 0) return reprise::retriable("file.write", "cannot write to " + path_);
    for (const reprise::RecordView record : records) host().settle(reprise::delivered(record.handle()));
    written_.add(static_cast<double>(records.size()));
    return records.size();
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::string path_;
  reprise::Counter written_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace

REPRISE_SINK_PLUGIN(LinesSink);
