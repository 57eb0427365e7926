#include "engine/ops/distance.h"

#include "engine/backend/loop.h"
#include "engine/elementwise.h"
#include "engine/kernels/distance.h"
#include "engine/ops/require.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

/// Two matrices, and for each row of `f` the number of its counterpart row in `b` (undefined: the same number).
struct Rows {
  Tensor f, b, which;
  Tensor divisor;  ///< divides the sum over rows and features: one value, float64

  Loop over(const Tensor& matrix) const { return {.device = f.device(), .count = matrix.dim(0), .grain = kRowGrain}; }
};

template <class T, class Term>
Tensor sum_of(const Rows& rows) {
  const Tensor loss = Tensor::empty({rows.f.dim(0)}, rows.f.dtype(), rows.f.device());
  for_each_index(rows.over(rows.f), [&](const Pointers& at) {
    return kernels::RowDistance<T, Term>{
        .f = at(rows.f), .b = at(rows.b), .which = at.or_null(rows.which), .width = rows.f.dim(1), .loss = at(loss)};
  });
  return quotient(backend_of(loss).sum(loss, Summand::value), rows.divisor, loss.dtype());
}

template <class T, class Term>
Tensor gradient_by_f(const Rows& rows, const Tensor& scale) {
  const Tensor df = Tensor::empty(rows.f.shape(), rows.f.dtype(), rows.f.device());
  with_lanes(rows.over(df), {rows.f, rows.b, df}, df.dim(1), [&]<int N>(const auto& loop) {
    for_each_index(loop, [&](const Pointers& at) {
      return kernels::RowDistanceGradient<T, Term, N>{.f = at(rows.f),
                                                      .b = at(rows.b),
                                                      .which = at.or_null(rows.which),
                                                      .width = df.dim(1),
                                                      .scale = at(scale),
                                                      .gradient = at(df)};
    });
  });
  return df;
}

template <class T, class Term>
Tensor gradient_by_b(const Rows& rows, const Tensor& scale) {
  const Tensor db = Tensor::empty(rows.b.shape(), rows.b.dtype(), rows.b.device());
  RowsByValue compared;
  if (rows.which.defined()) compared = backend_of(rows.which).rows_by_value(rows.which, db.dim(0));
  with_lanes(rows.over(db), {rows.f, rows.b, db}, db.dim(1), [&]<int N>(const auto& loop) {
    for_each_index(loop, [&](const Pointers& at) {
      return kernels::CounterpartGradient<T, Term, N>{.f = at(rows.f),
                                                      .b = at(rows.b),
                                                      .first = at.or_null(compared.first),
                                                      .compared = at.or_null(compared.positions),
                                                      .width = db.dim(1),
                                                      .scale = at(scale),
                                                      .gradient = at(db)};
    });
  });
  return db;
}

template <template <class> class Term>
Variable distance_by(const Variable& features, const Variable& counterparts, const Tensor& which,
                     const Tensor& divisor) {
  return with_float_type(features.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto rows = [=] {
      const Shape matrix = {-1, features.dim(-1)};
      return Rows{features.value().reshape(matrix), counterparts.value().reshape(matrix), which, divisor};
    };
    return Variable::from(sum_of<T, Term<T>>(rows()), {features, counterparts}, [=](const Tensor& dy) {
      const Tensor scale = quotient(dy, divisor, dy.dtype());
      Gradients gradients(2);
      if (features.requires_grad()) gradients[0] = gradient_by_f<T, Term<T>>(rows(), scale).reshape(features.shape());
      if (counterparts.requires_grad())
        gradients[1] = gradient_by_b<T, Term<T>>(rows(), scale).reshape(counterparts.shape());
      return gradients;
    });
  });
}

Variable distance_of(const Variable& features, const Variable& counterparts, const Tensor& which, const Tensor& count,
                     Distance kind) {
  if (features.dtype() != counterparts.dtype())
    throw InternalError("mean_distance: features and counterparts differ in type");
  const Tensor divisor = kind == Distance::kl ? count : scaled(count, static_cast<double>(features.dim(-1)));
  switch (kind) {
    case Distance::l2:
      return distance_by<kernels::SquaredTerm>(features, counterparts, which, divisor);
    case Distance::l1:
      return distance_by<kernels::AbsoluteTerm>(features, counterparts, which, divisor);
    case Distance::kl:
    case Distance::mean_kl:
      return distance_by<kernels::DivergenceTerm>(features, counterparts, which, divisor);
  }
  throw InternalError("mean_distance: unknown kind");
}

}  // namespace

Variable mean_distance(const Variable& features, const Tensor& which, const Variable& counterparts, Distance kind) {
  if (features.value().rank() != 2 || counterparts.value().rank() != 2 || features.dim(0) != which.size() ||
      features.dim(1) != counterparts.dim(1))
    throw UserError("mean_distance: features " + to_string(features.shape()) + ", " + std::to_string(which.size()) +
                    " labels and counterparts " + to_string(counterparts.shape()) + " do not fit");
  require_below("mean_distance", which, counterparts.dim(0));
  return distance_of(features, counterparts, which, backend_of(which).sum(which, Summand::at_least_zero), kind);
}

Variable mean_distance(const Variable& features, const Variable& counterparts, Distance kind) {
  if (features.shape() != counterparts.shape())
    throw UserError("mean_distance: maps " + to_string(features.shape()) + " and " + to_string(counterparts.shape()) +
                    " differ");
  const double rows = static_cast<double>(features.value().size() / features.value().dim(-1));
  return distance_of(features, counterparts, {}, Tensor::full({1}, rows, DType::float64, features.device()), kind);
}

}  // namespace intertwiner
