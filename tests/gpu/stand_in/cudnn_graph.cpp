// Engines of the stand-in's cuDNN, and the execution of graphs: a convolution, then sums and ReLU. The CPU's backend
// computes the convolution.
#include <algorithm>

#include "engine/backend/backend.h"
#include "tests/gpu/stand_in/cudnn_objects.h"
#include "tests/gpu/stand_in/device.h"
#include "tests/gpu/stand_in/numbers.h"

namespace intertwiner::stand_in {
namespace {

constexpr int64_t kWorkspace = 4096;
/// Numbers of its two engines. The first is recommended, but gives other bits each time and rounds float32.
constexpr int64_t kFastEngine = 7, kExactEngine = 3;

ObjectPointer made(cudnnBackendDescriptorType_t type) { return std::make_shared<Object>(Object{type, true, {}}); }

void note_engine(Object& engine) {
  const bool fast = engine.value<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX) == kFastEngine;
  using Note = cudnnBackendNumericalNote_t;
  engine.set(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
             fast ? std::vector<Note>{CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, CUDNN_NUMERICAL_NOTE_TENSOR_CORE}
                  : std::vector<Note>{});
}

ObjectPointer config_of(int64_t engine_number, const ObjectPointer& graph) {
  ObjectPointer engine = made(CUDNN_BACKEND_ENGINE_DESCRIPTOR), knob = made(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR),
                config = made(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
  engine->set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, std::vector<int64_t>{engine_number});
  engine->set(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, {graph});
  note_engine(*engine);
  knob->set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE,
            std::vector<cudnnBackendKnobType_t>{CUDNN_KNOB_TYPE_TILE_SIZE});
  knob->set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, std::vector<int64_t>{1});
  config->set(CUDNN_ATTR_ENGINECFG_ENGINE, {engine});
  config->set(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, {knob});
  return config;
}

/// The tensors of a graph, as N×H×W×C. Their memory is in the variant pack; those between two operations have none.
class Operands {
 public:
  explicit Operands(const Object& pack) {
    const auto ids = pack.values<int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
    const auto addresses = pack.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
    for (size_t i = 0; i < ids.size(); ++i) address_[ids[i]] = addresses.at(i);
  }

  /// Whether each tensor with memory has an address that is aligned as it promises.
  bool are_fit(const Object& tensor) const {
    if (is_between(tensor)) return true;
    const auto found = address_.find(id_of(tensor));
    return found != address_.end() && found->second &&
           reinterpret_cast<uintptr_t>(found->second) %
                   static_cast<uintptr_t>(tensor.value<int64_t>(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT)) ==
               0;
  }
  Tensor read(const Object& tensor) const {
    return is_between(tensor) ? between_.at(id_of(tensor)) : array(tensor).read();
  }
  void write(const Object& tensor, const Tensor& x) {
    if (is_between(tensor))
      between_[id_of(tensor)] = x;
    else
      array(tensor).write(x);
  }
  /// N×H×W×C; cuDNN lists sizes as N, C, H, W.
  /// Bytes of a tensor with memory.
  static double bytes(const Object& tensor) {
    if (is_between(tensor)) return 0;
    const bool is_bfloat16 = tensor.value<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE) == CUDNN_DATA_BFLOAT16;
    return static_cast<double>(element_count(shape(tensor)) * (is_bfloat16 ? 2 : 4));
  }
  static Shape shape(const Object& tensor) {
    const auto d = tensor.values<int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS);
    return {d.at(0), d.at(2), d.at(3), d.at(1)};
  }

 private:
  static int64_t id_of(const Object& tensor) { return tensor.value<int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID); }
  static bool is_between(const Object& tensor) { return tensor.value<bool>(CUDNN_ATTR_TENSOR_IS_VIRTUAL); }
  Array array(const Object& tensor) const {
    const Shape s = shape(tensor);
    const auto strides = tensor.values<int64_t>(CUDNN_ATTR_TENSOR_STRIDES);
    return {address_.at(id_of(tensor)),
            tensor.value<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE) == CUDNN_DATA_BFLOAT16,
            {s[0], s[1], s[2], s[3]},
            {strides.at(0), strides.at(2), strides.at(3), strides.at(1)}};
  }

  std::map<int64_t, void*> address_;
  std::map<int64_t, Tensor> between_;
};

Conv2dGeometry geometry_of(const Object& convolution) {
  const auto first = [&](cudnnBackendAttributeName_t name) { return convolution.values<int64_t>(name).at(0); };
  return {.stride = first(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES),
          .padding = first(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS),
          .dilation = first(CUDNN_ATTR_CONVOLUTION_DILATIONS)};
}

/// Attributes that name an operation's tensors.
std::vector<cudnnBackendAttributeName_t> tensors_of(const Object& operation) {
  switch (operation.type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR:
      return {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y};
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR:
      return {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY};
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR:
      return {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY};
    default:
      return {CUDNN_ATTR_OPERATION_POINTWISE_XDESC, CUDNN_ATTR_OPERATION_POINTWISE_YDESC};
  }
}

