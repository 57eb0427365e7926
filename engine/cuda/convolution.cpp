// The three passes of a convolution by cuDNN, channels last. For each shape the first algorithm that cuDNN's heuristics
// name, that gives the same bits each time and that works within kMostWorkspace is chosen once. Filters of 1×1 pixels
// at stride 1 are matrix products.
#include <array>

#include "engine/cuda/check.h"
#include "engine/cuda/cuda_backend.h"

namespace intertwiner::cuda {
namespace {

constexpr size_t kMostWorkspace = size_t{1} << 30;
constexpr int kMostAlgorithms = 16;

/// One of cuDNN's descriptions, given back with its owner.
template <class Handle, cudnnStatus_t (*create)(Handle*), cudnnStatus_t (*destroy)(Handle)>
class Description {
 public:
  Description() { check(create(&handle_), "a description"); }
  ~Description() { destroy(handle_); }
  Description(const Description&) = delete;
  Description& operator=(const Description&) = delete;
  Handle get() const { return handle_; }

 private:
  Handle handle_;
};

cudnnDataType_t cudnn_type(DType type) { return type == DType::bfloat16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT; }

/// Which of the three passes, of what, and how precisely.
struct Kind {
  const char* name;
  int64_t pass;
  DType type;
  Precision precision;
};

class Map : public Description<cudnnTensorDescriptor_t, cudnnCreateTensorDescriptor, cudnnDestroyTensorDescriptor> {
 public:
  Map(const Shape& s, cudnnDataType_t type) {
    check(cudnnSetTensor4dDescriptor(get(), CUDNN_TENSOR_NHWC, type, static_cast<int>(s[0]), static_cast<int>(s[3]),
                                     static_cast<int>(s[1]), static_cast<int>(s[2])),
          "map " + to_string(s));
  }
};

class Filter : public Description<cudnnFilterDescriptor_t, cudnnCreateFilterDescriptor, cudnnDestroyFilterDescriptor> {
 public:
  Filter(const Shape& s, cudnnDataType_t type) {
    check(cudnnSetFilter4dDescriptor(get(), type, CUDNN_TENSOR_NHWC, static_cast<int>(s[0]), static_cast<int>(s[3]),
                                     static_cast<int>(s[1]), static_cast<int>(s[2])),
          "filter " + to_string(s));
  }
};

class Convolution : public Description<cudnnConvolutionDescriptor_t, cudnnCreateConvolutionDescriptor,
                                       cudnnDestroyConvolutionDescriptor> {
 public:
  Convolution(const Conv2dGeometry& g, const Kind& kind) {
    const int padding = static_cast<int>(g.padding), stride = static_cast<int>(g.stride),
              dilation = static_cast<int>(g.dilation);
    check(cudnnSetConvolution2dDescriptor(get(), padding, padding, stride, stride, dilation, dilation,
                                          CUDNN_CROSS_CORRELATION, CUDNN_DATA_FLOAT),
          "convolution");
    const bool exact = kind.type == DType::float32 && kind.precision == Precision::fp32;
    check(cudnnSetConvolutionMathType(get(), exact ? CUDNN_FMA_MATH : CUDNN_TENSOR_OP_MATH),
          "cudnnSetConvolutionMathType");
  }
};

/// The descriptions of one convolution: image, filter, result.
struct Case {
  Map x;
  Filter w;
  Convolution convolution;
  Map y;
  std::vector<int64_t> key;
  std::string what;

  Case(const Kind& kind, const Shape& x_shape, const Shape& w_shape, const Conv2dGeometry& g)
      : x(x_shape, cudnn_type(kind.type)),
        w(w_shape, cudnn_type(kind.type)),
        convolution(g, kind),
        y({x_shape[0], conv2d_output_size(x_shape[1], w_shape[1], g), conv2d_output_size(x_shape[2], w_shape[2], g),
           w_shape[0]},
          cudnn_type(kind.type)),
        key{kind.pass, static_cast<int64_t>(kind.type), g.stride, g.padding, g.dilation},
        what(std::string(kind.name) + " of " + to_string(kind.type) + " images " + to_string(x_shape) +
             " with filters " + to_string(w_shape)) {
    key.insert(key.end(), x_shape.begin(), x_shape.end());
    key.insert(key.end(), w_shape.begin(), w_shape.end());
  }
};

bool empty(const Shape& a, const Shape& b) { return element_count(a) == 0 || element_count(b) == 0; }

/// `list(most, count, found)` is what cuDNN recommends, best first. Gives a pair: algorithm and workspace.
template <class Found, class List>
std::pair<int, size_t> choose(const std::string& what, const List& list) {
  std::array<Found, kMostAlgorithms> found{};
  int count = 0;
  check(list(kMostAlgorithms, &count, found.data()), what);
  for (int i = 0; i < count; ++i) {
    const Found& f = found[static_cast<size_t>(i)];
    if (f.status == CUDNN_STATUS_SUCCESS && f.determinism == CUDNN_DETERMINISTIC && f.memory <= kMostWorkspace)
      return {static_cast<int>(f.algo), f.memory};
  }
  throw InternalError("cudnn: " + what + ": no algorithm gives the same bits each time within " +
                      std::to_string(kMostWorkspace >> 20) + " MB");
}

const float kOne = 1, kZero = 0;

/// Whether pixels and filters are the rows of two matrices.
bool is_product(const Shape& w, const Conv2dGeometry& g) {
  return w[1] == 1 && w[2] == 1 && g.stride == 1 && g.padding == 0;
}
Tensor as_rows(const Tensor& map) { return map.reshape({-1, map.dim(3)}); }

}  // namespace

Tensor CudaBackend::conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& g, const Conv2dEpilogue& e) const {
  if (x.dtype() == DType::float64 || empty(x.shape(), w.shape())) return LoopBackend::conv2d(x, w, g, e);
  const Tensor y = is_product(w.shape(), g)
                       ? matmul(as_rows(x), as_rows(w), false, true).reshape({x.dim(0), x.dim(1), x.dim(2), w.dim(0)})
                       : convolution(x, w, g);
  if (!e.scale.defined() && !e.shift.defined() && !e.residual.defined() && !e.relu) return y;
  const Tensor scale = e.scale.defined() ? e.scale : Tensor::full({w.dim(0)}, 1, DType::float32, Device::cuda),
               shift = e.shift.defined() ? e.shift : Tensor::zeros({w.dim(0)}, DType::float32, Device::cuda);
  return channel_affine(y, scale, shift, e.residual, e.relu);
}

