#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace field_test {

/// A folder that goes away with its owner.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A field program that runs; killed with its owner.
class Program {
 public:
  /// Starts `name` from the folder the build puts programs in. Output goes to `output_path`.
  Program(const std::string& name, const std::vector<std::string>& arguments, const std::string& output_path);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  void send_signal(int number) const;
  /// The exit status; 128 + the number of the signal that ended it; -1 when it still ran after `limit` (it is killed then).
  int wait(std::chrono::seconds limit);

 private:
  pid_t pid_ = -1;
  int status_ = -1;
};

struct Result {
  int status = -1;
  std::string output;  ///< stdout and stderr
  [[nodiscard]] bool has_line(const std::string& line) const;
  [[nodiscard]] std::string last_line() const;
};
/// Runs a field program to its end, at most two minutes.
Result run(const std::string& name, const std::vector<std::string>& arguments);

/// The content of a file once it is not empty; "" after 10 s.
std::string wait_for_file(const std::string& path);
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& text);
std::vector<std::string> lines_of(const std::string& text);

/// A plain TCP client of the receiver; every wait ends after 5 s.
class Client {
 public:
  explicit Client(int port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  void send(const std::string& bytes) const;
  /// Reads until `needle` has come `times` times, the peer closes, or `limit` is over. What came.
  std::string read_until(const std::string& needle, int times = 1,
                         std::chrono::milliseconds limit = std::chrono::seconds(5));
  /// Reads until the peer closes. `was_reset` tells whether it was an RST.
  std::string read_all();
  bool was_reset = false;
  bool was_closed = false;

 private:
  int socket_ = -1;
};

}  // namespace field_test
