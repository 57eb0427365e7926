#include "engine/cuda/convolution_plan.h"

#include <algorithm>
#include <optional>

namespace intertwiner::cuda {
namespace {

/// Names of a graph's tensors.
enum TensorId : int64_t { kX = 1, kW, kY, kShift, kResidual, kFirstBetween };

cudnnDataType_t cudnn_type(DType type) { return type == DType::bfloat16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT; }

/// A tensor of shape N×H×W×C. cuDNN expects sizes and strides in the order N, C, H, W. A tensor `between` two
/// operations has no memory.
Descriptor tensor(int64_t id, const Shape& s, cudnnDataType_t type, bool between = false) {
  Descriptor t(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  t.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id).set(CUDNN_ATTR_TENSOR_DATA_TYPE, type);
  t.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{16}).set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, between);
  t.set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::vector<int64_t>{s[0], s[3], s[1], s[2]});
  t.set(CUDNN_ATTR_TENSOR_STRIDES, std::vector<int64_t>{s[1] * s[2] * s[3], 1, s[2] * s[3], s[3]});
  t.finalise();
  return t;
}

/// cuDNN's names of a pass and its operands.
struct PassNames {
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t convolution, x, w, y, alpha, beta;
};
PassNames names_of(ConvolutionPass pass) {
  switch (pass) {
    case ConvolutionPass::forward:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
    case ConvolutionPass::data_gradient:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
    case ConvolutionPass::weight_gradient:
      break;
  }
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

Descriptor convolution(const ConvolutionCase& c, const Descriptor& x, const Descriptor& w, const Descriptor& y) {
  const auto both = [](int64_t value) { return std::vector<int64_t>{value, value}; };
  Descriptor how(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  how.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, int64_t{2}).set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
  how.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  how.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, both(c.geometry.padding));
  how.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, both(c.geometry.padding));
  how.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, both(c.geometry.stride));
  how.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, both(c.geometry.dilation));
  how.finalise();
  const PassNames name = names_of(c.pass);
  Descriptor operation(name.operation);
  operation.set(name.convolution, how).set(name.x, x).set(name.w, w).set(name.y, y);
  operation.set(name.alpha, 1.0f).set(name.beta, 0.0f);
  operation.finalise();
  return operation;
}

/// `other` is null for functions of one operand.
Descriptor pointwise(cudnnPointwiseMode_t mode, const Descriptor& x, const Descriptor* other, const Descriptor& y) {
  Descriptor how(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  how.set(CUDNN_ATTR_POINTWISE_MODE, mode).set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
  how.finalise();
  Descriptor operation(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how).set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x);
  if (other) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *other);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
  operation.finalise();
  return operation;
}

/// The convolution, then the steps of its tail in the order that cuDNN has kernels for: + residual, + shift, ReLU.
Descriptor graph_of(const ConvolutionCase& c, const PlanTarget& target) {
  const Shape y_shape = c.y();
  const cudnnDataType_t type = cudnn_type(c.type);
  struct Step {
    cudnnPointwiseMode_t mode;
    std::optional<Descriptor> other;
  };
  std::vector<Step> tail;
  if (c.tail.residual) tail.push_back({CUDNN_POINTWISE_ADD, tensor(kResidual, y_shape, type)});
  if (c.tail.shift) tail.push_back({CUDNN_POINTWISE_ADD, tensor(kShift, {1, 1, 1, c.w[0]}, type)});
  if (c.tail.relu) tail.push_back({CUDNN_POINTWISE_RELU_FWD, {}});

  const auto result = [&](size_t step) {  // result of the convolution or of the tail's step before `step`
    return step == tail.size() ? tensor(kY, y_shape, type)
                               : tensor(kFirstBetween + static_cast<int64_t>(step), y_shape, CUDNN_DATA_FLOAT, true);
  };
  Descriptor last = result(0);
  std::vector<Descriptor> operations;
  operations.push_back(convolution(c, tensor(kX, c.x, type), tensor(kW, c.w, type), last));
  for (size_t i = 0; i < tail.size(); ++i) {
    Descriptor next = result(i + 1);
    operations.push_back(pointwise(tail[i].mode, last, tail[i].other ? &*tail[i].other : nullptr, next));
    last = std::move(next);
  }
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations);
  if (target.handle) graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, target.handle);
  graph.finalise();
  return graph;
}

/// Empty if cuDNN recommends nothing in this mode.
std::vector<Descriptor> recommended(const Descriptor& graph, const PlanTarget& target,
                                    cudnnBackendHeurMode_t mode) try {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (!target.handle) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *target.properties);
  heuristics.finalise();
  return heuristics.parts(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR,
                          heuristics.part_count(CUDNN_ATTR_ENGINEHEUR_RESULTS));
} catch (const NotSupported&) {
  return {};
}

