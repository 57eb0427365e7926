// Measures time as the median of repetitions, because other programs can slow a single one down.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

namespace intertwiner::bench {

template <class Work>
double seconds(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// The median of `repeats` calls, after one call that warms the caches and the allocator.
template <class Work>
double median_seconds(int64_t repeats, const Work& work) {
  work();
  std::vector<double> times;
  for (int64_t i = 0; i < repeats; ++i) times.push_back(seconds(work));
  return median(times);
}

/// The time of one call for work of microseconds. Each of the `repeats` has as many calls as take about `span` seconds.
template <class Work>
double median_seconds_of_short(int64_t repeats, double span, const Work& work) {
  work();
  const auto calls = static_cast<int64_t>(std::clamp(span / seconds(work), 1.0, 1e6));
  return median_seconds(repeats,
                        [&] {
                          for (int64_t i = 0; i < calls; ++i) work();
                        }) /
         static_cast<double>(calls);
}

}  // namespace intertwiner::bench
