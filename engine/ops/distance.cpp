#include "engine/ops/distance.h"

#include <algorithm>

#include "engine/elementwise.h"
#include "engine/kernels/distance.h"
#include "engine/loop.h"
#include "engine/ops/rows.h"

namespace intertwiner {
namespace {

constexpr int64_t kRowGrain = 64;

/// Two matrices and which row of `b` each row of `f` has for a counterpart (undefined: its own number).
struct Rows {
  Tensor f, b, which;
  double divisor;  ///< of the sum over rows and features

  const int32_t* counterpart() const { return which.defined() ? which.data<int32_t>() : nullptr; }
};

template <class T, class Term>
Tensor sum_of(const Rows& rows) {
  const Tensor loss = Tensor::empty({rows.f.dim(0)}, rows.f.dtype());
  for_each_index(loss.size(), kRowGrain,
                 kernels::RowDistance<T, Term>{rows.f.data<T>(), rows.b.data<T>(), rows.counterpart(), rows.f.dim(1),
                                               T{1}, loss.data<T>(), nullptr});
  return Tensor::full({1}, rows.divisor > 0 ? ordered_sum(loss) / rows.divisor : 0, loss.dtype());
}

template <class T, class Term>
Tensor gradient_by_f(const Rows& rows, double dy) {
  const Tensor df = Tensor::empty(rows.f.shape(), rows.f.dtype());
  for_each_index(
      df.dim(0), kRowGrain,
      kernels::RowDistance<T, Term>{rows.f.data<T>(), rows.b.data<T>(), rows.counterpart(), df.dim(1),
                                    static_cast<T>(rows.divisor > 0 ? dy / rows.divisor : 0), nullptr, df.data<T>()});
  return df;
}

template <class T, class Term>
Tensor gradient_by_b(const Rows& rows, double dy) {
  Tensor which = rows.which;
  if (!which.defined()) {
    which = Tensor::empty({rows.f.dim(0)}, DType::int32);
    for (int64_t r = 0; r < which.size(); ++r) which.data<int32_t>()[r] = static_cast<int32_t>(r);
  }
  const RowsByValue members = rows_by_value(which, rows.b.dim(0));
  const Tensor db = Tensor::empty(rows.b.shape(), rows.b.dtype());
  for_each_index(db.dim(0), kRowGrain,
                 kernels::CounterpartGradient<T, Term>{
                     rows.f.data<T>(), rows.b.data<T>(), members.first.data<int32_t>(), members.places.data<int32_t>(),
                     db.dim(1), static_cast<T>(rows.divisor > 0 ? dy / rows.divisor : 0), db.data<T>()});
  return db;
}

template <template <class> class Term>
Variable distance_by(const Variable& features, const Variable& counterparts, const Tensor& which, double divisor) {
  return with_float_type(features.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto rows = [=] {
      const Shape matrix = {-1, features.dim(-1)};
      return Rows{features.value().reshape(matrix), counterparts.value().reshape(matrix), which, divisor};
    };
    return Variable::from(sum_of<T, Term<T>>(rows()), {features, counterparts}, [=](const Tensor& dy) {
      const double factor = static_cast<double>(dy.data<T>()[0]);
      Gradients gradients(2);
      if (features.requires_grad()) gradients[0] = gradient_by_f<T, Term<T>>(rows(), factor).reshape(features.shape());
      if (counterparts.requires_grad())
        gradients[1] = gradient_by_b<T, Term<T>>(rows(), factor).reshape(counterparts.shape());
      return gradients;
    });
  });
}

Variable distance_of(const Variable& features, const Variable& counterparts, const Tensor& which, double count,
                     Distance kind) {
  if (features.dtype() != counterparts.dtype()) throw InternalError("mean_distance: two types");
  const double divisor = kind == Distance::kl ? count : count * static_cast<double>(features.dim(-1));
  switch (kind) {
    case Distance::l2:
      return distance_by<kernels::SquaredTerm>(features, counterparts, which, divisor);
    case Distance::l1:
      return distance_by<kernels::AbsoluteTerm>(features, counterparts, which, divisor);
    case Distance::kl:
    case Distance::mean_kl:
      return distance_by<kernels::DivergenceTerm>(features, counterparts, which, divisor);
  }
  throw InternalError("mean_distance: not a kind");
}

}  // namespace

Variable mean_distance(const Variable& features, const Tensor& which, const Variable& counterparts, Distance kind) {
  if (features.value().rank() != 2 || counterparts.value().rank() != 2 || features.dim(0) != which.size() ||
      features.dim(1) != counterparts.dim(1))
    throw UserError("mean_distance: features " + to_string(features.shape()) + ", " + std::to_string(which.size()) +
                    " labels and counterparts " + to_string(counterparts.shape()) + " do not fit");
  const int32_t* label = which.data<int32_t>();
  for (int64_t r = 0; r < which.size(); ++r)
    if (label[r] >= counterparts.dim(0))
      throw InternalError("mean_distance: label " + std::to_string(label[r]) + " of row " + std::to_string(r) +
                          ", where there are " + std::to_string(counterparts.dim(0)));
  const auto used = std::count_if(label, label + which.size(), [](int32_t l) { return l >= 0; });
  return distance_of(features, counterparts, which, static_cast<double>(used), kind);
}

Variable mean_distance(const Variable& features, const Variable& counterparts, Distance kind) {
  if (features.shape() != counterparts.shape())
    throw UserError("mean_distance: maps " + to_string(features.shape()) + " and " + to_string(counterparts.shape()) +
                    " differ");
  const double rows = static_cast<double>(features.value().size() / features.value().dim(-1));
  return distance_of(features, counterparts, {}, rows, kind);
}

}  // namespace intertwiner
