#include "host/plugin/load_text.hpp"

#include <catch2/catch.hpp>

namespace reprise::plugin {
namespace {

TEST_CASE("What dlopen says becomes what to do", "[plugin]") {
  CHECK(explain_dlerror("/p/a.so: undefined symbol: foo_bar", "/p/a.so") ==
        "needs symbol foo_bar that this host does not provide");
  CHECK(explain_dlerror("/p/a.so: undefined symbol: foo, version V_1", "/p/a.so") ==
        "needs symbol foo that this host does not provide");
  CHECK(explain_dlerror("libY.so.3: cannot open shared object file: No such file or directory", "/p/a.so") ==
        "needs libY.so.3 (not installed)");
  CHECK(explain_dlerror("/p/a.so: invalid ELF header", "/p/a.so") == "cannot be loaded: invalid ELF header");
  CHECK(explain_dlerror("/p/a.so: cannot open shared object file: Permission denied", "/p/a.so") ==
        "cannot be loaded: cannot open shared object file: Permission denied");
}

TEST_CASE("Of many symbols the first are named", "[plugin]") {
  CHECK_THAT(explain_exports(std::vector<std::string>{"a"}),
             Catch::Contains("exports 1 symbol beside reprise_plugin_entry (\"a\"); "));
  CHECK_THAT(
      explain_exports(std::vector<std::string>{"a", "b", "c", "d", "e", "f", "g"}),
      Catch::Contains("exports 7 symbols beside reprise_plugin_entry (\"a\", \"b\", \"c\", \"d\", \"e\", ...); "));
}

}  // namespace
}  // namespace reprise::plugin
