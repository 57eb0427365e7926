#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/error.h"
#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "engine/ops/distance.h"
#include "engine/ops/linear.h"
#include "engine/ops/losses.h"
#include "engine/ops/pooling.h"
#include "engine/ops/roi_align.h"
#include "engine/ops/sinkhorn.h"
#include "engine/parallel.h"
#include "tests/engine/compare.h"
#include "tests/engine/gradient_check.h"

namespace intertwiner {
namespace {

using tests::random_tensor;

// `f` is run on 1, 2 and 5 threads, and gives the same bits each time.
template <class F>
void check_same_on_all_threads(const std::string& what, const F& f) {
  std::vector<Tensor> alone;
  {
    const tests::Threads one(1);
    alone = f();
  }
  for (const int count : {2, 5}) {
    const tests::Threads several(count);
    const std::vector<Tensor> together = f();
    REQUIRE(together.size() == alone.size());
    for (size_t i = 0; i < alone.size(); ++i)
      tests::check_same_bits(what + ", result " + std::to_string(i) + " on " + std::to_string(count) + " threads",
                             together[i], alone[i]);
  }
}

Tensor floats(const Shape& shape, uint64_t seed) { return random_tensor(shape, seed).to(DType::float32); }

// The value and all gradients of an operator of float32 inputs.
template <class F>
std::vector<Tensor> value_and_gradients(const std::vector<Shape>& shapes, const F& f) {
  std::vector<Variable> inputs;
  for (size_t i = 0; i < shapes.size(); ++i) inputs.emplace_back(floats(shapes[i], i + 1), true);
  const Variable y = f(inputs);
  std::vector<Tensor> results = {y.value()};
  backward(tests::weighed(y, random_tensor(y.shape(), 99)));
  for (const Variable& input : inputs) results.push_back(input.grad());
  return results;
}

}  // namespace

TEST_CASE("a parallel loop calls every index once, whatever the number of threads") {
  for (const int threads : {1, 2, 5})
    for (const int64_t count : {0, 1, 2, 7, 1000}) {
      const tests::Threads several(threads);
      std::vector<std::atomic<int>> calls(static_cast<size_t>(count));
      parallel_for(count, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
      for (const auto& n : calls) CHECK(n == 1);
      for (const int64_t grain : {1, 3, 5000}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
        for_each_index({.device = Device::cpu, .count = count, .grain = grain},
                       [&](const Pointers&) { return [&visits](int64_t i) { ++visits[static_cast<size_t>(i)]; }; });
        for (const auto& n : visits) CHECK(n == 1);
      }
    }
}

TEST_CASE("the size of the work decides the chunks, not the number of threads") {
  for (const int threads : {1, 2, 5}) {
    const tests::Threads several(threads);
    std::mutex mutex;
    std::vector<std::pair<int64_t, int64_t>> chunks;
    parallel_chunks(10, 4, [&](int64_t begin, int64_t end) {
      const std::lock_guard lock(mutex);
      chunks.emplace_back(begin, end);
    });
    std::sort(chunks.begin(), chunks.end());
    CHECK(chunks == std::vector<std::pair<int64_t, int64_t>>{{0, 4}, {4, 8}, {8, 10}});
  }
}

TEST_CASE("an exception inside a parallel loop is rethrown") {
  for (const int threads : {1, 2, 5}) {
    const tests::Threads several(threads);
    CHECK_THROWS_WITH(parallel_for(100,
                                   [](int64_t i) {
                                     if (i == 57) throw UserError("index 57");
                                   }),
                      "index 57");
  }
}

TEST_CASE("a parallel loop inside another one runs") {
  const tests::Threads several(2);
  std::atomic<int> calls = 0;
  parallel_for(4, [&](int64_t) { parallel_for(5, [&](int64_t) { ++calls; }); });
  CHECK(calls == 20);
}

TEST_CASE("a number of threads below 1 is refused") {
  CHECK_THROWS_AS(set_thread_count(0), UserError);
  CHECK_THROWS_AS(set_thread_count(-3), UserError);
  CHECK_THROWS_AS(ThreadPool(0), UserError);
}

TEST_CASE("a loop runs on the threads of the pool that its thread uses, and no others") {
  const tests::Threads of_program(3);
  ThreadPool pool(2);
  {
    const UseThreadPool use(pool);
    CHECK(thread_count() == 2);
    ThreadPool inner(5);
    {
      const UseThreadPool use_inner(inner);
      CHECK(thread_count() == 5);
    }
    CHECK(thread_count() == 2);
    std::atomic<int> count_elsewhere = 0;
    std::thread([&] { count_elsewhere = thread_count(); }).join();
    CHECK(count_elsewhere == 3);  // of the default pool: another thread has not chosen one
    // Each index waits until both threads are in the loop, so both take part.
    std::atomic<int> inside = 0;
    std::atomic<bool> wrong_pool = false;
    parallel_for(2, [&](int64_t) {
      ++inside;
      while (inside < 2) std::this_thread::yield();
      if (&thread_pool() != &pool) wrong_pool = true;
    });
    CHECK_FALSE(wrong_pool);
  }
  CHECK(thread_count() == 3);
}

TEST_CASE("loops on two pools run at the same time, each on the threads of its own") {
  ThreadPool first(2), second(2);
  std::atomic<int> inside = 0;
  const auto loop = [&](ThreadPool& pool) {
    const UseThreadPool use(pool);
    // Ends only if all four indices of both loops run at once, on four threads.
    parallel_for(2, [&](int64_t) {
      ++inside;
      while (inside < 4) std::this_thread::yield();
    });
  };
  std::thread other(loop, std::ref(first));
  loop(second);
  other.join();
  CHECK(inside == 4);
}

TEST_CASE("a loop during another thread's loop on the same pool runs on its caller's thread") {
  ThreadPool pool(2);
  const UseThreadPool use(pool);
  std::atomic<bool> other_is_done = false;
  std::thread other;
  parallel_for(2, [&](int64_t i) {
    if (i == 0)
      other = std::thread([&] {
        const UseThreadPool same(pool);
        std::atomic<int> calls = 0;
        const std::thread::id caller = std::this_thread::get_id();
        parallel_for(10, [&](int64_t) { calls += std::this_thread::get_id() == caller; });
        other_is_done = calls == 10;
      });
    if (i == 0) other.join();
  });
  CHECK(other_is_done);
}

TEST_CASE("convolutions and their gradients have the same bits on any number of threads") {
  const auto conv = [](int64_t stride, int64_t padding, bool everything) {
    return [=](const std::vector<Variable>& v) {
      Conv2dOptions o;
      o.stride = stride;
      o.padding = padding;
      if (everything) {
        o.bias = v[2];
        o.relu = true;
      }
      return conv2d(v[0], v[1], o);
    };
  };
  check_same_on_all_threads("3×3", [&] {
    return value_and_gradients({{2, 30, 31, 17}, {33, 3, 3, 17}, {33}}, conv(1, 1, true));
  });
  check_same_on_all_threads("3×3, stride 2", [&] {
    return value_and_gradients({{2, 30, 31, 40}, {20, 3, 3, 40}, {20}}, conv(2, 1, true));
  });
  check_same_on_all_threads("7×7 of an image", [&] {
    return value_and_gradients({{2, 40, 41, 3}, {64, 7, 7, 3}}, conv(2, 3, false));
  });
  check_same_on_all_threads("1×1", [&] {
    return value_and_gradients({{1, 40, 50, 64}, {70, 1, 1, 64}}, conv(1, 0, false));
  });
  check_same_on_all_threads("one pixel, many channels", [&] {
    return value_and_gradients({{1, 2, 2, 600}, {310, 3, 3, 600}}, conv(1, 1, false));
  });
  check_same_on_all_threads("transposed", [&] {
    return value_and_gradients({{1, 9, 10, 20}, {20, 3, 3, 40}}, [](const std::vector<Variable>& v) {
      ConvTranspose2dOptions o;
      o.stride = 2;
      o.padding = 1;
      o.output_padding = 1;
      return conv_transpose2d(v[0], v[1], o);
    });
  });
  check_same_on_all_threads("linear", [&] {
    return value_and_gradients({{200, 300}, {100, 300}, {100}},
                               [](const std::vector<Variable>& v) { return linear(v[0], v[1], v[2]); });
  });
}

TEST_CASE("batch norm has the same bits on any number of threads") {
  check_same_on_all_threads("batch norm", [] {
    const Tensor mean = Tensor::zeros({33}, DType::float32), variance = Tensor::full({33}, 1, DType::float32);
    std::vector<Tensor> results =
        value_and_gradients({{2, 50, 51, 33}, {33}, {33}}, [&](const std::vector<Variable>& v) {
          return batch_norm(v[0], {.gamma = v[1], .beta = v[2], .running_mean = mean, .running_variance = variance});
        });
    results.push_back(mean);
    results.push_back(variance);
    return results;
  });
}

TEST_CASE("RoIAlign, pooling and resampling have the same bits on any number of threads") {
  const Tensor corners = random_tensor({200, 4}, 7, 0, 60), boxes = corners.clone();
  const Tensor image = Tensor::empty({200}, DType::int32), level = Tensor::empty({200}, DType::int32);
  for (int64_t r = 0; r < 200; ++r) {
    for (int64_t i = 0; i < 2; ++i) boxes.data<double>()[4 * r + 2 + i] = corners.data<double>()[4 * r + i] + 20;
    image.data<int32_t>()[r] = static_cast<int32_t>(r % 2);
    level.data<int32_t>()[r] = static_cast<int32_t>(r / 2 % 2);
  }
  check_same_on_all_threads("RoIAlign", [&] {
    return value_and_gradients({{2, 20, 21, 70}, {2, 10, 11, 70}}, [&](const std::vector<Variable>& v) {
      return roi_align(v, {boxes, image, level}, {.scales = {0.25, 0.125}, .sampling_ratio = 2});
    });
  });
  check_same_on_all_threads("max", [] {
    return value_and_gradients({{2, 50, 51, 17}}, [](const auto& v) { return max_pool(v[0]); });
  });
  check_same_on_all_threads("adaptive", [] {
    return value_and_gradients({{2, 50, 51, 17}}, [](const auto& v) { return adaptive_mean_pool(v[0], 8); });
  });
  check_same_on_all_threads("up-sampled", [] {
    return value_and_gradients({{2, 50, 51, 17}, {2, 25, 26, 17}},
                               [](const auto& v) { return add_upsampled(v[0], v[1]); });
  });
}

TEST_CASE("losses, Sinkhorn and sums have the same bits on any number of threads") {
  const Tensor labels = Tensor::empty({3000}, DType::int32), targets = floats({3000, 4}, 8);
  for (int64_t r = 0; r < labels.size(); ++r) labels.data<int32_t>()[r] = static_cast<int32_t>(r % 3) - 1;
  check_same_on_all_threads("binary", [&] {
    return value_and_gradients({{3000}}, [&](const auto& v) { return binary_cross_entropy(v[0], labels); });
  });
  check_same_on_all_threads("softmax", [&] {
    return value_and_gradients({{3000, 5}}, [&](const auto& v) { return softmax_cross_entropy(v[0], labels); });
  });
  check_same_on_all_threads("smooth L1", [&] {
    return value_and_gradients({{3000, 8}}, [&](const auto& v) {
      return smooth_l1(v[0],
                       {.labels = labels, .targets = targets, .beta = 1.0 / 9, .divisor = Tensor::from<double>({7})});
    });
  });
  check_same_on_all_threads("squared", [&] {
    return value_and_gradients({{3000, 8}}, [&](const auto& v) {
      return mean_distance(v[0], labels, Variable(targets.slice(0, 4).reshape({2, 8})), Distance::l2);
    });
  });
  for (const double epsilon : {0.1, 0.01})
    check_same_on_all_threads("Sinkhorn", [&] {
      return value_and_gradients({{2, 128, 64}, {2, 128, 64}}, [&](const auto& v) {
        return sinkhorn_divergence(v[0], v[1], {epsilon, 10});
      });
    });
  check_same_on_all_threads("Sinkhorn, through its iterations", [&] {
    return value_and_gradients({{2, 128, 64}, {2, 128, 64}}, [&](const auto& v) {
      return sinkhorn_divergence(v[0], v[1], {.iterations = 4, .through_iterations = true});
    });
  });
  check_same_on_all_threads("sums", [] {
    const Tensor x = floats({70000, 3}, 1), of_columns = Tensor::empty({3}, x.dtype());
    backend_of(x).column_sums_into(of_columns, x);
    return std::vector<Tensor>{of_columns, backend_of(x).sum(x, Summand::value), added(x, x), scaled(x, 0.3)};
  });
}

}  // namespace intertwiner
