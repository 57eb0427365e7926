#include "engine/ops/sinkhorn.h"

#include <cmath>

#include "engine/backend/backend.h"
#include "engine/backend/loop.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/sinkhorn.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/transpose.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

struct Units {
  Tensor rows, inverse_norms;
};

Units unit_rows(const Tensor& x) {
  const Device on = x.device();
  const Units units{Tensor::empty(x.shape(), x.dtype(), on), Tensor::empty({x.dim(0) * x.dim(1)}, x.dtype(), on)};
  with_float_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(
        on, units.inverse_norms.size(), kRowGrain,
        kernels::UnitRows<T>{x.data<T>(on), x.dim(2), units.rows.data<T>(on), units.inverse_norms.data<T>(on)});
  });
  return units;
}

Tensor unit_rows_gradient(const Units& units, const Tensor& gradient) {
  const Device on = gradient.device();
  const Tensor dx = Tensor::empty(gradient.shape(), gradient.dtype(), on);
  with_float_type(dx.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, units.inverse_norms.size(), kRowGrain,
                   kernels::UnitRowsGradient<T>{units.rows.data<T>(on), units.inverse_norms.data<T>(on),
                                                gradient.data<T>(on), dx.dim(2), dx.data<T>(on)});
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

// 1 − ⟨u, v⟩ of unit rows.
Tensor cost_between(const Units& left, const Units& right) {
  const Tensor cost = backend_of(left.rows).matmul(left.rows, right.rows, false, true);
  const Device on = cost.device();
  with_float_type(cost.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_index(on, cost.size(), kElementGrain, kernels::CosineCost<T>{cost.data<T>(on)});
  });
  return cost;
}

template <class T>
Tensor plan_by_scaling(const Tensor& cost, const SinkhornOptions& o) {
  const Device on = cost.device();
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor kernel = Tensor::empty(cost.shape(), cost.dtype(), on);
  const T epsilon = static_cast<T>(o.epsilon);
  for_each_index(on, kernel.size(), kElementGrain,
                 kernels::SinkhornKernel<T>{cost.data<T>(on), epsilon, kernel.data<T>(on)});
  const Tensor flipped = transposed(kernel);
  const Tensor a = Tensor::zeros({size.n, c2}, cost.dtype(), on),
               b = Tensor::full({size.n, c1}, 1.0 / static_cast<double>(c1), cost.dtype(), on);
  for (int64_t step = 0; step < o.iterations; ++step) {
    for_each_index(on, a.size(), kRowGrain,
                   kernels::SinkhornStep<T>{flipped.data<T>(on), b.data<T>(on), c2, c1, a.data<T>(on)});
    for_each_index(on, b.size(), kRowGrain,
                   kernels::SinkhornStep<T>{kernel.data<T>(on), a.data<T>(on), c1, c2, b.data<T>(on)});
  }
  for_each_index(on, b.size(), kRowGrain,
                 kernels::ScaledPlan<T>{b.data<T>(on), a.data<T>(on), c1, c2, kernel.data<T>(on)});
  return kernel;
}

/// The potentials, ε·log of the scalings, from the start b⁰ through every step: a¹, b¹, a², b², …
struct Potentials {
  std::vector<Tensor> a, b;
};

template <class T>
Potentials iterate_logarithms(const Tensor& cost, const Tensor& flipped, const SinkhornOptions& o) {
  const Device on = cost.device();
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const T epsilon = static_cast<T>(o.epsilon);
  Potentials p;
  p.b.push_back(Tensor::full({size.n, c1}, -o.epsilon * std::log(static_cast<double>(c1)), cost.dtype(), on));
  for (int64_t step = 0; step < o.iterations; ++step) {
    p.a.push_back(Tensor::empty({size.n, c2}, cost.dtype(), on));
    for_each_index(on, size.n * c2, kRowGrain,
                   kernels::SinkhornLogStep<T>{flipped.data<T>(on), p.b.back().data<T>(on), c2, c1, epsilon,
                                               p.a.back().data<T>(on)});
    p.b.push_back(Tensor::empty({size.n, c1}, cost.dtype(), on));
    for_each_index(
        on, size.n * c1, kRowGrain,
        kernels::SinkhornLogStep<T>{cost.data<T>(on), p.a.back().data<T>(on), c1, c2, epsilon, p.b.back().data<T>(on)});
  }
  return p;
}

