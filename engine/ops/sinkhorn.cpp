#include "engine/ops/sinkhorn.h"

#include <cmath>

#include "engine/backend.h"
#include "engine/elementwise.h"
#include "engine/kernels/sinkhorn.h"
#include "engine/loop.h"
#include "engine/ops/transpose.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

struct Units {
  Tensor rows, inverse_norms;
};

Units unit_rows(const Tensor& x) {
  const Units units{Tensor::empty(x.shape(), x.dtype()), Tensor::empty({x.dim(0) * x.dim(1)}, x.dtype())};
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(units.inverse_norms.size(), kRowGrain,
                   kernels::UnitRows<T>{x.data<T>(), x.dim(2), units.rows.data<T>(), units.inverse_norms.data<T>()});
  });
  return units;
}

Tensor unit_rows_gradient(const Units& units, const Tensor& gradient) {
  const Tensor dx = Tensor::empty(gradient.shape(), gradient.dtype());
  with_float_type(dx.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(units.inverse_norms.size(), kRowGrain,
                   kernels::UnitRowsGradient<T>{units.rows.data<T>(), units.inverse_norms.data<T>(), gradient.data<T>(),
                                                dx.dim(2), dx.data<T>()});
  });
  return dx;
}

// f(n, i, j) for every entry of N matrices C×C.
template <class T, class F>
void for_each_entry(int64_t n, int64_t c, const F& f) {
  for_each_index(n * c, kRowGrain, [=](int64_t r) {
    for (int64_t j = 0; j < c; ++j) f(r, j);
  });
}

template <class T>
Tensor plan_by_scaling(const Tensor& cost, const SinkhornOptions& o) {
  const int64_t n = cost.dim(0), c = cost.dim(1);
  const Tensor kernel = Tensor::empty(cost.shape(), cost.dtype());
  for_each_entry<T>(n, c,
                    [q = cost.data<T>(), k = kernel.data<T>(), c, e = static_cast<T>(o.epsilon)](int64_t r, int64_t j) {
                      k[r * c + j] = std::exp(-q[r * c + j] / e);
                    });
  const Tensor flipped = transposed(kernel);
  const Tensor a = Tensor::zeros({n, c}, cost.dtype()),
               b = Tensor::full({n, c}, 1.0 / static_cast<double>(c), cost.dtype());
  for (int64_t step = 0; step < o.iterations; ++step) {
    for_each_index(n * c, kRowGrain, kernels::SinkhornStep<T>{flipped.data<T>(), b.data<T>(), c, a.data<T>()});
    for_each_index(n * c, kRowGrain, kernels::SinkhornStep<T>{kernel.data<T>(), a.data<T>(), c, b.data<T>()});
  }
  for_each_entry<T>(n, c, [k = kernel.data<T>(), left = b.data<T>(), right = a.data<T>(), c](int64_t r, int64_t j) {
    k[r * c + j] *= left[r] * right[r / c * c + j];
  });
  return kernel;
}

/// The potentials, ε·log of the scalings, from the start b⁰ through every step: a¹, b¹, a², b², …
struct Potentials {
  std::vector<Tensor> a, b;
};

template <class T>
Potentials iterate_logarithms(const Tensor& cost, const Tensor& flipped, const SinkhornOptions& o) {
  const int64_t n = cost.dim(0), c = cost.dim(1);
  const T epsilon = static_cast<T>(o.epsilon);
  Potentials p;
  p.b.push_back(Tensor::full({n, c}, -o.epsilon * std::log(static_cast<double>(c)), cost.dtype()));
  for (int64_t step = 0; step < o.iterations; ++step) {
    p.a.push_back(Tensor::empty({n, c}, cost.dtype()));
    for_each_index(
        n * c, kRowGrain,
        kernels::SinkhornLogStep<T>{flipped.data<T>(), p.b.back().data<T>(), c, epsilon, p.a.back().data<T>()});
    p.b.push_back(Tensor::empty({n, c}, cost.dtype()));
    for_each_index(n * c, kRowGrain,
                   kernels::SinkhornLogStep<T>{cost.data<T>(), p.a.back().data<T>(), c, epsilon, p.b.back().data<T>()});
  }
  return p;
}

template <class T>
Tensor plan_of(const Tensor& cost, const Potentials& potentials, double epsilon) {
  const int64_t n = cost.dim(0), c = cost.dim(1);
  const Tensor plan = Tensor::empty(cost.shape(), cost.dtype());
  for_each_entry<T>(n, c,
                    [q = cost.data<T>(), p = plan.data<T>(), left = potentials.b.back().data<T>(),
                     right = potentials.a.back().data<T>(), c, e = static_cast<T>(epsilon)](int64_t r, int64_t j) {
                      p[r * c + j] = std::exp((left[r] + right[r / c * c + j] - q[r * c + j]) / e);
                    });
  return plan;
}

// The step that made `own` from `other`: adds to dcost and returns the gradient of `other`.
template <class T>
Tensor step_gradient(const Tensor& cost, const Tensor& own, const Tensor& other, const Tensor& down, double epsilon,
                     const Tensor& dcost) {
  const int64_t rows = own.size(), c = cost.dim(1);
  const Tensor flow = Tensor::empty(cost.shape(), cost.dtype()), dother = Tensor::empty(other.shape(), other.dtype());
  for_each_index(rows, kRowGrain,
                 kernels::SinkhornFlow<T>{cost.data<T>(), own.data<T>(), other.data<T>(), down.data<T>(), c,
                                          static_cast<T>(epsilon), flow.data<T>(), dcost.data<T>()});
  for_each_index(rows, kRowGrain, kernels::StackColumnSums<T>{flow.data<T>(), c, T{-1}, dother.data<T>()});
  return dother;
}

