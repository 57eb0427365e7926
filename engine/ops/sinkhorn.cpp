#include "engine/ops/sinkhorn.h"

#include <cmath>

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/sinkhorn.h"
#include "engine/ops/transpose.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

/// A loop over rows of vectors or matrices.
Loop over_rows(const Tensor& x, int64_t rows) { return {.device = x.device(), .count = rows, .grain = kRowGrain}; }
Loop over_elements(const Tensor& x) { return {.device = x.device(), .count = x.size()}; }

/// The rows of a stack, each divided by its length.
struct Units {
  Tensor rows, inverse_norms;
};

Units unit_rows(const Tensor& x) {
  const Units units{Tensor::empty(x.shape(), x.dtype(), x.device()),
                    Tensor::empty({x.dim(0) * x.dim(1)}, x.dtype(), x.device())};
  for_each_float_index(over_rows(x, units.inverse_norms.size()), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::UnitRows<T>{
        .x = at(x), .size = x.dim(2), .unit = at(units.rows), .inverse_norm = at(units.inverse_norms)};
  });
  return units;
}

Tensor unit_rows_gradient(const Units& units, const Tensor& gradient) {
  const Tensor dx = Tensor::empty(gradient.shape(), gradient.dtype(), gradient.device());
  for_each_float_index(over_rows(dx, units.inverse_norms.size()), dx.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::UnitRowsGradient<T>{.unit = at(units.rows),
                                        .inverse_norm = at(units.inverse_norms),
                                        .gradient = at(gradient),
                                        .size = dx.dim(2),
                                        .dx = at(dx)};
  });
  return dx;
}

/// The number and the size of the matrices of a stack.
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

void require_options(const SinkhornOptions& options) {
  if (!(options.epsilon > 0) || options.iterations < 1)
    throw UserError("sinkhorn: epsilon " + std::to_string(options.epsilon) + " with " +
                    std::to_string(options.iterations) + " iterations; epsilon must be above 0, iterations at least 1");
}

// 1 − ⟨u, v⟩ of unit rows.
Tensor cost_between(const Units& left, const Units& right) {
  const Tensor cost = backend_of(left.rows).matmul(left.rows, right.rows, false, true);
  for_each_float_index(over_elements(cost), cost.dtype(),
                       [&]<class T>(const Pointers& at) { return kernels::CosineCost<T>{.cost = at(cost)}; });
  return cost;
}

/// scaling ← (1/rows) / (kernel · other), for every matrix of the stack `kernel`.
void scale_step(const Tensor& kernel, const Tensor& other, const Tensor& scaling) {
  const StackSize size(kernel);
  for_each_float_index(over_rows(kernel, scaling.size()), kernel.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::SinkhornStep<T>{
        .kernel = at(kernel), .other = at(other), .rows = size.rows, .size = size.columns, .scaling = at(scaling)};
  });
}

Tensor plan_by_scaling(const Tensor& cost, const SinkhornOptions& o) {
  const Device on = cost.device();
  const StackSize size(cost);
  const int64_t c1 = size.rows, c2 = size.columns;
  const Tensor kernel = Tensor::empty(cost.shape(), cost.dtype(), on);
  for_each_float_index(over_elements(kernel), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::SinkhornKernel<T>{.cost = at(cost), .epsilon = static_cast<T>(o.epsilon), .kernel = at(kernel)};
  });
  const Tensor flipped = transposed(kernel);
  const Tensor a = Tensor::zeros({size.n, c2}, cost.dtype(), on),
               b = Tensor::full({size.n, c1}, 1.0 / static_cast<double>(c1), cost.dtype(), on);
  for (int64_t step = 0; step < o.iterations; ++step) {
    scale_step(flipped, b, a);
    scale_step(kernel, a, b);
  }
  for_each_float_index(over_rows(kernel, b.size()), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::ScaledPlan<T>{.left = at(b), .right = at(a), .rows = c1, .size = c2, .kernel = at(kernel)};
  });
  return kernel;
}

