// What a device must be able to do for the operators: memory and loops over an index (engine/backend/loop.h); products,
// convolutions, normalisation, and the sums over all elements of a map.
//
// Tensors in, tensors out, no gradients: an operator (engine/ops/) calls these forward and backward. All tensors of a
// call lie on the backend's device. Types are float32 or float64. Maps and filters of a GPU may be bfloat16; scales,
// shifts and sums over them are then float32. The shapes alone decide in which order sums are taken.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/backend/geometry.h"
#include "engine/tensor.h"

namespace intertwiner {

/// relu(scale · x + shift + residual), `scale` and `shift` holding one value for each channel, the last axis of x.
/// Undefined tensors are left out.
struct ChannelAffine {
  Tensor scale;     ///< C
  Tensor shift;     ///< C
  Tensor residual;  ///< of x's shape
  bool relu = false;
};

/// Mean and biased variance of each channel, C values each in float64.
struct ChannelStatistics {
  Tensor mean, variance;
};

/// An index function without its type.
struct IndexFunction {
  const char* type;      ///< name of its typeid, by which a GPU finds the kernel compiled from it
  const void* function;  ///< copied before the call returns
  size_t bytes;          ///< size of the function object, which is copied byte by byte
  int64_t count;         ///< of indices
  void (*run)(const void* function, int64_t begin, int64_t end);  ///< the same on the host
};

/// What `sum` adds for each element x: x, x², or 1 where x ≥ 0.
enum class Summand { value, square, at_least_zero };

/// The positions of each value v below `count` in an index, ascending: places[first[v]] up to places[first[v + 1] − 1].
/// Negative values are left out. Both int32.
struct RowsByValue {
  Tensor first, places;
};

/// Recorded work of a device, which can be repeated: the same loops over the same memory.
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

  /// Memory for at least `bytes` bytes, contents undefined. Freed with its last owner.
  virtual std::shared_ptr<std::byte> allocate(int64_t bytes) const = 0;
  /// The same on the host. A copy from it to this device runs while the host goes on; the memory is freed when its last
  /// owner is gone and the copies are done. Thread-safe.
  virtual std::shared_ptr<std::byte> allocate_on_host(int64_t bytes) const;
  /// Both have the same size and type and are not empty. One of them, not both, may lie on the host.
  virtual void copy(const Tensor& from, const Tensor& to) const = 0;
  virtual void fill_zero(const Tensor& x) const = 0;
  virtual void launch(const IndexFunction& loop) const = 0;
  /// Records what `body` asks of this backend, without doing it. Returns null and does not call `body` where the device
  /// records nothing. Between replays, read only tensors that existed before the recording. `body` must not copy from
  /// or to the host, and must not free memory that it did not allocate.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& body) const {
    static_cast<void>(body);
    return nullptr;
  }

  /// Which algorithms of the device's libraries were used so far, where their results differ in the last bits. A run
  /// keeps this text in its checkpoints. Empty where there is only one algorithm.
  virtual std::string algorithm_choices() const { return {}; }
  /// Uses the algorithms of such a text from now on, so that a resumed run has the same bits. Text from another device,
  /// or from another version of its libraries, is ignored.
  virtual void use_algorithms(const std::string& choices) const { static_cast<void>(choices); }

  /// N×P×Q×K; `epilogue` follows each sum.
  virtual Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                        const ChannelAffine& epilogue) const = 0;
  virtual Tensor conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                                      const Shape& x_shape) const = 0;
  virtual Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                                        const Shape& w_shape) const = 0;

  /// a·b of matrices; where both have three axes, of as many pairs of matrices as the first axis has. An operand that
  /// is to be transposed is given as it lies: a as K×M, b as N×K. Not both may be.
  virtual Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const = 0;

  /// One value, float64: the sum over all elements, in double precision. Takes int32 as well.
  virtual Tensor sum(const Tensor& x, Summand summand) const = 0;
  /// Sums over all axes but the last, in double precision: C values of x's type, or float32 of bfloat16.
  virtual Tensor column_sums(const Tensor& x) const = 0;
  /// Of an index, int32, with values below `count`.
  virtual RowsByValue rows_by_value(const Tensor& index, int64_t count) const = 0;

  /// The `max_count` smallest keys of each segment of each row of `keys`, N×K int32: N×S×max_count columns, int32, the
  /// smallest key first, the lower column first of equal keys, −1 where a segment has no more. Segment s is columns
  /// bounds[s] to bounds[s + 1] − 1; the bounds go from 0 to K. Keys that are kNoKey are never taken.
  virtual Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t max_count) const = 0;
  /// Non-maximum suppression in lists of boxes, L×K×4 float32, best first: L×K int32, 1 for a box that stays. A box
  /// is dropped where its `valid` flag (L×K int32) is 0, where its IoU with a staying box before it is greater than
  /// `threshold`, and where `max_count` boxes of its list stay already.
  virtual Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t max_count) const = 0;

  /// Over the first `valid_count` entries of x's first axis (one value, float64; undefined: all of them); zeros where
  /// there are none.
  virtual ChannelStatistics channel_statistics(const Tensor& x, const Tensor& valid_count) const = 0;
  /// `affine` of x, with scale and shift given.
  virtual Tensor channel_affine(const Tensor& x, const ChannelAffine& affine) const = 0;

  /// What the gradient of batch normalisation is computed from. dx is written over x and dz over dy where nobody else
  /// holds them.
  struct NormBackward {
    Tensor x, dy;
    Tensor mean, inverse_deviation;  ///< C, float64
    Tensor gamma;
    Tensor scale, shift, residual;  ///< the forward pass's; residual undefined: none
    bool relu;  ///< a ReLU followed: dy passes where channel_affine of x is positive, so its result need not be kept
    bool through_statistics;  ///< false: the statistics are constants, as they are where at most one row is valid
    Tensor valid_count = {};  ///< as in channel_statistics; dx and dz are 0 beyond it
  };
  struct NormGradients {
    Tensor dx, dgamma, dbeta;
    Tensor dz;  ///< the gradient before the ReLU, which is the residual's; undefined without one
  };
  virtual NormGradients batch_norm_backward(NormBackward pass) const = 0;

  /// Regions cut from maps N×H×W×C to R×size×size×C. Maps may have different numbers of images where no region names a
  /// missing one.
  virtual Tensor roi_align(const std::vector<Tensor>& maps, const RoiAlignRegions& regions,
                           const RoiAlignGeometry& geometry) const = 0;
  /// Its gradient, one tensor for each map.
  virtual std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes, const RoiAlignRegions& regions,
                                                 const RoiAlignGeometry& geometry, const Tensor& dy) const = 0;
};

/// The backend of a device. Throws InternalError where there is none; the CPU always has one.
const Backend& backend_of(Device device);
inline const Backend& backend_of(const Tensor& tensor) { return backend_of(tensor.device()); }

/// Makes `backend` (null: none) serve a device, and returns the one before it. Call this only when no tensor of that
/// device exists.
const Backend* set_backend(Device device, const Backend* backend);

}  // namespace intertwiner
