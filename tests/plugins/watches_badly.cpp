#include <fcntl.h>
#include <unistd.h>
#include <reprise/sink.hpp>

#include <string>

namespace {

/// Asks to be told of descriptors that cannot be watched, says what it was answered, and leaves a watch behind on one that it closed.
class WatchingSink : public reprise::Sink {
 public:
  WatchingSink(reprise::Host host, const reprise::Options&) : Sink(host) {}

  reprise::Result<> open(reprise::StreamView) {
    say("a number that is no descriptor", host().watch(9999, REPRISE_READABLE));
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    say("a file", host().watch(file, REPRISE_READABLE));
    ::close(file);
    int ends[2];
    if (::pipe(ends) != 0) return reprise::fatal("pipe", "no pipe");
    say("a pipe", host().watch(ends[0], REPRISE_READABLE));
    ::close(ends[0]);
    ::close(ends[1]);
    if (::pipe(ends) != 0) return reprise::fatal("pipe", "no pipe");  // the same numbers
    say("a pipe that came in its place", host().watch(ends[0], REPRISE_READABLE));
    return {};
  }
  reprise::Result<std::size_t> deliver(reprise::Records records) {
    for (const reprise::RecordView record : records) host().settle(reprise::delivered(record.handle()));
    return records.size();
  }

 private:
  void say(const std::string& what, const reprise::Result<>& answer) {
    const std::string text = answer.ok() ? "ok" : std::string(answer.failure().kind());
    host().log(reprise::Level::Info, "watching " + what + ": " + text);
  }
};

}  // namespace

REPRISE_SINK_PLUGIN(WatchingSink);
