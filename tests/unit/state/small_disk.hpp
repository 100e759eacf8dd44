#pragma once
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "temp_directory.hpp"

namespace reprise::test {

/// A file system of a few MB that goes with the test. Needs root (CAP_SYS_ADMIN).
class SmallDisk {
 public:
  enum class Kind {
    Tmpfs,  ///< where nothing is ever written, and syncs do nothing
    Ext4    ///< in a file, behind a loop device: what is not synced is not in the file
  };

  /// Null, after a warning: this machine has no loop devices or no mkfs.ext4 (containers often have neither).
  static std::unique_ptr<SmallDisk> mounted(Kind kind) {
    std::unique_ptr<SmallDisk> disk(new SmallDisk(kind));
    if (kind == Kind::Tmpfs) {
      INFO("mounting a tmpfs needs root (CAP_SYS_ADMIN)");
      REQUIRE(mount("tmpfs", disk->path().c_str(), "tmpfs", 0, "size=24m") == 0);
      return disk;
    }
    const std::string image = disk->image().string();
    if (run("truncate -s 48M " + image) && run("mkfs.ext4 -q -F -m 0 " + image) && disk->mount_image()) return disk;
    WARN("NOT RUN on ext4: this machine cannot mount one from a file");
    return nullptr;
  }
  ~SmallDisk() { unmount(); }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::filesystem::path path() const { return directory_.path() / "disk"; }
  std::filesystem::path ballast() const { return path() / "ballast"; }
  void fill() const {
    const int fd = open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    static const char block[65536] = {1};
    for (std::size_t size = sizeof block; size > 0; size /= 2) {
      while (write(fd, block, size) > 0) {
      }
    }
    close(fd);
  }
  void remount_read_only() const {
    REQUIRE(mount(nullptr, path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  }

  /// What a machine finds that loses its power now and comes back: a disk with what has reached the file. REQUIRES: Ext4.
  std::unique_ptr<SmallDisk> after_power_loss() const {
    std::unique_ptr<SmallDisk> disk(new SmallDisk(kind_));
    REQUIRE(std::filesystem::copy_file(image(), disk->image()));
    REQUIRE(disk->mount_image());
    return disk;
  }

 private:
  explicit SmallDisk(Kind kind) : kind_(kind) { std::filesystem::create_directory(path()); }

  static bool run(const std::string& command) { return std::system((command + " 2>/dev/null").c_str()) == 0; }
  std::filesystem::path image() const { return directory_.path() / "image"; }
  bool mount_image() const { return run("mount -t ext4 -o loop " + image().string() + " " + path().string()); }
  void unmount() const {
    if (kind_ == Kind::Tmpfs) {
      umount2(path().c_str(), MNT_DETACH);
    } else {
      run("umount " + path().string());
    }
  }

  const Kind kind_;
  TempDirectory directory_;
};

}  // namespace reprise::test