Tensor CudaBackend::convolution(const Tensor& x, const Tensor& w, const Conv2dGeometry& g) const {
  const Case c({"conv2d", 0, x.dtype(), precision_}, x.shape(), w.shape(), g);
  auto& algorithm = algorithms_[c.key];
  if (algorithm.number < 0) {
    const auto [number, bytes] =
        choose<cudnnConvolutionFwdAlgoPerf_t>(c.what, [&](int most, int* count, cudnnConvolutionFwdAlgoPerf_t* found) {
          return cudnnGetConvolutionForwardAlgorithm_v7(cudnn_, c.x.get(), c.w.get(), c.convolution.get(), c.y.get(),
                                                        most, count, found);
        });
    algorithm = {number, bytes};
  }
  const Shape shape{x.dim(0), conv2d_output_size(x.dim(1), w.dim(1), g), conv2d_output_size(x.dim(2), w.dim(2), g),
                    w.dim(0)};
  Tensor y = Tensor::empty(shape, x.dtype(), Device::cuda);
  const auto workspace = allocate(static_cast<int64_t>(algorithm.workspace_bytes));
  check(cudnnConvolutionForward(cudnn_, &kOne, c.x.get(), x.raw(Device::cuda), c.w.get(), w.raw(Device::cuda),
                                c.convolution.get(), static_cast<cudnnConvolutionFwdAlgo_t>(algorithm.number),
                                workspace.get(), algorithm.workspace_bytes, &kZero, c.y.get(), y.raw(Device::cuda)),
        c.what);
  return y;
}

Tensor CudaBackend::conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& g,
                                         const Shape& x_shape) const {
  if (dy.dtype() == DType::float64 || empty(dy.shape(), w.shape()))
    return LoopBackend::conv2d_data_gradient(dy, w, g, x_shape);
  if (is_product(w.shape(), g)) return matmul(as_rows(dy), as_rows(w), false, false).reshape(x_shape);
  const Case c({"conv2d's data gradient", 1, dy.dtype(), precision_}, x_shape, w.shape(), g);
  auto& algorithm = algorithms_[c.key];
  if (algorithm.number < 0) {
    const auto [number, bytes] = choose<cudnnConvolutionBwdDataAlgoPerf_t>(
        c.what, [&](int most, int* count, cudnnConvolutionBwdDataAlgoPerf_t* found) {
          return cudnnGetConvolutionBackwardDataAlgorithm_v7(cudnn_, c.w.get(), c.y.get(), c.convolution.get(),
                                                             c.x.get(), most, count, found);
        });
    algorithm = {number, bytes};
  }
  Tensor dx = Tensor::empty(x_shape, dy.dtype(), Device::cuda);
  const auto workspace = allocate(static_cast<int64_t>(algorithm.workspace_bytes));
  check(
      cudnnConvolutionBackwardData(cudnn_, &kOne, c.w.get(), w.raw(Device::cuda), c.y.get(), dy.raw(Device::cuda),
                                   c.convolution.get(), static_cast<cudnnConvolutionBwdDataAlgo_t>(algorithm.number),
                                   workspace.get(), algorithm.workspace_bytes, &kZero, c.x.get(), dx.raw(Device::cuda)),
      c.what);
  return dx;
}

Tensor CudaBackend::conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& g,
                                           const Shape& w_shape) const {
  if (x.dtype() == DType::float64 || empty(x.shape(), w_shape))
    return LoopBackend::conv2d_weight_gradient(x, dy, g, w_shape);
  if (is_product(w_shape, g)) return matmul(as_rows(dy), as_rows(x), true, false).reshape(w_shape);
  const Case c({"conv2d's weight gradient", 2, x.dtype(), precision_}, x.shape(), w_shape, g);
  auto& algorithm = algorithms_[c.key];
  if (algorithm.number < 0) {
    const auto [number, bytes] = choose<cudnnConvolutionBwdFilterAlgoPerf_t>(
        c.what, [&](int most, int* count, cudnnConvolutionBwdFilterAlgoPerf_t* found) {
          return cudnnGetConvolutionBackwardFilterAlgorithm_v7(cudnn_, c.x.get(), c.y.get(), c.convolution.get(),
                                                               c.w.get(), most, count, found);
        });
    algorithm = {number, bytes};
  }
  Tensor dw = Tensor::empty(w_shape, x.dtype(), Device::cuda);
  const auto workspace = allocate(static_cast<int64_t>(algorithm.workspace_bytes));
  check(cudnnConvolutionBackwardFilter(cudnn_, &kOne, c.x.get(), x.raw(Device::cuda), c.y.get(), dy.raw(Device::cuda),
                                       c.convolution.get(),
                                       static_cast<cudnnConvolutionBwdFilterAlgo_t>(algorithm.number), workspace.get(),
                                       algorithm.workspace_bytes, &kZero, c.w.get(), dw.raw(Device::cuda)),
        c.what);
  return dw;
}

}  // namespace intertwiner::cuda
