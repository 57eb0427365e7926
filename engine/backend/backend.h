// The interface that a device implements for the operators: memory and loops over an index (engine/backend/loop.h);
// products, convolutions, normalisation, and sums over all elements of a map.
//
// Tensors in, tensors out, no differentiation: an operator (engine/ops/) calls these forward and backward. All tensors
// of a call lie on the backend's device. Types are float32 or float64. Maps and filters of a GPU may be bfloat16; their
// scales, shifts and sums are then float32. The order of a sum depends only on the shapes.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/geometry.h"
#include "engine/gradient_target.h"
#include "engine/tensor.h"

namespace intertwiner {

class PreparedWeights;

/// relu(scale · x + shift + residual). `scale` and `shift` hold one value for each channel (the last axis of x). An
/// undefined tensor is left out.
struct ChannelAffine {
  Tensor scale;     ///< C
  Tensor shift;     ///< C
  Tensor residual;  ///< of x's shape
  bool relu = false;
  PreparedWeights* kept = nullptr;  ///< keeps what conv2d prepares from w, scale and shift (constant_weights.h)
};

/// An index function without its type.
struct IndexFunction {
  const char* type;      ///< name of its typeid; a GPU finds the compiled kernel by it
  const void* function;  ///< copied before the call returns
  size_t bytes;          ///< size of the function object, which is copied byte by byte
  int64_t count;         ///< of indices
  void (*run)(const void* function, int64_t begin, int64_t end);  ///< the same on the host
};

/// The term of each element x in `sum`: x, x², or 1 if x ≥ 0 (else 0).
enum class Summand { value, square, at_least_zero };

/// For each value v below `count`, the positions of v in an index, ascending: positions[first[v]] to positions[first[v
/// + 1] − 1]. Negative values are left out. Both int32.
struct RowsByValue {
  Tensor first, positions;
};

/// Recorded work of a device. A replay repeats the same loops over the same memory.
class Recording {
 public:
  Recording() = default;
  virtual ~Recording() = default;
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  virtual void replay() const = 0;
};

class Backend {
 public:
  virtual ~Backend() = default;

  /// At least `bytes` bytes of device memory, contents undefined. Freed with its last owner.
  virtual std::shared_ptr<std::byte> allocate(int64_t bytes) const = 0;
  /// The same on the host. A copy from this memory to the device does not make the host wait. The memory is freed when
  /// its last owner is gone and the copies are done. Thread-safe.
  virtual std::shared_ptr<std::byte> allocate_on_host(int64_t bytes) const;
  /// Both tensors have the same size and type and are not empty. At most one of them lies on the host.
  virtual void copy(const Tensor& from, const Tensor& to) const = 0;
  virtual void fill_zero(const Tensor& x) const = 0;
  virtual void launch(const IndexFunction& loop) const = 0;
  /// Records the calls of `body` to this backend without executing them. Returns null, without calling `body`, if the
  /// device cannot record. Between replays, read only tensors that existed before the recording. `body` must not copy
  /// from or to the host, and must not free memory that it did not allocate.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& body) const {
    static_cast<void>(body);
    return nullptr;
  }

  /// The library algorithms used so far, as text. Their results differ in the last bits, so a run keeps this text in
  /// its checkpoints. Empty if the device has only one algorithm.
  virtual std::string algorithms() const { return {}; }
  /// Uses the algorithms in `text` (a result of `algorithms`) from now on, so that a resumed run has the same bits.
  /// Text from another device or another library version is ignored.
  virtual void use_algorithms(const std::string& text) const { static_cast<void>(text); }