// dW/dQ through the iterations. P_ij = exp((b_i + a_j − Q_ij)/ε) and W = ⟨Q, P⟩ give, with M = Q∘P/ε, dQ = P − M and
// db_i = Σ_j M_ij, da_j = Σ_i M_ij for the last potentials; then the steps backwards, each handing its potential's
// gradient to the one it was made from, and a share of it to Q.
template <class T>
Tensor cost_gradient_through(const Tensor& cost, const Tensor& flipped, const Tensor& plan, const Potentials& p,
                             double epsilon) {
  const int64_t n = cost.dim(0), c = cost.dim(1);
  const Tensor push = Tensor::empty(cost.shape(), cost.dtype()), dcost = Tensor::empty(cost.shape(), cost.dtype());
  const Tensor dcost_flipped = Tensor::zeros(cost.shape(), cost.dtype());
  for_each_entry<T>(n, c,
                    [q = cost.data<T>(), k = plan.data<T>(), m = push.data<T>(), d = dcost.data<T>(), c,
                     e = static_cast<T>(epsilon)](int64_t r, int64_t j) {
                      m[r * c + j] = q[r * c + j] * k[r * c + j] / e;
                      d[r * c + j] = k[r * c + j] - m[r * c + j];
                    });
  const Tensor push_flipped = transposed(push);
  const Tensor da = Tensor::empty({n, c}, cost.dtype());
  Tensor db = Tensor::empty({n, c}, cost.dtype());
  for_each_index(n * c, kRowGrain, kernels::StackColumnSums<T>{push.data<T>(), c, T{1}, da.data<T>()});
  for_each_index(n * c, kRowGrain, kernels::StackColumnSums<T>{push_flipped.data<T>(), c, T{1}, db.data<T>()});
  for (size_t step = p.a.size(); step-- > 0;) {
    Tensor from_b = step_gradient<T>(cost, p.b[step + 1], p.a[step], db, epsilon, dcost);
    if (step + 1 == p.a.size()) from_b = added(from_b, da);  // the plan itself reads the last a
    db = step_gradient<T>(flipped, p.a[step], p.b[step], from_b, epsilon, dcost_flipped);
  }
  return added(dcost, transposed(dcost_flipped));
}

}  // namespace

Tensor sinkhorn_plan(const Tensor& cost, const SinkhornOptions& options) {
  // Costs lie in [0, 2]: exp(−2/ε) and the scalings' range stay far from a float's limits down to about ε = 0.05.
  const bool logarithms = 2 / options.epsilon > 40;
  return with_float_type(cost.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if (!logarithms) return plan_by_scaling<T>(cost, options);
    return plan_of<T>(cost, iterate_logarithms<T>(cost, transposed(cost), options), options.epsilon);
  });
}

Variable sinkhorn_divergence(const Variable& x, const Variable& y, const SinkhornOptions& options) {
  if (x.value().rank() != 3 || x.shape() != y.shape())
    throw UserError("sinkhorn_divergence: needs two sets N×C×k, not " + to_string(x.shape()) + " and " +
                    to_string(y.shape()));
  const Backend& backend = backend_of(x.value());
  const int64_t n = x.dim(0), c = x.dim(1);
  const Units left = unit_rows(x.value()), right = unit_rows(y.value());
  const Tensor cost = backend.matmul(left.rows, right.rows, false, true);
  return with_float_type(cost.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_entry<T>(n, c, [q = cost.data<T>(), c](int64_t r, int64_t j) { q[r * c + j] = 1 - q[r * c + j]; });
    Tensor plan, flipped;
    Potentials potentials;  // through all iterations, each step's are needed: they run on logarithms
    if (options.through_iterations) {
      flipped = transposed(cost);
      potentials = iterate_logarithms<T>(cost, flipped, options);
      plan = plan_of<T>(cost, potentials, options.epsilon);
    } else {
      plan = sinkhorn_plan(cost, options);
    }
    const Tensor paid = Tensor::empty(cost.shape(), cost.dtype());
    for_each_entry<T>(n, c, [q = cost.data<T>(), p = plan.data<T>(), out = paid.data<T>(), c](int64_t r, int64_t j) {
      out[r * c + j] = q[r * c + j] * p[r * c + j];
    });
    const Tensor divergence = Tensor::full({1}, ordered_sum(paid) / static_cast<double>(n), x.dtype());
    return Variable::from(divergence, {x, y}, [=, &backend](const Tensor& dy) {
      // With the plan held fixed dW/dQ = P. As Q = 1 − u vᵀ, du = −dQ v and dv = −dQᵀ u.
      const Tensor dq = options.through_iterations
                            ? cost_gradient_through<T>(cost, flipped, plan, potentials, options.epsilon)
                            : plan;
      const Tensor minus_dq = scaled(dq, -static_cast<double>(dy.data<T>()[0]) / static_cast<double>(n));
      const Tensor du = backend.matmul(minus_dq, right.rows, false, false),
                   dv = backend.matmul(minus_dq, left.rows, true, false);
      return Gradients{unit_rows_gradient(left, du), unit_rows_gradient(right, dv)};
    });
  });
}

}  // namespace intertwiner
