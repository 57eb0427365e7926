#include <catch2/catch.hpp>
#include <cstring>
#include <map>
#include <new>

#include "engine/memory/arena.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

constexpr int64_t kPage = Arena::kPage, kMax = int64_t{64} << 20;

}  // namespace

TEST_CASE("freed neighbours are joined into one block, in any order of freeing") {
  for (const bool forwards : {true, false}) {
    Arena arena(kMax);
    std::byte *a = arena.take(kPage), *b = arena.take(kPage), *c = arena.take(kPage), *last = arena.take(kPage);
    arena.give_back(forwards ? a : c, kPage);
    arena.give_back(forwards ? c : a, kPage);
    arena.give_back(b, kPage);
    CHECK(arena.take(3 * kPage) == a);
    CHECK(arena.reserved_bytes() == 4 * kPage);
    arena.give_back(last, kPage);
  }
}

TEST_CASE("a block is cut from the lowest large enough free piece, and the remainder stays free") {
  Arena arena(kMax);
  std::byte *low = arena.take(2 * kPage), *wall = arena.take(kPage), *high = arena.take(4 * kPage);
  arena.take(kPage);
  arena.give_back(low, 2 * kPage);
  arena.give_back(high, 4 * kPage);
  CHECK(arena.take(2 * kPage + 1) == high);
  CHECK(arena.take(1) == low);
  CHECK(arena.take(kPage) == low + kPage);
  CHECK(arena.take(kPage) == high + 3 * kPage);
  CHECK(arena.reserved_bytes() == 8 * kPage);
  CHECK(wall == low + 2 * kPage);
}

TEST_CASE("the arena grows by what its last free piece lacks, and throws when it is full") {
  Arena arena(kMax);
  arena.take(kPage);
  arena.give_back(arena.take(2 * kPage), 2 * kPage);
  arena.take(5 * kPage);
  CHECK(arena.reserved_bytes() == 6 * kPage);
  CHECK_THROWS_AS(arena.take(2 * kMax), std::bad_alloc);
  arena.take(kPage);
  CHECK(arena.reserved_bytes() == 7 * kPage);
}

TEST_CASE("blocks never overlap, and after freeing all there is one free piece") {
  Arena arena(kMax);
  const Philox random(1, Purpose::tests);
  std::map<std::byte*, int64_t> held;
  for (uint64_t i = 0; i < 2000; ++i) {
    const int64_t bytes = 1 + random.word(i) % (20 * kPage);
    if (random.word(i, 1) % 3 > 0 || held.empty()) {
      std::byte* block = arena.take(bytes);
      std::memset(block, static_cast<int>(bytes % 251), static_cast<size_t>(bytes));
      held[block] = bytes;
    } else {
      auto found = held.lower_bound(held.begin()->first + random.word(i, 2) % arena.reserved_bytes());
      if (found == held.end()) found = held.begin();
      const auto [block, size] = *found;
      REQUIRE(block[0] == static_cast<std::byte>(size % 251));
      REQUIRE(block[size - 1] == static_cast<std::byte>(size % 251));
      held.erase(found);
      arena.give_back(block, size);
    }
  }
  for (const auto& [block, bytes] : held) arena.give_back(block, bytes);
  const int64_t all = arena.reserved_bytes();
  arena.take(all);
  CHECK(arena.reserved_bytes() == all);
}

}  // namespace intertwiner
