#include <catch2/catch.hpp>
#include <thread>

#include "engine/backend/replay.h"
#include "engine/elementwise.h"
#include "tests/engine/backend/emulated_device.h"

namespace intertwiner {
namespace {

struct Memory {
  Tensor x, doubled;
};

using Cache = ReplayCache<Memory>;

/// Computes 2·value by replayed work. `calls` counts executions that were not replays.
double twice(Cache& cache, double key, float value, Device device, int& calls) {
  return cache.run(
      {key}, [&](Memory& m) { refill(m.x, Tensor::from<float>({value}), device); },
      [&](Memory& m) {
        ++calls;
        refill(m.doubled, scaled(m.x, 2), device);
      },
      [](const Memory& m) { return m.doubled.to(Device::cpu).item(); });
}

}  // namespace

TEST_CASE("work is done as usual, then recorded, then replayed, each time with that call's inputs") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  Cache cache(Device::cuda);
  int calls = 0;
  for (int i = 0; i < 5; ++i) {
    CHECK(twice(cache, 1, static_cast<float>(i), Device::cuda, calls) == 2 * i);
    CHECK(device.replays() == i);
  }
  CHECK(calls == 2);
}

TEST_CASE("each key has its own memory, and one key more than the limit drops the least recently used") {
  const tests::EmulatedDevice device(tests::EmulatedDevice::Primitives::loops);
  Cache cache(Device::cuda);
  int calls = 0;
  const auto use = [&](size_t key, float value) {
    CHECK(twice(cache, static_cast<double>(key), value, Device::cuda, calls) == 2 * value);
  };
  for (const float value : {1.0f, 2.0f})
    for (size_t key = 0; key < Cache::kMaxKeys; ++key) use(key, value + static_cast<float>(key));
  CHECK(calls == 2 * Cache::kMaxKeys);
  CHECK(device.replays() == Cache::kMaxKeys);
  use(0, 1);
  CHECK(calls == 2 * Cache::kMaxKeys);

  calls = 0;
  use(Cache::kMaxKeys, 5);  // a new key, in place of 1
  CHECK(calls == 1);
  use(0, 3);
  for (size_t key = 2; key < Cache::kMaxKeys; ++key) use(key, 3);
  CHECK(calls == 1);
  use(1, 3);
  CHECK(calls == 2);
}

TEST_CASE("on the CPU nothing is kept, and calls from several threads do not disturb each other") {
  Cache cache(Device::cpu);
  std::vector<std::thread> threads;
  std::vector<int> calls(4, 0), right(4, 0);
  for (size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i)
        right[t] += twice(cache, 1, static_cast<float>(i + static_cast<int>(t)), Device::cpu, calls[t]) ==
                    2.0 * (i + static_cast<int>(t));
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(calls == std::vector<int>(4, 50));
  CHECK(right == std::vector<int>(4, 50));
}

}  // namespace intertwiner