/// The potentials, ε·log of the scalings, from the start b⁰ through every step: a¹, b¹, a², b², …
struct Potentials {
  std::vector<Tensor> a, b;
};

/// The potential of each row of `cost`, from the potentials `other` of its columns.
Tensor log_step(const Tensor& cost, const Tensor& other, double epsilon) {
  const StackSize size(cost);
  const Tensor potential = Tensor::empty({size.n, size.rows}, cost.dtype(), cost.device());
  for_each_float_index(over_rows(cost, potential.size()), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::SinkhornLogStep<T>{.cost = at(cost),
                                       .other = at(other),
                                       .rows = size.rows,
                                       .size = size.columns,
                                       .epsilon = static_cast<T>(epsilon),
                                       .potential = at(potential)};
  });
  return potential;
}

Potentials iterate_logarithms(const Tensor& cost, const Tensor& flipped, const SinkhornOptions& o) {
  const int64_t n = cost.dim(0), c1 = cost.dim(1);
  Potentials p;
  p.b.push_back(Tensor::full({n, c1}, -o.epsilon * std::log(static_cast<double>(c1)), cost.dtype(), cost.device()));
  for (int64_t step = 0; step < o.iterations; ++step) {
    p.a.push_back(log_step(flipped, p.b.back(), o.epsilon));
    p.b.push_back(log_step(cost, p.a.back(), o.epsilon));
  }
  return p;
}

Tensor plan_of(const Tensor& cost, const Potentials& potentials, double epsilon) {
  const StackSize size(cost);
  const Tensor plan = Tensor::empty(cost.shape(), cost.dtype(), cost.device());
  for_each_float_index(over_rows(cost, size.n * size.rows), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::LogPlan<T>{.cost = at(cost),
                               .left = at(potentials.b.back()),
                               .right = at(potentials.a.back()),
                               .rows = size.rows,
                               .size = size.columns,
                               .epsilon = static_cast<T>(epsilon),
                               .plan = at(plan)};
  });
  return plan;
}

/// factor · the sums over rows, N×columns, of each matrix of a stack.
Tensor stack_column_sums(const Tensor& x, double factor) {
  const StackSize size(x);
  const Tensor sums = Tensor::empty({size.n, size.columns}, x.dtype(), x.device());
  for_each_float_index(over_rows(x, sums.size()), x.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::StackColumnSums<T>{
        .x = at(x), .rows = size.rows, .size = size.columns, .factor = static_cast<T>(factor), .out = at(sums)};
  });
  return sums;
}

/// The step that computed a potential from `other`, and the gradient of this potential.
struct StepBackward {
  Tensor cost, other, down;
};

// Adds to dcost and returns the gradient of `other`.
Tensor step_gradient(const StepBackward& step, double epsilon, const Tensor& dcost) {
  const Tensor& cost = step.cost;
  const StackSize size(cost);
  const Tensor flow = Tensor::empty(cost.shape(), cost.dtype(), cost.device());
  for_each_float_index(over_rows(cost, step.down.size()), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::SinkhornFlow<T>{.cost = at(cost),
                                    .other = at(step.other),
                                    .dpotential = at(step.down),
                                    .rows = size.rows,
                                    .size = size.columns,
                                    .epsilon = static_cast<T>(epsilon),
                                    .flow = at(flow),
                                    .dcost = at(dcost)};
  });
  return stack_column_sums(flow, -1);
}

