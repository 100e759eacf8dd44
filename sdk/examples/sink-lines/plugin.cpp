#include <fcntl.h>
#include <unistd.h>
#include <reprise/sink.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

/// Writes each value as a line into a file. A disk may be slow, so a thread of its own writes: the shard never waits for it.
class LinesSink : public reprise::Sink {
 public:
  LinesSink(reprise::Host host, const reprise::Options& options)
      : Sink(host), path_(options.text("path")), written_(host.counter("example_lines_total", "Lines written.")) {
    if (!path_.starts_with('/')) throw options.bad("path", "must be absolute");
  }

  reprise::Result<> start(std::int64_t /*deadline_ns*/) {
    file_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (file_ < 0) return reprise::retriable("file.open", "cannot open " + path_);
    writer_ = std::jthread(std::bind_front(&LinesSink::write_until, this));
    return {};
  }

  // The bytes of what is taken stay valid until it is settled.
  reprise::Result<std::size_t> deliver(reprise::Records records) {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), records.begin(), records.end());
    changed_.notify_one();
    return records.size();
  }

  // May come before start. What was taken is written first.
  reprise::Result<> stop(std::int64_t /*deadline_ns*/) {
    writer_ = {};  // asks it to end, and joins
    if (file_ >= 0) ::close(std::exchange(file_, -1));
    return {};
  }

 private:
  void write_until(const std::stop_token& stop) {
    std::vector<reprise::RecordView> batch;
    while (true) {
      batch.clear();
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
        batch.swap(waiting_);
      }
      if (batch.empty()) return;  // asked to stop, and all is written
      write(batch);
    }
  }

  void write(const std::vector<reprise::RecordView>& batch) {
    std::string lines;
    for (const reprise::RecordView record : batch) lines.append(record.value()).append(1, '\n');
    const ::off_t end = ::lseek(file_, 0, SEEK_END);
    const bool is_written = ::write(file_, lines.data(), lines.size()) == static_cast<::ssize_t>(lines.size());
    // What is in the file of a batch that failed goes, or the next attempt would repeat it.
    if (!is_written && end >= 0) static_cast<void>(!::ftruncate(file_, end));
    if (is_written) written_.add(static_cast<double>(batch.size()));
    const reprise::Failure failure = reprise::retriable("file.write", "cannot write to " + path_);
    for (const reprise::RecordView record : batch) {
      const std::uint64_t handle = record.handle();
      host().settle(is_written ? reprise::delivered(handle) : reprise::failed(handle, failure));
    }
  }

  std::string path_;
  reprise::Counter written_;
  int file_ = -1;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<reprise::RecordView> waiting_;  // guarded by mutex_
  std::jthread writer_;                       // last: it uses what stands above
};

}  // namespace

REPRISE_SINK_PLUGIN(LinesSink);
