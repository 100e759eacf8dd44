// Plugins that must not get as far as an instance: each is refused with one clear line, and this process lives on.
#include <catch2/catch.hpp>

#include <fstream>

#include "host/base/failpoint.hpp"
#include "host/plugin/probe.hpp"
#include "tests/contract/fixture.hpp"

namespace reprise::contract {
namespace {

using Catch::Contains;

struct Refusal {
  const char* name;
  const char* message;
};

TEST_CASE("A plugin that does not fit is refused with the field that differs", "[contract][load]") {
  const auto fault =
      GENERATE(Refusal{"abi_major_mismatch", "plugin fault-abi-major-mismatch: speaks ABI 999.2, this host speaks 0.2"},
               Refusal{"abi_minor_mismatch", "speaks ABI 0.3, this host speaks 0.2"},
               Refusal{"bad_magic", "not a plugin for this host (magic is not Reprise's)"},
               Refusal{"small_entry", "struct_size is 8, this host needs 112"},
               Refusal{"other_record_size", "record_size is 96, this host's is 128"},
               Refusal{"wrong_kind", "kind differs: its manifest says sink, its code is a transform"},
               Refusal{"unknown_kind", "kind differs: its manifest says sink, its code is a kind 77"},
               Refusal{"missing_create", "function create is missing (NULL)"},
               Refusal{"missing_deliver", "function reprise_sink_api.deliver is missing (NULL)"},
               Refusal{"null_api", "function table api is missing (NULL)"},
               Refusal{"small_api", "reprise_sink_api.struct_size is 16, this host needs 56"},
               Refusal{"null_manifest", "manifest differs from the one in section .reprise_manifest"},
               Refusal{"manifest_differs", "manifest differs from the one in section .reprise_manifest"},
               Refusal{"no_entry_symbol", "not a plugin for this host (no entry symbol reprise_plugin_entry)"});
  CAPTURE(fault.name);

  const LoadedFault loaded(fault.name);

  REQUIRE_FALSE(loaded.ok());
  CHECK_THAT(loaded.error(), Contains(fault.message));
  CHECK_THAT(loaded.error(), Contains("plugin "));
}

TEST_CASE("A plugin of another interface is known by its file, before anything of it runs", "[contract][load]") {
  const auto registry = scan(fault_directory("other_abi_section"));

  CHECK(registry->list().empty());
  REQUIRE(registry->problems().size() == 1);
  CHECK_THAT(
      registry->problems().front().error.message,
      Contains("plugin other_abi_section.so: speaks ABI 0.1, this host speaks 0.2; build it against this host's SDK"));
}

TEST_CASE("Code that misbehaves while it is loaded does so in the probe", "[contract][load]") {
  const auto fault =
      GENERATE(Refusal{"constructor_aborts",
                       "plugin constructor_aborts.so: crashed while loading (signal 6, SIGABRT) in the probe"},
               Refusal{"constructor_exits", "ended the process while loading (exit status 0) in the probe"},
               Refusal{"constructor_takes_signal", "changes the process while it is loaded: the handler of signal 15"},
               Refusal{"undefined_symbol", "needs symbol symbol_that_nobody_has that this host does not provide"},
               Refusal{"missing_library", "needs libreprise_absent.so (not installed)"});
  CAPTURE(fault.name);

  const LoadedFault loaded(fault.name);

  REQUIRE_FALSE(loaded.ok());
  CHECK_THAT(loaded.error(), Contains(fault.message));
}

TEST_CASE("The probe has nothing of the worker's environment that a plugin does not need", "[contract][load]") {
  ::setenv("REPRISE_TEST_SECRET", "canary", 1);

  const LoadedFault loaded("constructor_reads_environment");

  ::unsetenv("REPRISE_TEST_SECRET");
  INFO(loaded.error());
  CHECK(loaded.ok());
}

TEST_CASE("Code that hangs while it is loaded is killed in the probe", "[contract][load]") {
  const Result<> probed = plugin::probe(fault_file("constructor_hangs"), std::chrono::milliseconds(200));

  REQUIRE_FALSE(probed.ok());
  CHECK_THAT(probed.error().message, Contains("still loading after 200 ms in the probe, and killed there"));
}

TEST_CASE("A file that is no plugin is named, and harms no other", "[contract][load]") {
  const TemporaryFolder folder;
  const auto copy = [&](const std::filesystem::path& from, const char* to) {
    std::filesystem::copy_file(from, folder.path() / to);
  };
  const auto write = [&](const char* to, std::string_view text) { std::ofstream(folder.path() / to) << text; };
  copy(fault_file("good_sink"), "good_sink.so");
  copy(fault_file("no_manifest"), "no_manifest.so");
  copy("/proc/self/exe", "executable.so");
  copy(fault_file("good_source"), "truncated.so");
  std::filesystem::resize_file(folder.path() / "truncated.so", 3000);
  copy(fault_file("good_source"), "cut_in_the_header.so");
  std::filesystem::resize_file(folder.path() / "cut_in_the_header.so", 40);
  write("empty.so", "");
  write("text.so", "#!/bin/sh\necho no\n");
  write("read_me.txt", "not looked at");
  std::filesystem::create_directory(folder.path() / "directory.so");
  std::filesystem::create_symlink(folder.path() / "nowhere", folder.path() / "dangling.so");
  copy(fault_file("good_source"), "writable.so");
  std::filesystem::permissions(folder.path() / "writable.so", std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);

  const auto registry = scan(folder.path());

  std::string problems;
  for (const auto& problem : registry->problems()) problems += problem.error.message + "\n";
  CHECK(registry->problems().size() == 9);
  CHECK_THAT(problems, Contains("plugin no_manifest.so: not a plugin for this host (no section .reprise_manifest)"));
  CHECK_THAT(problems, Contains("plugin executable.so: not a shared library (an executable)"));
  CHECK_THAT(problems, Contains("plugin truncated.so: file is truncated (has 3000 bytes, headers need "));
  CHECK_THAT(problems, Contains("plugin cut_in_the_header.so: file is truncated (has 40 bytes, headers need 64)"));
  CHECK_THAT(problems, Contains("plugin empty.so: not a shared library (the file is empty)"));
  CHECK_THAT(problems, Contains("plugin text.so: not a shared library (no ELF header)"));
  CHECK_THAT(problems, Contains("plugin directory.so: not a shared library: it is a directory"));
  CHECK_THAT(problems, Contains("plugin dangling.so: cannot be opened: No such file or directory"));
  CHECK_THAT(problems, Contains("plugin writable.so: anybody may write to it"));
  REQUIRE(registry->list().size() == 1);
  CHECK(registry->load("good-sink").ok());
}

TEST_CASE("A plugin path that cannot be used is refused by name", "[contract][load]") {
  const TemporaryFolder folder;
  const auto refuse = [](std::vector<std::filesystem::path> paths) {
    const auto registry = plugin::Registry::scan(paths);
    REQUIRE_FALSE(registry.ok());
    CHECK(registry.error().kind == "plugin.path");
    return registry.error().message;
  };

  SECTION("when it is not there") {
    CHECK_THAT(refuse({folder.path() / "no"}),
               Contains("cannot read " + (folder.path() / "no").string() + ": No such file"));
  }
  SECTION("when it is a file") {
    std::ofstream(folder.path() / "file") << "x";
    CHECK_THAT(refuse({folder.path() / "file"}), Contains("file is not a directory"));
  }
  SECTION("when anybody may write to it") {
    std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
    CHECK_THAT(refuse({folder.path()}), Contains("anybody may write to " + folder.path().string()));
  }
  SECTION("when two files carry the same id") {
    std::filesystem::copy_file(fault_file("good_sink"), folder.path() / "copy.so");
    const std::string message = refuse({fault_directory("good_sink"), folder.path()});
    CHECK_THAT(message, Contains("plugin \"good-sink\" is there twice: " + fault_file("good_sink").string() + " and " +
                                 (folder.path() / "copy.so").string()));
  }
}

TEST_CASE("An id that is not there is answered with the nearest one", "[contract][load]") {
  const auto registry = scan(fault_directory("good_sink"));

  const Result<const plugin::Loaded*> loaded = registry->load("god-sink");

  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message ==
        "there is no plugin \"god-sink\" in worker.plugin_path (did you mean \"good-sink\"?)");
}

TEST_CASE("A file that was replaced after it was read is not loaded", "[contract][load]") {
  const TemporaryFolder folder;
  std::filesystem::copy_file(fault_file("good_sink"), folder.path() / "sink.so");
  const auto registry = scan(folder.path());
  std::filesystem::copy_file(fault_file("good_transform"), folder.path() / "new");
  std::filesystem::rename(folder.path() / "new", folder.path() / "sink.so");

  const Result<const plugin::Loaded*> loaded = registry->load("good-sink");

  REQUIRE_FALSE(loaded.ok());
  CHECK_THAT(loaded.error().message, Contains("was replaced or changed since the worker started"));
}

TEST_CASE("A file that was changed after it was read is not loaded, whatever its times say", "[contract][load]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "sink.so";
  std::filesystem::copy_file(fault_file("good_sink"), path);
  const auto registry = scan(folder.path());
  const auto time = std::filesystem::last_write_time(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end).put('x');  // of the section headers, which nobody needs to load it
  file.close();
  std::filesystem::last_write_time(path, time);

  const Result<const plugin::Loaded*> loaded = registry->load("good-sink");

  REQUIRE_FALSE(loaded.ok());
  CHECK_THAT(loaded.error().message, Contains("was replaced or changed since the worker started"));
}

#if defined(REPRISE_FAILPOINTS)
TEST_CASE("A file that takes another's place while that is loaded is not used", "[contract][load]") {
  const TemporaryFolder folder;
  for (const char* version : {"v1", "v2"}) {
    std::filesystem::create_directory(folder.path() / version);
    std::filesystem::copy_file(fault_file("good_sink"), folder.path() / version / "sink.so");
  }
  const auto current = folder.path() / "current";
  const auto lead_to = [&](const char* version) {
    std::filesystem::create_symlink(version, folder.path() / "next");
    std::filesystem::rename(folder.path() / "next", current);
  };
  lead_to("v1");
  const auto registry = scan(current);
  at_failpoint("plugin_is_opened", [&] { lead_to("v2"); });

  const Result<const plugin::Loaded*> loaded = registry->load("good-sink");
  at_failpoint("plugin_is_opened", {});

  REQUIRE_FALSE(loaded.ok());
  CHECK_THAT(loaded.error().message, Contains("was replaced while it was loaded"));
}
#endif

TEST_CASE("Plugins in C11 and in C++20 load, once", "[contract][load]") {
  const auto name = GENERATE(as<std::string>(), "good_source", "good_transform", "good_sink");
  const auto registry = scan(fault_directory(name));
  const std::string id = registry->list().front()->manifest.id;

  const Result<const plugin::Loaded*> first = registry->load(id);
  const Result<const plugin::Loaded*> second = registry->load(id);

  REQUIRE(first.ok());
  CHECK(*first == *second);
  CHECK((*first)->manifest->id == id);
}

TEST_CASE("The SDK's examples load", "[contract][load]") {
  const auto id = GENERATE(as<std::string>(), "source-counter", "transform-grep", "sink-lines", "sink-tcp-lines");
  const auto registry = scan(example_directory());

  const Result<const plugin::Loaded*> loaded = registry->load(id);

  if (!loaded) FAIL(loaded.error().message);
  CHECK((*loaded)->manifest->version == "0.1.0");
}

}  // namespace
}  // namespace reprise::contract