template <class T>
Tensor plan_of(const Tensor& cost, const Potentials& potentials, double epsilon) {
  const Device on = cost.device();
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor plan = Tensor::empty(cost.shape(), cost.dtype(), on);
  for_each_index(on, size.n * c1, kRowGrain,
                 kernels::LogPlan<T>{cost.data<T>(on), potentials.b.back().data<T>(on), potentials.a.back().data<T>(on),
                                     c1, c2, static_cast<T>(epsilon), plan.data<T>(on)});
  return plan;
}

// The step that made `own` from `other`: adds to dcost and returns the gradient of `other`.
template <class T>
Tensor step_gradient(const Tensor& cost, const Tensor& own, const Tensor& other, const Tensor& down, double epsilon,
                     const Tensor& dcost) {
  const Device on = cost.device();
  const StackSize size(cost);
  const Tensor flow = Tensor::empty(cost.shape(), cost.dtype(), on),
               dother = Tensor::empty(other.shape(), other.dtype(), on);
  for_each_index(
      on, own.size(), kRowGrain,
      kernels::SinkhornFlow<T>{cost.data<T>(on), own.data<T>(on), other.data<T>(on), down.data<T>(on), size.rows,
                               size.columns, static_cast<T>(epsilon), flow.data<T>(on), dcost.data<T>(on)});
  for_each_index(on, other.size(), kRowGrain,
                 kernels::StackColumnSums<T>{flow.data<T>(on), size.rows, size.columns, T{-1}, dother.data<T>(on)});
  return dother;
}

// dW/dQ through the iterations. P_ij = exp((b_i + a_j − Q_ij)/ε) and W = ⟨Q, P⟩ give, with M = Q∘P/ε, dQ = P − M and
// db_i = Σ_j M_ij, da_j = Σ_i M_ij for the last potentials; then the steps backwards, each handing its potential's
// gradient to the one it was made from, and a share of it to Q.
template <class T>
Tensor cost_gradient_through(const Tensor& cost, const Tensor& flipped, const Tensor& plan, const Potentials& p,
                             double epsilon) {
  const Device on = cost.device();
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor push = Tensor::empty(cost.shape(), cost.dtype(), on),
               dcost = Tensor::empty(cost.shape(), cost.dtype(), on);
  const Tensor dcost_flipped = Tensor::zeros(flipped.shape(), cost.dtype(), on);
  for_each_index(on, push.size(), kElementGrain,
                 kernels::PlanPush<T>{cost.data<T>(on), plan.data<T>(on), static_cast<T>(epsilon), push.data<T>(on),
                                      dcost.data<T>(on)});
  const Tensor push_flipped = transposed(push);
  const Tensor da = Tensor::empty({size.n, c2}, cost.dtype(), on);
  Tensor db = Tensor::empty({size.n, c1}, cost.dtype(), on);
  for_each_index(on, da.size(), kRowGrain, kernels::StackColumnSums<T>{push.data<T>(on), c1, c2, T{1}, da.data<T>(on)});
  for_each_index(on, db.size(), kRowGrain,
                 kernels::StackColumnSums<T>{push_flipped.data<T>(on), c2, c1, T{1}, db.data<T>(on)});
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
  const Device on = cost.device();
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
    const Tensor paid = Tensor::empty(cost.shape(), cost.dtype(), on);
    for_each_index(on, paid.size(), kElementGrain,
                   kernels::Multiply<T>{cost.data<T>(on), plan.data<T>(on), paid.data<T>(on)});
    const Tensor count = Tensor::full({1}, static_cast<double>(n), DType::float64, on);
    const Tensor divergence = quotient(backend.sum(paid, Summand::value), count, x.dtype());
    return Variable::from(divergence, {x, y}, [=, &backend](const Tensor& dy) {
      // With the plan held fixed dW/dQ = P. As Q = 1 − u vᵀ, du = −dQ v and dv = −dQᵀ u.
      const Tensor dq = options.through_iterations
                            ? cost_gradient_through<T>(cost, flipped, plan, potentials, options.epsilon)
                            : plan;
      const Tensor minus_dq = scaled_blocks(dq, quotient(dy, scaled(count, -1), dq.dtype()));
      const Tensor du = backend.matmul(minus_dq, right.rows, false, false),
                   dv = backend.matmul(minus_dq, left.rows, true, false);
      return Gradients{unit_rows_gradient(left, du), unit_rows_gradient(right, dv)};
    });
  });
}

}  // namespace intertwiner
