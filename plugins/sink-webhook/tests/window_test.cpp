#include "window.hpp"

#include <catch2/catch.hpp>

using reprise::webhook::Window;

TEST_CASE("Late requests count for at most half of the window", "[webhook][window]") {
  Window window(4);
  for (int i = 0; i < 4; ++i) window.add(false);
  REQUIRE_FALSE(window.has_room());

  for (int i = 0; i < 3; ++i) window.turn_late();

  CHECK(window.room_for_late() == 0);
  window.add(false);
  CHECK_FALSE(window.has_room());
  CHECK(window.size() == 5);
}

TEST_CASE("Requests that turn late leave the others their half, if those beyond give way", "[webhook][window]") {
  const auto most_late = [](Window window) {
    std::size_t late = 0;
    for (int i = 0; i < 100; ++i) {
      REQUIRE(window.has_room());
      window.add(false);
      window.turn_late();
      if (window.has_too_many_late()) window.remove(true);
      late = std::max(late, window.size());
    }
    return late;
  };

  CHECK(most_late(Window(4)) == 6);
  CHECK(most_late(Window(4, 128)) == 6);
  CHECK(most_late(Window(4, 7)) == 5);
  CHECK(most_late(Window(4, 4)) == 2);
  CHECK(most_late(Window(4, 1)) == 2);
}

TEST_CASE("In a window full of prompt requests an endpoint in trouble waits as all do", "[webhook][window]") {
  Window window(4);

  for (int i = 0; i < 4; ++i) window.add(false);

  // Given back and asked for again at each answer, it would cost more than what it waits for.
  CHECK_FALSE(window.has_room());
  CHECK(window.room_for_late() == 2);
}
