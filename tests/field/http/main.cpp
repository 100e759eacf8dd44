// field_http: one HTTP request from a shell script, without curl: field_http GET 127.0.0.1:8083/metrics
//   field_http METHOD HOST:PORT/PATH [--body TEXT] [--metric NAME] [--until REGEX] [--timeout SECONDS]
// Prints the body; ends with 0 for a 2xx, 1 for another status, 3 when nobody answers. --unix PATH asks a Unix socket.
// --metric prints the sum of a Prometheus series over its labels instead; --until repeats the request until the printed text
// matches or the timeout is over (status 1).
#include <netdb.h>
#include <regex.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "../common/args.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Address {
  std::string unix_path;  ///< a Unix socket when not empty
  std::string host;
  std::string port;
  std::string path = "/";
};

struct Answer {
  int status = 0;  ///< 0: nobody answered
  std::string body;
};

/// A POSIX extended regular expression, in any case of letters.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    if (regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB | REG_ICASE) != 0)
      field::die(2, "bad pattern: " + text);
  }
  ~Pattern() { regfree(&compiled_); }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  [[nodiscard]] bool matches(const std::string& text) const {
    return regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
  }

 private:
  regex_t compiled_{};
};

int connect_to(const Address& address) {
  if (!address.unix_path.empty()) {
    sockaddr_un target{};
    target.sun_family = AF_UNIX;
    if (address.unix_path.size() >= sizeof target.sun_path) field::die(2, "the socket's path is too long");
    std::memcpy(target.sun_path, address.unix_path.c_str(), address.unix_path.size());
    const int file = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(file, reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0) return file;
    ::close(file);
    return -1;
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0) return -1;
  int file = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(file, found->ai_addr, found->ai_addrlen) != 0) {
    ::close(file);
    file = -1;
  }
  freeaddrinfo(found);
  return file;
}

/// Undoes the chunked coding; the text as far as it is in form.
std::string unchunk(const std::string& text) {
  std::string body;
  std::size_t at = 0;
  for (;;) {
    const auto end = text.find("\r\n", at);
    if (end == std::string::npos) return body;
    const std::size_t size = std::strtoul(text.c_str() + at, nullptr, 16);
    if (size == 0) return body;
    body.append(text, end + 2, size);
    at = end + 2 + size + 2;
    if (at > text.size()) return body;
  }
}

Answer ask(const std::string& method, const Address& address, const std::string& body, int timeout_ms) {
  Answer answer;
  const int file = connect_to(address);
  if (file < 0) return answer;
  const timeval limit{timeout_ms / 1000, (timeout_ms % 1000) * 1000};
  setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  std::string request = method + " " + address.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  if (!body.empty()) request += "Content-Type: application/json\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  std::string text;
  if (::send(file, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    char buffer[65536];
    for (ssize_t got = 0; (got = ::recv(file, buffer, sizeof buffer, 0)) > 0;)
      text.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(file);
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos || text.rfind("HTTP/1.", 0) != 0) return answer;
  answer.status = std::atoi(text.c_str() + 9);
  const std::string head = text.substr(0, head_end);
  answer.body = text.substr(head_end + 4);
  if (Pattern("transfer-encoding:[ \t]*chunked").matches(head)) answer.body = unchunk(answer.body);
  return answer;
}

/// The sum of all series of one name in the text format; "" when there is none.
std::string metric_sum(const std::string& text, const std::string& name) {
  double sum = 0;
  bool is_there = false;
  for (std::size_t at = 0; at < text.size();) {
    auto end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.rfind(name, 0) != 0 || line.size() <= name.size() ||
        (line[name.size()] != ' ' && line[name.size()] != '{'))
      continue;
    sum += std::strtod(line.c_str() + line.rfind(' ') + 1, nullptr);
    is_there = true;
  }
  if (!is_there) return "";
  char number[64];
  std::snprintf(number, sizeof number, "%.15g\n", sum);
  return number;
}

Address parse_address(const field::Args& args) {
  Address address;
  std::string text = args.positional().at(1);
  if (args.has("unix")) {
    address.unix_path = args.text("unix");
    address.path = text;
    return address;
  }
  if (text.rfind("http://", 0) == 0) text.erase(0, 7);
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    address.path = text.substr(slash);
    text.erase(slash);
  }
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) field::die(2, "the address is HOST:PORT/PATH");
  address.host = text.substr(0, colon);
  address.port = text.substr(colon + 1);
  return address;
}

}  // namespace

int main(int argc, char** argv) {
  const field::Args args(argc, argv, {"body", "metric", "until", "timeout", "unix"}, {});
  if (args.positional().size() != 2)
    field::die(2, "usage: field_http METHOD HOST:PORT/PATH [--body TEXT] [--until REGEX]");
  const Address address = parse_address(args);
  const auto deadline =
      Clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(args.real("timeout", 10) * 1000));
  const Pattern wanted(args.text("until"));
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const Answer answer =
        ask(args.positional()[0], address, args.text("body"), static_cast<int>(std::max<std::int64_t>(left, 100)));
    const bool is_2xx = answer.status >= 200 && answer.status < 300;
    const std::string shown = args.has("metric") ? metric_sum(answer.body, args.text("metric")) : answer.body;
    const bool is_done = !args.has("until") || (is_2xx && wanted.matches(shown));
    if (is_done || Clock::now() >= deadline) {
      std::fwrite(shown.data(), 1, shown.size(), stdout);
      if (answer.status == 0) field::die(3, "no answer from " + args.positional()[1]);
      return is_done && is_2xx ? 0 : 1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}