// dW/dQ through the iterations. P_ij = exp((b_i + a_j − Q_ij)/ε) and W = ⟨Q, P⟩ give, with M = Q∘P/ε, dQ = P − M and
// db_i = Σ_j M_ij, da_j = Σ_i M_ij for the last potentials. Then the steps run backwards. Each passes the gradient of
// its potential to the potential it was computed from, and a share of it to Q.
Tensor cost_gradient_through(const Tensor& cost, const Tensor& flipped, const Tensor& plan, const Potentials& p,
                             double epsilon) {
  const Tensor push = Tensor::empty(cost.shape(), cost.dtype(), cost.device()),
               dcost = Tensor::empty(cost.shape(), cost.dtype(), cost.device());
  const Tensor dcost_flipped = Tensor::zeros(flipped.shape(), cost.dtype(), cost.device());
  for_each_float_index(over_elements(push), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::PlanPush<T>{
        .cost = at(cost), .plan = at(plan), .epsilon = static_cast<T>(epsilon), .push = at(push), .dcost = at(dcost)};
  });
  const Tensor da = stack_column_sums(push, 1);
  Tensor db = stack_column_sums(transposed(push), 1);
  for (size_t step = p.a.size(); step-- > 0;) {
    Tensor from_b = step_gradient({cost, p.a[step], db}, epsilon, dcost);
    if (step + 1 == p.a.size()) from_b = added(from_b, da);  // the plan itself reads the last a
    db = step_gradient({flipped, p.b[step], from_b}, epsilon, dcost_flipped);
  }
  return added(dcost, transposed(dcost_flipped));
}

}  // namespace

Tensor cosine_cost(const Tensor& x, const Tensor& y) {
  require_sets(x, y);
  return cost_between(unit_rows(x), unit_rows(y));
}

Tensor sinkhorn_plan(const Tensor& cost, const SinkhornOptions& options) {
  require_options(options);
  // Costs lie in [0, 2]. Down to about ε = 0.05, exp(−2/ε) and the scalings stay far from a float's limits.
  const bool logarithms = 2 / options.epsilon > 40;
  if (!logarithms) return plan_by_scaling(cost, options);
  return plan_of(cost, iterate_logarithms(cost, transposed(cost), options), options.epsilon);
}

Variable sinkhorn_divergence(const Variable& x, const Variable& y, const SinkhornOptions& options) {
  require_sets(x.value(), y.value());
  require_options(options);
  const Backend& backend = backend_of(x.value());
  const int64_t n = x.dim(0);
  const Units left = unit_rows(x.value()), right = unit_rows(y.value());
  const Tensor cost = cost_between(left, right);
  Tensor plan, flipped;
  Potentials potentials;  // the gradient through all iterations needs the potentials of each step
  if (options.through_iterations) {
    flipped = transposed(cost);
    potentials = iterate_logarithms(cost, flipped, options);
    plan = plan_of(cost, potentials, options.epsilon);
  } else {
    plan = sinkhorn_plan(cost, options);
  }
  const Tensor paid = Tensor::empty(cost.shape(), cost.dtype(), cost.device());
  for_each_float_index(over_elements(paid), cost.dtype(), [&]<class T>(const Pointers& at) {
    return kernels::Multiply<T>{.a = at(cost), .b = at(plan), .out = at(paid)};
  });
  const Tensor count = Tensor::full({1}, static_cast<double>(n), DType::float64, cost.device());
  const Tensor divergence = quotient(backend.sum(paid, Summand::value), count, x.dtype());
  return Variable::from(divergence, {x, y}, [=, &backend](const Tensor& dy) {
    // With the plan held fixed dW/dQ = P. As Q = 1 − u vᵀ, du = −dQ v and dv = −dQᵀ u.
    const Tensor dq =
        options.through_iterations ? cost_gradient_through(cost, flipped, plan, potentials, options.epsilon) : plan;
    const Tensor minus_dq = scaled_blocks(dq, quotient(dy, scaled(count, -1), dq.dtype()));
    const Tensor du = backend.matmul(minus_dq, right.rows, false, false),
                 dv = backend.matmul(minus_dq, left.rows, true, false);
    return Gradients{unit_rows_gradient(left, du), unit_rows_gradient(right, dv)};
  });
}

}  // namespace intertwiner
