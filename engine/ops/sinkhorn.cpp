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

/// A stack of matrices: how many, and of what size.
struct StackSize {
  int64_t n, rows, columns;
  explicit StackSize(const Tensor& stack) : n(stack.dim(0)), rows(stack.dim(1)), columns(stack.dim(2)) {}
};

void require_sets(const Tensor& x, const Tensor& y) {
  if (x.rank() == 3 && y.rank() == 3 && x.dim(0) == y.dim(0) && x.dim(2) == y.dim(2) && x.dim(1) > 0 && y.dim(1) > 0)
    return;
  throw UserError("sinkhorn: needs sets of vectors N×C1×k and N×C2×k, not " + to_string(x.shape()) + " and " +
                  to_string(y.shape()));
}

// f(r, j) for every entry of a stack, its rows counted through.
template <class F>
void for_each_entry(const StackSize& stack, const F& f) {
  for_each_index(stack.n * stack.rows, kRowGrain, [=, columns = stack.columns](int64_t r) {
    for (int64_t j = 0; j < columns; ++j) f(r, j);
  });
}

// 1 − ⟨u, v⟩ of unit rows.
Tensor cost_between(const Units& left, const Units& right) {
  const Tensor cost = backend_of(left.rows).matmul(left.rows, right.rows, false, true);
  with_float_type(cost.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(cost.size(), kElementGrain, [q = cost.data<T>()](int64_t i) { q[i] = 1 - q[i]; });
  });
  return cost;
}

template <class T>
Tensor plan_by_scaling(const Tensor& cost, const SinkhornOptions& o) {
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor kernel = Tensor::empty(cost.shape(), cost.dtype());
  for_each_entry(size, [q = cost.data<T>(), k = kernel.data<T>(), c2, e = static_cast<T>(o.epsilon)](
                           int64_t r, int64_t j) { k[r * c2 + j] = std::exp(-q[r * c2 + j] / e); });
  const Tensor flipped = transposed(kernel);
  const Tensor a = Tensor::zeros({size.n, c2}, cost.dtype()),
               b = Tensor::full({size.n, c1}, 1.0 / static_cast<double>(c1), cost.dtype());
  for (int64_t step = 0; step < o.iterations; ++step) {
    for_each_index(a.size(), kRowGrain, kernels::SinkhornStep<T>{flipped.data<T>(), b.data<T>(), c2, c1, a.data<T>()});
    for_each_index(b.size(), kRowGrain, kernels::SinkhornStep<T>{kernel.data<T>(), a.data<T>(), c1, c2, b.data<T>()});
  }
  for_each_entry(size, [k = kernel.data<T>(), left = b.data<T>(), right = a.data<T>(), c1, c2](int64_t r, int64_t j) {
    k[r * c2 + j] *= left[r] * right[r / c1 * c2 + j];
  });
  return kernel;
}

/// The potentials, ε·log of the scalings, from the start b⁰ through every step: a¹, b¹, a², b², …
struct Potentials {
  std::vector<Tensor> a, b;
};

template <class T>
Potentials iterate_logarithms(const Tensor& cost, const Tensor& flipped, const SinkhornOptions& o) {
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const T epsilon = static_cast<T>(o.epsilon);
  Potentials p;
  p.b.push_back(Tensor::full({size.n, c1}, -o.epsilon * std::log(static_cast<double>(c1)), cost.dtype()));
  for (int64_t step = 0; step < o.iterations; ++step) {
    p.a.push_back(Tensor::empty({size.n, c2}, cost.dtype()));
    for_each_index(
        size.n * c2, kRowGrain,
        kernels::SinkhornLogStep<T>{flipped.data<T>(), p.b.back().data<T>(), c2, c1, epsilon, p.a.back().data<T>()});
    p.b.push_back(Tensor::empty({size.n, c1}, cost.dtype()));
    for_each_index(
        size.n * c1, kRowGrain,
        kernels::SinkhornLogStep<T>{cost.data<T>(), p.a.back().data<T>(), c1, c2, epsilon, p.b.back().data<T>()});
  }
  return p;
}

