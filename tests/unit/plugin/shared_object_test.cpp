#include <catch2/catch.hpp>

#include "host/plugin/loaded.hpp"

namespace reprise::plugin {
namespace {

int destroyed = 0;

void* make(void* argument) { return argument; }
void destroy(void* object) { destroyed += *static_cast<int*>(object); }

TEST_CASE("The shared object is made once and destroyed after its last user", "[plugin]") {
  SharedObject shared;
  int first = 1, second = 10;
  destroyed = 0;

  CHECK(shared.acquire(make, destroy, &first) == &first);
  CHECK(shared.acquire(make, destroy, &second) == &first);
  shared.release();
  CHECK(destroyed == 0);
  shared.release();
  CHECK(destroyed == 1);

  CHECK(shared.acquire(make, destroy, &second) == &second);
  shared.release();
  CHECK(destroyed == 11);
}

TEST_CASE("A shared object that could not be made is tried again", "[plugin]") {
  SharedObject shared;
  int object = 5;
  destroyed = 0;

  CHECK(shared.acquire(make, destroy, nullptr) == nullptr);
  CHECK(shared.acquire(make, destroy, &object) == &object);
  shared.release();
  CHECK(destroyed == 5);
}

}  // namespace
}  // namespace reprise::plugin
