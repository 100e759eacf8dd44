#include "harness.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace field_test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPause = std::chrono::milliseconds(5);

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "field-test-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Program::Program(const std::string& name, const std::vector<std::string>& arguments, const std::string& output_path) {
  std::vector<std::string> words{std::string(FIELD_BIN) + "/" + name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    const int file = open(output_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
}

Program::~Program() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Program::send_signal(int number) const { kill(pid_, number); }

int Program::wait(std::chrono::seconds limit) {
  const auto deadline = Clock::now() + limit;
  while (pid_ > 0) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (Clock::now() > deadline) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      pid_ = -1;
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
  return status_;
}

bool Result::has_line(const std::string& line) const {
  for (const auto& one : lines_of(output)) {
    if (one == line) return true;
  }
  return false;
}

std::string Result::last_line() const {
  const auto lines = lines_of(output);
  return lines.empty() ? "" : lines.back();
}

Result run(const std::string& name, const std::vector<std::string>& arguments) {
  const TempDir folder;
  Program program(name, arguments, folder.file("output"));
  Result result;
  result.status = program.wait(std::chrono::seconds(120));
  result.output = read_file(folder.file("output"));
  return result;
}

std::string wait_for_file(const std::string& path) {
  const auto deadline = Clock::now() + std::chrono::seconds(10);
  std::string text;
  while ((text = read_file(path)).empty() && Clock::now() < deadline) std::this_thread::sleep_for(kPause);
  return text;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  REQUIRE(file.flush());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

Client::Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

Client::~Client() { ::close(socket_); }

void Client::send(const std::string& bytes) const {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto sent = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    REQUIRE(sent > 0);
    at += static_cast<std::size_t>(sent);
  }
}

std::string Client::read_until(const std::string& needle, int times, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  std::string text;
  for (;;) {
    int seen = 0;
    for (std::size_t at = 0; !needle.empty() && (at = text.find(needle, at)) != std::string::npos; at += needle.size())
      ++seen;
    if (!needle.empty() && seen >= times) return text;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd wait{socket_, POLLIN, 0};
    if (left <= 0 || ::poll(&wait, 1, static_cast<int>(left)) <= 0) return text;
    char buffer[65536];
    const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) {
      was_closed = true;
      was_reset = got < 0 && errno == ECONNRESET;
      return text;
    }
    text.append(buffer, static_cast<std::size_t>(got));
  }
}

std::string Client::read_all() { return read_until(""); }

}  // namespace field_test