template <class T>
Tensor plan_of(const Tensor& cost, const Potentials& potentials, double epsilon) {
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor plan = Tensor::empty(cost.shape(), cost.dtype());
  for_each_entry(size,
                 [q = cost.data<T>(), p = plan.data<T>(), left = potentials.b.back().data<T>(),
                  right = potentials.a.back().data<T>(), c1, c2, e = static_cast<T>(epsilon)](int64_t r, int64_t j) {
                   p[r * c2 + j] = std::exp((left[r] + right[r / c1 * c2 + j] - q[r * c2 + j]) / e);
                 });
  return plan;
}

// The step that made `own` from `other`: adds to dcost and returns the gradient of `other`.
template <class T>
Tensor step_gradient(const Tensor& cost, const Tensor& own, const Tensor& other, const Tensor& down, double epsilon,
                     const Tensor& dcost) {
  const StackSize size(cost);
  const Tensor flow = Tensor::empty(cost.shape(), cost.dtype()), dother = Tensor::empty(other.shape(), other.dtype());
  for_each_index(own.size(), kRowGrain,
                 kernels::SinkhornFlow<T>{cost.data<T>(), own.data<T>(), other.data<T>(), down.data<T>(), size.rows,
                                          size.columns, static_cast<T>(epsilon), flow.data<T>(), dcost.data<T>()});
  for_each_index(other.size(), kRowGrain,
                 kernels::StackColumnSums<T>{flow.data<T>(), size.rows, size.columns, T{-1}, dother.data<T>()});
  return dother;
}

// dW/dQ through the iterations. P_ij = exp((b_i + a_j − Q_ij)/ε) and W = ⟨Q, P⟩ give, with M = Q∘P/ε, dQ = P − M and
// db_i = Σ_j M_ij, da_j = Σ_i M_ij for the last potentials; then the steps backwards, each handing its potential's
// gradient to the one it was made from, and a share of it to Q.
template <class T>
Tensor cost_gradient_through(const Tensor& cost, const Tensor& flipped, const Tensor& plan, const Potentials& p,
                             double epsilon) {
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor push = Tensor::empty(cost.shape(), cost.dtype()), dcost = Tensor::empty(cost.shape(), cost.dtype());
  const Tensor dcost_flipped = Tensor::zeros(flipped.shape(), cost.dtype());
  for_each_entry(size, [q = cost.data<T>(), k = plan.data<T>(), m = push.data<T>(), d = dcost.data<T>(), c2,
                        e = static_cast<T>(epsilon)](int64_t r, int64_t j) {
    m[r * c2 + j] = q[r * c2 + j] * k[r * c2 + j] / e;
    d[r * c2 + j] = k[r * c2 + j] - m[r * c2 + j];
  });
  const Tensor push_flipped = transposed(push);
  const Tensor da = Tensor::empty({size.n, c2}, cost.dtype());
  Tensor db = Tensor::empty({size.n, c1}, cost.dtype());
  for_each_index(da.size(), kRowGrain, kernels::StackColumnSums<T>{push.data<T>(), c1, c2, T{1}, da.data<T>()});
  for_each_index(db.size(), kRowGrain, kernels::StackColumnSums<T>{push_flipped.data<T>(), c2, c1, T{1}, db.data<T>()});
  for (size_t step = p.a.size(); step-- > 0;) {
    Tensor from_b = step_gradient<T>(cost, p.b[step + 1], p.a[step], db, epsilon, dcost);
    if (step + 1 == p.a.size()) from_b = added(from_b, da);  // the plan itself reads the last a
    db = step_gradient<T>(flipped, p.a[step], p.b[step], from_b, epsilon, dcost_flipped);
  }
  return added(dcost, transposed(dcost_flipped));
}

}  // namespace

Tensor cosine_cost(const Tensor& x, const Tensor& y) {
  require_sets(x, y);
  return cost_between(unit_rows(x), unit_rows(y));
}

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
  require_sets(x.value(), y.value());
  const Backend& backend = backend_of(x.value());
  const int64_t n = x.dim(0);
  const Units left = unit_rows(x.value()), right = unit_rows(y.value());
  const Tensor cost = cost_between(left, right);
  return with_float_type(cost.dtype(), [&](auto zero) {
    using T = decltype(zero);
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
    for_each_index(paid.size(), kElementGrain,
                   [q = cost.data<T>(), p = plan.data<T>(), out = paid.data<T>()](int64_t i) { out[i] = q[i] * p[i]; });
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
