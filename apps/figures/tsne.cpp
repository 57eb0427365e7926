#include "apps/figures/tsne.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "engine/backend/loop.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

constexpr double kInitialDeviation = 1e-2;  // the paper's variance of 1e-4
constexpr double kEarlyMomentum = 0.5, kMomentum = 0.8;
constexpr int64_t kEarlyIterations = 250;
constexpr double kGainStep = 0.2, kGainFactor = 0.8, kMinGain = 0.01;
constexpr int kBisections = 100;
constexpr double kEntropyTolerance = 1e-10;

// Sums have eight lanes, so that the compiler can vectorise them without changing the order of additions.
constexpr int64_t kLanes = 8;
using Lanes = std::array<double, kLanes>;

double sum_of(const Lanes& lanes) { return std::accumulate(lanes.begin(), lanes.end(), 0.0); }

/// Calls add(j, lane) for every j below `count`.
template <class Add>
void over_lanes(int64_t count, const Add& add) {
  const int64_t whole = count - count % kLanes;
  for (int64_t j = 0; j < whole; j += kLanes)
    for (int64_t lane = 0; lane < kLanes; ++lane) add(j + lane, static_cast<size_t>(lane));
  for (int64_t j = whole; j < count; ++j) add(j, static_cast<size_t>(j - whole));
}

double squared_distance(const double* a, const double* b, int64_t size) {
  Lanes sums{};
  over_lanes(size, [&](int64_t k, size_t lane) { sums[lane] += (a[k] - b[k]) * (a[k] - b[k]); });
  return sum_of(sums);
}

/// Replaces the squared distances of point i to all points by p_{j|i}.
void to_affinities(double* row, int64_t count, int64_t i, double perplexity) {
  row[i] = std::numeric_limits<double>::infinity();
  // The smallest distance is subtracted; otherwise every exp() of a far point would be 0.
  const double min_distance = *std::min_element(row, row + count);
  row[i] = min_distance;
  std::vector<double> distances(row, row + count);
  for (double& distance : distances) distance -= min_distance;
  const double total = std::accumulate(distances.begin(), distances.end(), 0.0);
  double beta = total > 0 ? static_cast<double>(count) / total : 1, low = 0, high = 0, sum = 1;
  for (int step = 0; step < kBisections; ++step) {
    sum = 0;
    double weighted = 0;
    for (int64_t j = 0; j < count; ++j) {
      const double distance = distances[static_cast<size_t>(j)];
      row[j] = j == i ? 0 : std::exp(-beta * distance);
      sum += row[j];
      weighted += row[j] * distance;
    }
    const double excess = std::log(sum) + beta * weighted / sum - std::log(perplexity);
    if (std::abs(excess) < kEntropyTolerance) break;
    (excess > 0 ? low : high) = beta;
    beta = high == 0 ? 2 * beta : (low + high) / 2;
  }
  for (int64_t j = 0; j < count; ++j) row[j] /= sum;
}

/// Sums over all other points for point i: of w, and of the attracting and the repelling part of the gradient.
struct Forces {
  double weight, pull_x, pull_y, push_x, push_y;
};

struct Points {
  const double *x, *y;
  int64_t count;
};

/// `p` is row i of p_ij.
Forces forces_on(int64_t i, const double* p, const Points& points) {
  const double *x = points.x, *y = points.y;
  Lanes weight{}, pull_x{}, pull_y{}, push_x{}, push_y{};
  over_lanes(points.count, [&](int64_t j, size_t lane) {
    const double dx = x[i] - x[j], dy = y[i] - y[j], w = 1 / (1 + dx * dx + dy * dy), pull = p[j] * w, push = w * w;
    weight[lane] += w;
    pull_x[lane] += pull * dx;
    pull_y[lane] += pull * dy;
    push_x[lane] += push * dx;
    push_y[lane] += push * dy;
  });
  return {sum_of(weight) - 1, sum_of(pull_x), sum_of(pull_y), sum_of(push_x), sum_of(push_y)};  // without w_ii = 1
}

std::vector<Forces> all_forces(const Tensor& p, const Tensor& positions) {
  const int64_t count = p.dim(0);
  const double *rows = p.data<double>(), *x = positions.data<double>();
  const Points points{x, x + count, count};
  std::vector<Forces> forces(static_cast<size_t>(count));
  parallel_chunks(count, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) forces[static_cast<size_t>(i)] = forces_on(i, rows + i * count, points);
  });
  return forces;
}

