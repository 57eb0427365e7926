// Aligns two sets of vectors by optimal transport. The second set is the first one, rotated and shuffled. The program
// learns a linear map from the second set back to the first, by SGD on the transport cost W. It gets no pairs of
// vectors.
//   g++ -std=c++20 -O2 align_vectors.cpp $(pkg-config --cflags --libs intertwiner-cpp) -o align_vectors
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

#include "engine/ops/linear.h"
#include "engine/optimiser.h"
#include "layers/optimal_transport.h"

using namespace intertwiner;
constexpr int kVectors = 60, kSize = 6;

Tensor random_vectors() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::vector<float> numbers(kVectors * kSize);
  for (float& number : numbers) number = normal(random);
  return Tensor::from(numbers, {kVectors, kSize});
}

// Vector i is vector 7i mod 60 of `x`. Each pair of its coordinates is rotated by 0.8 radians.
Tensor rotated(const Tensor& x) {
  const float c = std::cos(0.8f), s = std::sin(0.8f);
  std::vector<float> numbers;
  for (int i = 0; i < kVectors * kSize; i += 2) {
    const float* from = x.data<float>() + 7 * (i / kSize) % kVectors * kSize + i % kSize;
    numbers.insert(numbers.end(), {c * from[0] - s * from[1], s * from[0] + c * from[1]});
  }
  return Tensor::from(numbers, {kVectors, kSize});
}

// The number of vectors whose largest entry in the plan is their true partner.
int partners_found(const Tensor& plan) {
  int found = 0;
  const float* row = plan.data<float>();
  for (int i = 0; i < kVectors; ++i, row += kVectors)
    found += std::max_element(row, row + kVectors) - row == 7 * i % kVectors;
  return found;
}

int main() {
  const Variable first(random_vectors()), second(rotated(first.value()));
  const Variable weight(Tensor::zeros({kSize, kSize}, DType::float32), true);
  for (int k = 0; k < kSize; ++k) weight.value().data<float>()[k * kSize + k] = 1;
  const Optimiser sgd({{weight, false}}, {.momentum = 0.9, .weight_decay = 0});
  for (int step = 0; step <= 100; ++step) {
    const Variable moved = linear(second, weight);
    const Variable cost = transport_alignment(first, moved, {.sinkhorn = {}, .debiased = true});
    if (step % 20 == 0)
      std::printf("step %3d: W %.4f, %d of 60 found their partner\n", step, cost.value().data<float>()[0],
                  partners_found(transport_plan(moved.value(), first.value())));
    sgd.backward(cost);
    sgd.step(0.2, sgd.gradient_norm());
  }
}
