// The basic layers: convolution, batch norm, both in one, and the fully connected layer.
#pragma once
#include <utility>

#include "engine/ops/batch_norm.h"
#include "engine/ops/conv2d.h"
#include "layers/parameters.h"

namespace intertwiner {

/// Whether a pass is for training (batch statistics, recorded steps) or for detection (running statistics).
enum class Pass { training, detection };

/// Options of a pass for batch norm.
struct NormPass {
  Pass pass;
  bool update = true;  ///< update the running statistics; in training only
  Tensor valid_count;  ///< valid entries of the first axis (BatchNormOptions)

  NormPass(Pass which, bool update_statistics = true, Tensor count = {})
      : pass(which), update(update_statistics), valid_count(std::move(count)) {}
};

struct ConvShape {
  int64_t in, out;   ///< channels
  int64_t size = 3;  ///< of the square filter
  int64_t stride = 1, padding = 0, dilation = 1;
  bool recompute =
      false;  ///< do not keep the map between convolution and live batch norm; the backward pass convolves again
};

/// A convolution with bias. Filters are `weight` out×size×size×in, `bias` out.
class Conv2d {
 public:
  Conv2d(const Scope& scope, const ConvShape& shape, Initialisation weight, Initialisation bias);
  Variable operator()(const Variable& x, bool relu = false) const;

 private:
  ConvShape shape_;
  Variable weight_, bias_;
};

/// What a batch norm is apart from its channels.
struct NormKind {
  bool frozen = false;  ///< normalise by the running statistics in training too
  double eps = 1e-5;    ///< added to the variance
};

/// The same, frozen if `frozen` or the kind says so.
inline NormKind frozen_if(NormKind kind, bool frozen) {
  kind.frozen = kind.frozen || frozen;
  return kind;
}

/// Batch norm of C channels: `weight`, `bias`, `running_mean`, `running_var`. Frozen, all four are constants.
class BatchNorm {
 public:
  BatchNorm(const Scope& scope, int64_t channels, const NormKind& kind = {});

  Variable operator()(const Variable& x, const NormPass& pass, bool relu, const Variable& residual = {}) const;
  bool live(Pass pass) const { return pass == Pass::training && !kind_.frozen; }

  /// Batch norm by the running statistics, as a factor and an addend for each channel, for a convolution's epilogue.
  /// `bias` (may be undefined) is that of the preceding convolution.
  Tensor folded(const Variable& bias) const;

 private:
  NormKind kind_;
  Variable weight_, bias_;
  Tensor mean_, variance_;
};

/// A convolution, then batch norm, then optionally a residual and ReLU. With fixed statistics, all of this is one pass
/// over the result. With `conv_bias` the convolution has its own bias.
class ConvNorm {
 public:
  struct Names {
    std::string conv, norm;
  };
  ConvNorm(const Scope& scope, const Names& names, const ConvShape& shape, Initialisation weight,
           const NormKind& kind = {});
  /// The same with a bias before the batch norm.
  ConvNorm(const Scope& scope, const Names& names, const ConvShape& shape, Initialisation weight,
           Initialisation conv_bias, const NormKind& kind = {});

  Variable operator()(const Variable& x, const NormPass& pass, bool relu, const Variable& residual = {}) const;

 private:
  ConvShape shape_;
  Variable weight_, bias_;
  BatchNorm norm_;
};

/// y = x·weightᵀ + bias; `weight` out×in.
class Linear {
 public:
  Linear(const Scope& scope, int64_t in, int64_t out);
  Variable operator()(const Variable& x) const;

 private:
  Variable weight_, bias_;
};

/// A convolution with bias, then batch norm, named `conv<index>` and `norm<index>`: for the make-up layer and critics.
ConvNorm conv_norm_with_bias(const Scope& scope, const std::string& index, const ConvShape& shape);

/// Uniform in ±1/√fan-in: the initial values of all layers except ResNet, FPN and RPN.
Initialisation uniform_by_fan_in(int64_t fan_in);

}  // namespace intertwiner
