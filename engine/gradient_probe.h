// Measures gradients in the middle of a network.
//
//   GradientNorms norms;
//   backward(loss_of(probed(hidden(x), "hidden")));
//   norms.values().at("hidden");   // the L2 norm of d loss / d hidden
#pragma once
#include <map>
#include <string>

#include "engine/variable.h"

namespace intertwiner {

/// While it exists, the probes on this thread record the norms of the gradients that pass them. A probe that no
/// gradient reaches has no entry. A backward pass after its end, or on another thread, records nothing.
class GradientNorms {
 public:
  GradientNorms();
  ~GradientNorms();
  GradientNorms(const GradientNorms&) = delete;
  GradientNorms& operator=(const GradientNorms&) = delete;

  const std::map<std::string, double>& values() const { return values_; }

 private:
  friend Variable probed(const Variable& x, const std::string& name);
  std::map<std::string, double> values_;
  GradientNorms* before_;
};

/// `x` itself; while a GradientNorms exists, a copy of the handle whose gradient is measured. Of several gradients with
/// one name, the norm is that of all together.
Variable probed(const Variable& x, const std::string& name);

}  // namespace intertwiner