  /// The convolution, N×P×Q×K. `epilogue` is applied to each sum.
  virtual Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                        const ChannelAffine& epilogue) const = 0;
  virtual void conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                                    const GradientTarget& dx) const = 0;
  /// `dw` is float32 if the maps are bfloat16.
  virtual void conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                                      const GradientTarget& dw) const = 0;

  /// The matrix product a·b: M×K by K×N. With three axes, one product for each entry of the first axis. A transposed
  /// operand is passed untransposed: a as K×M, b as N×K. At most one operand may be transposed.
  Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const;
  /// The same into `out`, which may be float32 if the operands are bfloat16.
  virtual void matmul_into(const GradientTarget& out, const Tensor& a, const Tensor& b, bool transpose_a,
                           bool transpose_b) const = 0;

  /// The sum over all elements: one value, float64. x may also be int32.
  virtual Tensor sum(const Tensor& x, Summand summand) const = 0;
  /// Sums over all axes but the last, computed in double precision: C values of x's type (float32 if x is bfloat16).
  virtual void column_sums_into(const GradientTarget& sums, const Tensor& x) const = 0;
  /// `index` is int32, its values below `count`.
  virtual RowsByValue rows_by_value(const Tensor& index, int64_t count) const = 0;

  /// Finds the `max_count` smallest keys in each of S segments of each row of `keys` (N×K int32). Returns their
  /// columns, N×S×max_count int32: smallest key first, for equal keys the lower column first, then −1 if a segment has
  /// fewer keys. Segment s is columns bounds[s] to bounds[s + 1] − 1; the bounds go from 0 to K. A key kNoKey is never
  /// taken.
  virtual Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const = 0;
  /// Non-maximum suppression in L lists of K boxes (L×K×4 float32, best first). Returns L×K int32, 1 for a box that
  /// stays. A box is dropped if its `valid` flag (L×K int32) is 0, if its IoU with a staying box before it is greater
  /// than `threshold`, or if `max_count` boxes of its list stay already.
  virtual Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const = 0;

  /// Inputs of batch norm: maps …×C, and C values of each channel.
  struct NormForward {
    Tensor x, gamma, beta;
    Tensor running_mean, running_variance;
    double eps, momentum;
    bool live;                ///< normalise by the batch's statistics, unless it has at most one row
    bool update;              ///< such a batch moves the running statistics
    Tensor valid_count = {};  ///< only so many entries of x's first axis count (one value, float64; undefined: all)
  };
  /// The statistics, C values in float64, and y = scale·x + shift in gamma's type.
  struct NormFactors {
    Tensor mean, inverse_deviation, scale, shift;
  };
  virtual NormFactors batch_norm_factors(const NormForward& pass) const = 0;
  /// Applies `affine` to x. Its scale and shift are defined.
  virtual Tensor channel_affine(const Tensor& x, const ChannelAffine& affine) const = 0;

  /// Inputs of batch norm's gradient. dx is written over x, and dz over dy, if their buffers are unshared.
  struct NormBackward {
    Tensor x, dy;
    Tensor mean, inverse_deviation;  ///< C, float64
    Tensor gamma;
    Tensor scale, shift, residual;  ///< those of the forward pass; residual may be undefined
    bool relu;  ///< a ReLU followed: dy passes where channel_affine of x is positive; its result is not kept
    bool through_statistics;  ///< false: the statistics are constants, as with at most one valid row
    GradientTarget dgamma, dbeta;
    Tensor valid_count = {};  ///< as in NormForward; dx and dz are 0 beyond it
  };
  struct NormGradients {
    Tensor dx;
    Tensor dz;  ///< gradient of the residual; undefined without one
  };
  virtual NormGradients batch_norm_backward(NormBackward pass) const = 0;

  /// Cuts R regions from maps N×H×W×C: R×size×size×C of the maps' type. The maps may differ in N, but every image that
  /// a region names must exist in its map.
  virtual Tensor roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                           const RoiAlignGeometry& geometry) const = 0;
  /// The gradient of roi_align, one tensor of dy's type for each map.
  virtual std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes, const RoiAlignRegions& regions,
                                                 const RoiAlignGeometry& geometry, const Tensor& dy) const = 0;
};

/// Sizes of a matrix product: M×K by K×N, `batch` times.
struct ProductSizes {
  int64_t batch, m, k, n;
};
/// Throws UserError if the operands do not fit, InternalError if both are transposed.
ProductSizes product_sizes(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b);

/// The backend of a device. The CPU always has one. Throws InternalError if the device has none.
const Backend& backend_of(Device device);
inline const Backend& backend_of(const Tensor& tensor) { return backend_of(tensor.device()); }

bool has_backend(Device device);

/// Makes `backend` (null: none) serve a device. Returns the previous backend. Call this only when no tensor of that
/// device exists.
const Backend* set_backend(Device device, const Backend* backend);

}  // namespace intertwiner
