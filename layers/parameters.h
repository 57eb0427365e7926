// The parameters and buffers of a model by name, in order of their creation.
//
// A Scope is a node in the tree of names. A layer creates its parameters and buffers in its Scope:
//
//   Conv2d::Conv2d(const Scope& scope, …) : weight_(scope.parameter("weight", {k, r, s, c}, he_normal(n), true)) {}
//   Conv2d conv1(scope / "backbone" / "conv1", …);          // owns backbone.conv1.weight
//
// Initial values depend only on (seed, name, index), not on the order of construction or on other layers. Layers that
// torchvision also has use its names.
//
// To save a model, write each `variable.value()` and buffer by name (engine/files/safetensors.h); to load it, copy into
// them: `variable.value().copy_from(tensor)`. An Optimiser moves the values, so take value() after it is made.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/optimiser.h"
#include "engine/variable.h"

namespace intertwiner {

/// How a parameter's initial values are drawn.
struct Initialisation {
  enum class Kind { constant, normal, uniform } kind;
  double amount;  ///< the constant, the deviation, or the bound: uniform in ±amount
};
Initialisation constant(double value);
Initialisation normal(double deviation);
Initialisation uniform(double bound);
/// He et al. (2015): deviation sqrt(2 / fan).
Initialisation he_normal(int64_t fan_out);
/// Uniform with He's variance for a slope of 1: bound sqrt(3 / fan).
Initialisation he_uniform(int64_t fan_in);

struct Parameter {
  std::string name;
  Variable variable;
  bool decays;  ///< has weight decay; false for biases and batch norm
};

/// A tensor of a model that is not a parameter, such as running statistics or a class buffer's sums.
struct Buffer {
  std::string name;
  Tensor tensor;
  bool for_training_only;  ///< not in a model that is exported for detection
};

class Parameters {
 public:
  /// Without a seed, parameters have no values until they are read from a file, and the model is for detection only.
  explicit Parameters(std::optional<uint64_t> seed, DType type = DType::float32, Device device = Device::cpu)
      : seed_(seed), type_(type), device_(device) {}
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::vector<Buffer>& buffers() const { return buffers_; }
  Device device() const { return device_; }
  /// Number of values in all parameters.
  int64_t parameter_count() const;

 private:
  friend class Scope;
  std::optional<uint64_t> seed_;
  DType type_;
  Device device_;
  std::vector<Parameter> parameters_;
  std::vector<Buffer> buffers_;
};

/// All parameters, for an optimiser.
std::vector<OptimisedParameter> optimised_parameters(const Parameters& parameters);

class Scope {
 public:
  explicit Scope(Parameters& parameters) : parameters_(&parameters) {}
  Scope operator/(const std::string& name) const;
  /// The same node, where parameters are not trained: they get their initial values and are buffers.
  Scope fixed() const { return {parameters_, prefix_, true}; }

  Variable parameter(const std::string& name, Shape shape, Initialisation first, bool decays) const;
  /// A parameter that is not trained: a buffer with a parameter's name, as a Variable.
  Variable constant_parameter(const std::string& name, Shape shape, double value) const;
  Tensor buffer(const std::string& name, Shape shape, double value) const;
  /// A buffer of another type that only training needs. Undefined in a model without a seed, which cannot be trained.
  /// Throws UserError if it cannot fit into memory.
  Tensor training_buffer(const std::string& name, Shape shape, DType type) const;

 private:
  Scope(Parameters* parameters, std::string prefix, bool is_fixed)
      : parameters_(parameters), prefix_(std::move(prefix)), is_fixed_(is_fixed) {}
  Parameters* parameters_;
  std::string prefix_;
  bool is_fixed_ = false;
};

}  // namespace intertwiner
