#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <reprise/sink.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace {

constexpr std::int64_t kLongNs = 1'000'000'000;  // what is held longer must not pin the source's memory
constexpr std::size_t kMaxAnswerBytes = 4096;

std::string because(int error) { return ": " + std::system_category().message(error); }

/// Sends each value as a line over one TCP connection; the other side answers each with a line, in their order: "ok", or what
/// is wrong with it. All of this runs on the shard's thread, where nothing may block: the socket never waits, the host says
/// when it is ready (watch), and one timer ends whatever takes too long (wake_at).
class TcpLinesSink : public reprise::Sink {
 public:
  TcpLinesSink(reprise::Host host, const reprise::Options& options)
      : Sink(host),
        timeout_ns_(std::chrono::nanoseconds(options.duration("timeout")).count()),
        answered_(host.counter("example_tcp_lines_total", "Lines that were answered with ok.")) {
    const std::string text(options.text("address"));
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    std::uint16_t port = 0;
    std::from_chars(text.data() + std::min(colon + 1, text.size()), text.data() + text.size(), port);
    address_.sin_family = AF_INET;
    address_.sin_port = htons(port);
    if (port == 0 || ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address_.sin_addr) != 1)
      throw options.bad("address", "must be an IPv4 address and a port, such as 192.0.2.7:7000");
  }

  // Records of one key go one after another, retries included. There is one endpoint only, so that no group is named.
  void route(reprise::Records records, std::span<reprise_route> routes) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i].has_key()) routes[i].order = std::hash<std::string_view>{}(records[i].key()) | 1;  // 0: no order
    }
  }

  reprise::Result<std::size_t> deliver(reprise::Records records) {
    if (const auto away = std::exchange(away_, std::nullopt)) return *away;
    if (fd_ < 0) {
      if (auto begun = connect(); !begun) return begun.failure();
    }
    if (!is_connected_) return std::size_t{0};  // finish_connecting has them offered again
    const std::int64_t now_ns = host().boot_ns();
    for (const reprise::RecordView record : records) take(record, now_ns);
    send_more();
    set_timer();
    return records.size();
  }

  void ready(std::int32_t /*fd*/, std::uint32_t events) {
    if (!is_connected_) return finish_connecting();
    if ((events & REPRISE_READABLE) != 0) read_answers();
    if (is_connected_) send_more();
    set_timer();
  }

  void wake(std::int64_t now_ns) {
    if (now_ns >= due_ns()) return lose(reprise::retriable("timeout", "no connection or answer within timeout"));
    for (Sent& sent : waiting_) {
      if (sent.is_detached || now_ns < sent.at_ns + kLongNs) continue;
      sent.record = host().detach(sent.record);
      sent.is_detached = true;
    }
    set_timer();
  }

  // A line that is out cannot be taken back: its answer would be taken for another's. So the connection goes.
  void close(std::uint32_t slot, std::int32_t /*why*/) {
    const auto is_of_slot = [slot](const Sent& sent) { return sent.record.slot() == slot; };
    if (std::any_of(waiting_.begin(), waiting_.end(), is_of_slot))
      lose(reprise::retriable("stopped", "the stream was closed before the answer came"));
  }

  // May come before anything else. Every stream is closed, and the host watches the socket no more.
  reprise::Result<> stop(std::int64_t /*deadline_ns*/) {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    return {};
  }

 private:
  struct Sent {
    reprise::RecordView record;
    std::int64_t at_ns;
    bool is_detached = false;
  };

  reprise::Result<> connect() {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&address_.sin_addr);
    if (auto allowed = host().check_address({bytes, 4}, ntohs(address_.sin_port)); !allowed) return allowed;
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return reprise::retriable("connect.failed", "no socket" + because(errno));
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0 && errno != EINPROGRESS) {
      const int error = errno;
      ::close(std::exchange(fd_, -1));
      return reprise::retriable("connect.failed", "cannot connect" + because(error));
    }
    if (auto watched = host().watch(fd_, REPRISE_WRITABLE); !watched) {
      ::close(std::exchange(fd_, -1));
      return watched;
    }
    began_ns_ = host().boot_ns();
    set_timer();
    return {};
  }

  void finish_connecting() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return lose(reprise::retriable("connect.failed", "cannot connect" + because(error)));
    is_connected_ = true;
    host().health("", REPRISE_UP);
    send_more();
    set_timer();
    host().resume(0);  // deliver took nothing while there was no connection
  }

  void take(reprise::RecordView record, std::int64_t now_ns) {
    const std::uint64_t handle = record.handle();
    // Nothing is under way for longer than timeout, so that a lease that lasts as long is enough.
    if (host().lease_ns(record.slot()) - timeout_ns_ <= now_ns)
      return host().settle(reprise::failed(handle, reprise::deferred("lease.over", "the lease ends too soon")));
    if (record.value().find('\n') != std::string_view::npos)
      return host().settle(reprise::failed(handle, reprise::permanent("record.line", "the value is not one line")));
    output_.append(record.value()).append(1, '\n');
    waiting_.push_back({record, now_ns});
  }

  void send_more() {
    while (!output_.empty()) {
      const ::ssize_t size = ::send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL);
      if (size < 0 && errno == EAGAIN) break;
      if (size < 0) return lose(reprise::retriable("connection.failed", "cannot send" + because(errno)));
      output_.erase(0, static_cast<std::size_t>(size));
    }
    const std::uint32_t wanted = REPRISE_READABLE | (output_.empty() ? 0u : std::uint32_t{REPRISE_WRITABLE});
    if (auto watched = host().watch(fd_, wanted); !watched) lose(watched.failure());
  }

  void read_answers() {
    char chunk[kMaxAnswerBytes];
    const ::ssize_t size = ::recv(fd_, chunk, sizeof chunk, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size < 0) return lose(reprise::retriable("connection.failed", "cannot receive" + because(errno)));
    if (size == 0 && waiting_.empty()) return hang_up();  // nobody lost anything; the next record connects again
    if (size == 0) return lose(reprise::retriable("connection.closed", "closed before the answer came"));
    input_.append(chunk, static_cast<std::size_t>(size));
    for (std::size_t end = 0; (end = input_.find('\n')) != std::string::npos; input_.erase(0, end + 1)) {
      if (waiting_.empty()) return lose(reprise::retriable("answer.unasked", "an answer that nobody asked for"));
      settle_first(std::string_view(input_).substr(0, end));
    }
    if (input_.size() > kMaxAnswerBytes) lose(reprise::retriable("answer.long", "an answer without an end"));
  }

  void settle_first(std::string_view answer) {
    const std::uint64_t handle = waiting_.front().record.handle();
    waiting_.pop_front();
    if (answer == "ok") {
      answered_.add();
      return host().settle(reprise::delivered(handle));
    }
    const auto refused = reprise::permanent("answer.refused", "the other side says: " + std::string(answer));
    host().settle(reprise::failed(handle, refused));
  }

  // Ends the connection, and every wait for an answer. What was sent may have arrived: that is retriable, and not "not tried".
  void lose(const reprise::Failure& why) {
    const bool was_connected = is_connected_;
    host().health("", REPRISE_DOWN, &why);
    hang_up();
    for (const Sent& sent : std::exchange(waiting_, {})) host().settle(reprise::failed(sent.record.handle(), why));
    if (was_connected) return;
    away_ = why;  // told by the next deliver, so that the host waits a while before the next attempt
    host().resume(0);
  }

  void hang_up() {
    host().unwatch(fd_);
    ::close(std::exchange(fd_, -1));
    is_connected_ = false;
    output_.clear();
    input_.clear();
    host().wake_at(INT64_MAX);
  }

  // When it has taken too long.
  std::int64_t due_ns() const {
    if (!waiting_.empty()) return waiting_.front().at_ns + timeout_ns_;
    return fd_ >= 0 && !is_connected_ ? began_ns_ + timeout_ns_ : INT64_MAX;
  }

  void set_timer() {
    const auto is_attached = [](const Sent& sent) { return !sent.is_detached; };
    const auto attached = std::find_if(waiting_.begin(), waiting_.end(), is_attached);
    host().wake_at(std::min(due_ns(), attached != waiting_.end() ? attached->at_ns + kLongNs : INT64_MAX));
  }

  sockaddr_in address_{};
  std::int64_t timeout_ns_;
  reprise::Counter answered_;
  int fd_ = -1;
  bool is_connected_ = false;
  std::int64_t began_ns_ = 0;             // to connect
  std::string output_, input_;            // what is not sent yet, and the answer that has no end yet
  std::deque<Sent> waiting_;              // for their answers, in order
  std::optional<reprise::Failure> away_;  // why the last attempt to connect failed
};

}  // namespace

REPRISE_SINK_PLUGIN(TcpLinesSink);