double total_weight(const std::vector<Forces>& forces) {
  double sum = 0;
  for (const Forces& of_point : forces) sum += of_point.weight;
  return sum;
}

void centre(double* values, int64_t count) {
  const double mean = std::accumulate(values, values + count, 0.0) / static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) values[i] -= mean;
}

}  // namespace

Tensor conditional_affinities(const Tensor& x, double perplexity) {
  const Tensor points = x.to(DType::float64);
  const int64_t count = points.dim(0), size = points.dim(1);
  const Tensor p = Tensor::empty({count, count}, DType::float64);
  parallel_for(count, [&](int64_t i) {
    const double* all = points.data<double>();
    double* row = p.data<double>() + i * count;
    for (int64_t j = 0; j < count; ++j) row[j] = squared_distance(all + i * size, all + j * size, size);
    to_affinities(row, count, i, perplexity);
  });
  return p;
}

Tensor joint_affinities(const Tensor& conditional) {
  const int64_t count = conditional.dim(0);
  const double* from = conditional.data<double>();
  const Tensor joint = Tensor::empty({count, count}, DType::float64);
  double* to = joint.data<double>();
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < count; ++j)
      to[i * count + j] = (from[i * count + j] + from[j * count + i]) / (2 * static_cast<double>(count));
  return joint;
}

double tsne_divergence(const Tensor& p, const Tensor& y) {
  const int64_t count = p.dim(0);
  const double *rows = p.data<double>(), *at = y.data<double>();
  const double total = total_weight(all_forces(p, y));
  double sum = 0;
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < count; ++j) {
      const double dx = at[i] - at[j], dy = at[count + i] - at[count + j], of_pair = rows[i * count + j];
      if (of_pair > 0) sum += of_pair * std::log(of_pair * (1 + dx * dx + dy * dy) * total);
    }
  return sum;
}

Tensor tsne_gradient(const Tensor& p, const Tensor& y, double exaggeration) {
  const int64_t count = p.dim(0);
  const std::vector<Forces> forces = all_forces(p, y);
  const double total = total_weight(forces);
  const Tensor gradient = Tensor::empty({2, count}, DType::float64);
  double* to = gradient.data<double>();
  for (int64_t i = 0; i < count; ++i) {
    const Forces& f = forces[static_cast<size_t>(i)];
    to[i] = 4 * (exaggeration * f.pull_x - f.push_x / total);
    to[count + i] = 4 * (exaggeration * f.pull_y - f.push_y / total);
  }
  return gradient;
}

Tensor tsne(const Tensor& x, const TsneOptions& options) {
  const int64_t count = x.dim(0);
  if (count < 3) throw InternalError("tsne: " + std::to_string(count) + " points; at least 3 are needed");
  const double third = static_cast<double>(count + 2) / 3;
  const Tensor p = joint_affinities(conditional_affinities(x, std::min(options.perplexity, third)));

  const Philox random(options.seed, Purpose::embedding);
  const Tensor positions = Tensor::empty({2, count}, DType::float64);
  double* at = positions.data<double>();
  for (int64_t k = 0; k < 2 * count; ++k) at[k] = kInitialDeviation * random.normal(static_cast<uint64_t>(k));
  std::vector<double> velocity(static_cast<size_t>(2 * count)), gain(velocity.size(), 1.0);
  for (int64_t iteration = 0; iteration < options.iterations; ++iteration) {
    const bool exaggerated = iteration < options.exaggerated_iterations;
    const Tensor gradient = tsne_gradient(p, positions, exaggerated ? options.exaggeration : 1);
    const double momentum = iteration < kEarlyIterations ? kEarlyMomentum : kMomentum;
    for (size_t k = 0; k < velocity.size(); ++k) {
      // The gain grows while a coordinate keeps its direction, and shrinks when it turns back.
      const double slope = gradient.data<double>()[k];
      gain[k] = slope * velocity[k] <= 0 ? gain[k] + kGainStep : std::max(kMinGain, gain[k] * kGainFactor);
      velocity[k] = momentum * velocity[k] - options.learning_rate * gain[k] * slope;
      at[k] += velocity[k];
    }
    centre(at, count);
    centre(at + count, count);
  }
  return positions;
}

}  // namespace intertwiner