Descriptor engine_of(const Descriptor& config) {
  return std::move(config.parts(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1).at(0));
}

/// Engines that cuDNN compiles at run time are not allowed: they take up to a second for each shape.
bool allowed(const Descriptor& engine, const ConvolutionCase& c, const CudaRules& rules) {
  const auto notes = engine.values<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE);
  const auto behaviour = engine.values<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE);
  const auto has = [&](cudnnBackendNumericalNote_t note) {
    return std::find(notes.begin(), notes.end(), note) != notes.end();
  };
  if (std::find(behaviour.begin(), behaviour.end(), CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) != behaviour.end())
    return false;
  if (rules.deterministic && has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)) return false;
  if (has(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION)) return false;
  const bool exact = c.type == DType::float32 && rules.precision == Precision::fp32;
  return !exact || (!has(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) && !has(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
}

EngineChoice choice_of(const Descriptor& config) {
  EngineChoice choice{engine_of(config).number(CUDNN_ATTR_ENGINE_GLOBAL_INDEX)};
  for (const Descriptor& knob :
       config.parts(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_KNOB_TYPE_COUNTS)) {
    choice.push_back(knob.values<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE).at(0));
    choice.push_back(knob.number(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE));
  }
  return choice;
}

Descriptor config_of(const EngineChoice& choice, const Descriptor& graph, const PlanTarget& target) {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  engine.set(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, choice.at(0));
  if (!target.handle) engine.set(CUDNN_ATTR_ENGINE_DEVICEPROP, *target.properties);
  engine.finalise();
  std::vector<Descriptor> knobs;
  for (size_t i = 1; i + 1 < choice.size(); i += 2) {
    Descriptor& knob = knobs.emplace_back(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
    knob.set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, static_cast<cudnnBackendKnobType_t>(choice[i]));
    knob.set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, choice[i + 1]);
    knob.finalise();
  }
  Descriptor config(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  config.set(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
  if (!knobs.empty()) config.set(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, knobs);
  config.finalise();
  return config;
}

Descriptor plan_of(const Descriptor& config, const PlanTarget& target) {
  Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
  if (target.handle)
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, target.handle);
  else
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *target.properties);
  plan.finalise();
  return plan;
}

}  // namespace

ConvolutionPlan::ConvolutionPlan(std::string name, Descriptor engine_config, Descriptor plan)
    : name_(std::move(name)),
      config_(std::move(engine_config)),
      plan_(std::move(plan)),
      choice_(choice_of(config_)),
      workspace_bytes_(plan_.number(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE)) {}

std::unique_ptr<ConvolutionPlan> ConvolutionPlan::find(const ConvolutionCase& c, const CudaRules& rules,
                                                       const PlanTarget& target, const EngineChoice& earlier) {
  const auto plan_for = [&](Descriptor config) -> std::unique_ptr<ConvolutionPlan> {
    if (!allowed(engine_of(config), c, rules)) return nullptr;
    Descriptor plan = plan_of(config, target);
    std::unique_ptr<ConvolutionPlan> found(new ConvolutionPlan(c.name(), std::move(config), std::move(plan)));
    return found->workspace_bytes() <= target.max_workspace ? std::move(found) : nullptr;
  };
  const auto first_of = [&](std::vector<Descriptor> configs) -> std::unique_ptr<ConvolutionPlan> {
    for (Descriptor& config : configs) {
      try {
        if (auto plan = plan_for(std::move(config))) return plan;
      } catch (const NotSupported&) {  // try the next one
      }
    }
    return nullptr;
  };
  try {
    const Descriptor graph = graph_of(c, target);
    if (!earlier.empty()) {
      try {
        if (auto plan = plan_for(config_of(earlier, graph, target))) return plan;
      } catch (const InternalError&) {  // an engine of another cuDNN version
      }
    }
    if (auto plan = first_of(recommended(graph, target, CUDNN_HEUR_MODE_A))) return plan;
    return first_of(recommended(graph, target, CUDNN_HEUR_MODE_FALLBACK));
  } catch (const NotSupported&) {
    return nullptr;
  }
}

void ConvolutionPlan::run(cudnnHandle_t handle, const ConvolutionMemory& m) const {
  std::vector<int64_t> ids{kX, kW, kY};
  std::vector<void*> addresses{m.x, m.w, m.y};
  if (m.shift) ids.push_back(kShift), addresses.push_back(m.shift);
  if (m.residual) ids.push_back(kResidual), addresses.push_back(m.residual);
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids).set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, addresses);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, m.workspace);
  pack.finalise();
  check(cudnnBackendExecute(handle, plan_.handle(), pack.handle()), name_);
}

}  // namespace intertwiner::cuda
