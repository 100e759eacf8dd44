#pragma once
#include <cstdint>
#include <string>

namespace reprise::test {

/// Which calls fail; a sum of them.
enum FaultyCalls : unsigned {
  kOpens = 1,     ///< every open, of a directory too
  kCreates = 2,   ///< open for writing; making, renaming and removing names
  kWrites = 4,    ///< write, truncate, allocate
  kSyncs = 8,     ///< fsync, fdatasync
  kNextSync = 16  ///< fsync or fdatasync, once
};

// Defined in the shared object. C, so that nothing has to be shared but two numbers and a name.
extern "C" {
/// From now on `calls` on files below directory fail with error; none when calls is 0. One directory at a time.
void faulty_files_fail(const char* directory, unsigned calls, int error);
/// How many fsync and fdatasync of files below the directory have succeeded so far.
std::uint64_t faulty_files_syncs();
}

/// The files below one directory, which fail when they are told to and are well when it goes. One at a time.
class FaultyFiles {
 public:
  explicit FaultyFiles(std::string directory) : directory_(std::move(directory)) { heal(); }
  ~FaultyFiles() { heal(); }
  FaultyFiles(const FaultyFiles&) = delete;
  FaultyFiles& operator=(const FaultyFiles&) = delete;

  void fail(unsigned calls, int error) const { faulty_files_fail(directory_.c_str(), calls, error); }
  void heal() const { faulty_files_fail(directory_.c_str(), 0, 0); }
  std::uint64_t syncs() const { return faulty_files_syncs(); }

 private:
  const std::string directory_;
};

}  // namespace reprise::test