/// The traffic of a graph's tensors, and the operations of its convolution. The fast engine rounds float32.
Cost cost_of(const Object& graph, bool is_fast) {
  Cost cost;
  for (const ObjectPointer& operation : graph.attributes.at(CUDNN_ATTR_OPERATIONGRAPH_OPS).objects) {
    const auto names = tensors_of(*operation);
    for (const auto name : names) cost.bytes += Operands::bytes(operation->object(name));
    if (names.size() < 3) continue;
    const Shape w = Operands::shape(operation->object(names[1])), y = Operands::shape(operation->object(names[2]));
    const auto type = operation->object(names[0]).value<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE);
    cost.flops_a_second = type == CUDNN_DATA_BFLOAT16 ? kBfloat16 : is_fast ? kTf32 : kFloat32;
    cost.flops += 2.0 * static_cast<double>(element_count(y) * w[1] * w[2] * w[3]);
  }
  return cost;
}

void run(const Object& operation, Operands& at) {
  const Backend& cpu = backend_of(intertwiner::Device::cpu);
  const auto names = tensors_of(operation);
  const auto part = [&](size_t i) -> const Object& { return operation.object(names.at(i)); };
  switch (operation.type) {
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR: {
      const auto g = geometry_of(operation.object(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC));
      return at.write(part(2), cpu.conv2d(at.read(part(0)), at.read(part(1)), g, {}));
    }
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR: {
      const auto g = geometry_of(operation.object(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC));
      const Tensor dx = Tensor::empty(Operands::shape(part(0)), DType::float32);
      cpu.conv2d_data_gradient(at.read(part(2)), at.read(part(1)), g, dx);
      return at.write(part(0), dx);
    }
    case CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR: {
      const auto g = geometry_of(operation.object(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC));
      const Tensor dw = Tensor::empty(Operands::shape(part(1)), DType::float32);
      cpu.conv2d_weight_gradient(at.read(part(0)), at.read(part(2)), g, dw);
      return at.write(part(1), dw);
    }
    default:
      break;
  }
  const Tensor x = at.read(part(0)), y = x.clone();
  float* const values = y.data<float>();
  if (operation.object(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR)
          .value<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE) == CUDNN_POINTWISE_RELU_FWD) {
    for (int64_t i = 0; i < y.size(); ++i) values[i] = std::max(values[i], 0.0f);
  } else {  // a sum with a map, or with a value for each channel
    const Tensor other = at.read(operation.object(CUDNN_ATTR_OPERATION_POINTWISE_BDESC));
    for (int64_t i = 0; i < y.size(); ++i) values[i] += other.data<float>()[i % other.size()];
  }
  at.write(part(1), y);
}

}  // namespace

cudnnStatus_t finalise(Object& object) {
  switch (object.type) {
    case CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR: {
      const auto mode = object.value<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE);
      const ObjectPointer graph = object.attributes.at(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH).objects.at(0);
      if (mode == CUDNN_HEUR_MODE_A)
        object.set(CUDNN_ATTR_ENGINEHEUR_RESULTS, {config_of(kFastEngine, graph), config_of(kExactEngine, graph)});
      return CUDNN_STATUS_SUCCESS;
    }
    case CUDNN_BACKEND_ENGINE_DESCRIPTOR: {
      const auto number = object.value<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
      if (number != kFastEngine && number != kExactEngine) return CUDNN_STATUS_NOT_SUPPORTED;
      note_engine(object);
      return CUDNN_STATUS_SUCCESS;
    }
    case CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR:
      object.set(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, std::vector<int64_t>{kWorkspace});
      return CUDNN_STATUS_SUCCESS;
    default:
      return CUDNN_STATUS_SUCCESS;
  }
}

cudnnStatus_t execute(cudaStream_t stream, const Object& plan, const Object& pack) {
  Device& device = Device::get();
  const std::lock_guard lock(device.mutex);
  if (!plan.finalised || !pack.finalised) return CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED;
  auto* const workspace = static_cast<std::byte*>(pack.value<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE));
  if (!device.memory.contains(workspace)) return CUDNN_STATUS_BAD_PARAM_NULL_POINTER;
  const Object& engine = plan.object(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG).object(CUDNN_ATTR_ENGINECFG_ENGINE);
  const ObjectPointer graph = engine.attributes.at(CUDNN_ATTR_ENGINE_OPERATION_GRAPH).objects.at(0);
  const Operands operands(pack);
  for (const ObjectPointer& operation : graph->attributes.at(CUDNN_ATTR_OPERATIONGRAPH_OPS).objects)
    for (const cudnnBackendAttributeName_t name : tensors_of(*operation))
      if (!operands.are_fit(operation->object(name))) return CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER;
  device.put(*reinterpret_cast<Stream*>(stream),
             {&Counts::convolutions,
              [graph, operands, workspace] {
                Operands at = operands;
                fill_with_nan(workspace, kWorkspace);
                for (const ObjectPointer& operation : graph->attributes.at(CUDNN_ATTR_OPERATIONGRAPH_OPS).objects)
                  run(*operation, at);
              },
              cost_of(*graph, engine.value<int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX) == kFastEngine)});
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace intertwiner::stand_in
