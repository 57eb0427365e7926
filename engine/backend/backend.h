// What a device must be able to do for the operators: memory and loops over an index (engine/backend/loop.h); products,
// convolutions, normalisation, and the sums that every element of a map takes part in.
//
// Tensors in, tensors out, no gradients: an operator (engine/ops/) calls these forward and backward, all of them with
// tensors of this device. Types are float32 or float64; maps and filters of a GPU may be bfloat16, and then scales,
// shifts and sums over them are float32. Sums are taken in an order that depends on the shapes alone.
#pragma once
#include <functional>
#include <memory>

#include "engine/kernels/sums.h"
#include "engine/tensor.h"

namespace intertwiner {

/// A convolution of images N×H×W×C with filters K×R×S×C to N×P×Q×K.
struct Conv2dGeometry {
  int64_t stride = 1, padding = 0, dilation = 1;
};
/// P or Q: pixels of the output along an axis of `size` pixels and `filter` filter elements; not positive where none
/// fits.
inline int64_t conv2d_output_size(int64_t size, int64_t filter, const Conv2dGeometry& g) {
  const int64_t room = size + 2 * g.padding - g.dilation * (filter - 1) - 1;
  return room < 0 ? 0 : room / g.stride + 1;
}

/// What follows each sum of a convolution, in this order; undefined tensors are left out.
struct Conv2dEpilogue {
  Tensor scale;     ///< K
  Tensor shift;     ///< K
  Tensor residual;  ///< N×P×Q×K
  bool relu = false;
};

/// Mean and biased variance of each channel, C values each in float64.
struct ChannelStatistics {
  Tensor mean, variance;
};

/// Regions and the maps they are cut from. Levels are listed finest first; `scale` is the map's side over the image's.
struct RoiAlignGeometry {
  int64_t output_size = 7;     ///< bins along each side
  int64_t sampling_ratio = 1;  ///< samples along each side of a bin
  bool aligned = true;         ///< half-pixel offset
};

/// An index function without its type.
struct IndexFunction {
  const char* type;      ///< name of its typeid: how a GPU finds the kernel that was compiled from it
  const void* function;  ///< copied before the call returns
  size_t bytes;          ///< of it: it is copied as such
  int64_t count;         ///< of indices
  void (*run)(const void* function, int64_t begin, int64_t end);  ///< the same on the host
};

/// What `sum` adds for each element x: x, x², or 1 where x ≥ 0.
enum class Summand { value, square, at_least_zero };

/// For each of `count` values v the places where an index is v, ascending: places[first[v]] up to
/// places[first[v + 1] − 1]. Negative values have no place in it. Both int32.
struct RowsByValue {
  Tensor first, places;
};

/// Work of a device that was written down, to be done as often as wanted: the same loops over the same memory.
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

  /// Memory for at least `bytes` bytes, contents undefined; goes back with its last owner.
  virtual std::shared_ptr<std::byte> allocate(int64_t bytes) const = 0;
  /// The same on the host, from where copies to this device go on by themselves while the host does other things; it
  /// goes back when they are done. Thread-safe.
  virtual std::shared_ptr<std::byte> allocate_on_host(int64_t bytes) const;
  /// One of them, not both, may lie on the host. Of one size and type; not empty.
  virtual void copy(const Tensor& from, const Tensor& to) const = 0;
  virtual void fill_zero(const Tensor& x) const = 0;
  virtual void launch(const IndexFunction& loop) const = 0;
  /// Writes down what `body` asks of this backend instead of doing it; null, and `body` is not called, where the device
  /// does not do such things. Between replays, only tensors that were there before may be looked at; `body` must not
  /// copy from or to the host, and give back nothing that it did not take.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& body) const {
    static_cast<void>(body);
    return nullptr;
  }

  /// Which of several ways a device's libraries have taken so far, where their results differ in the last bits; a run
  /// keeps this text in its checkpoints, and one that goes on asks for the same. Ways of another device or of another
  /// version of its libraries are not followed. Empty where there is but one way.
  virtual std::string choices() const { return {}; }
  virtual void follow(const std::string& choices) const { static_cast<void>(choices); }

  virtual Tensor conv2d(const Tensor& x, const Tensor& w, const Conv2dGeometry& geometry,
                        const Conv2dEpilogue& epilogue) const = 0;
  virtual Tensor conv2d_data_gradient(const Tensor& dy, const Tensor& w, const Conv2dGeometry& geometry,
                                      const Shape& x_shape) const = 0;
  virtual Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& dy, const Conv2dGeometry& geometry,
                                        const Shape& w_shape) const = 0;

  /// a·b of matrices, or of as many pairs as the first axis has where both have three axes. A transposed operand is
  /// given as it lies: a as K×M, b as N×K. Not both.
  virtual Tensor matmul(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b) const = 0;

  /// One value, float64: the sum over all elements, in double precision. Counts int32 as well.
  virtual Tensor sum(const Tensor& x, Summand summand) const = 0;
  /// Sums over all axes but the last, in double precision: C values of x's type, or float32 of bfloat16.
  virtual Tensor column_sums(const Tensor& x) const = 0;
  /// Of an index, int32, with values below `count`.
  virtual RowsByValue rows_by_value(const Tensor& index, int64_t count) const = 0;

  /// Of keys N×K, int32, the `most` smallest in each segment of each row, smallest first, the lower column of equals
  /// first: N×S×most columns, int32, −1 where a segment has no more. Segment s is columns bounds[s] to
  /// bounds[s + 1] − 1; the bounds go from 0 to K. Keys that are kNoKey are never taken.
  virtual Tensor smallest(const Tensor& keys, const std::vector<int64_t>& bounds, int64_t most) const = 0;
  /// Non-maximum suppression in lists of boxes, L×K×4 float32, best first: L×K int32, 1 for a box that stays. A box
  /// goes where its `valid` (L×K int32) is 0, where its IoU with one before it that stays is greater than `threshold`,
  /// or where `most` of its list stay already.
  virtual Tensor nms(const Tensor& boxes, const Tensor& valid, double threshold, int64_t most) const = 0;

  /// Over the rows of x's first `members` (one value, float64; undefined: all of the first axis); zeros where there are
  /// none.
  virtual ChannelStatistics channel_statistics(const Tensor& x, const Tensor& members) const = 0;
  /// (x · scale + shift + residual), then ReLU; scale and shift hold C values of x's type, residual may be undefined.
  virtual Tensor channel_affine(const Tensor& x, const Tensor& scale, const Tensor& shift, const Tensor& residual,
                                bool relu) const = 0;

  /// Gradient of batch normalisation, from that of the result. With `relu` a ReLU followed, which let through what
  /// channel_affine(x, scale, shift, residual) finds positive; so the result need not be kept. `dz`, the gradient
  /// before the ReLU, is given where there is a residual. With `through_statistics` false the statistics are constants.
  /// `mean` and `inverse_deviation` are float64. dx is written over x and dz over dy where nobody else holds them. Both
  /// are 0 beyond the rows of the first `members`; where these have one row or none, statistics are constants as well.
  struct NormBackward {
    Tensor x, dy, mean, inverse_deviation, gamma, scale, shift, residual;
    bool relu, through_statistics;
    Tensor members = {};
  };
  struct NormGradients {
    Tensor dx, dgamma, dbeta, dz;
  };
  virtual NormGradients batch_norm_backward(NormBackward pass) const = 0;

  /// Regions R×4 with image index and level, R int32 each, cut from maps N×H×W×C to R×size×size×C; and its gradient,
  /// one tensor for each map. Maps may have different numbers of images only if no region points past them. A region of
  /// level −1 is none: its bins are 0, and no gradient comes from it.
  virtual Tensor roi_align(const std::vector<Tensor>& maps, const std::vector<double>& scales, const Tensor& regions,
                           const Tensor& image, const Tensor& level, const RoiAlignGeometry& geometry) const = 0;
  virtual std::vector<Tensor> roi_align_backward(const std::vector<Shape>& map_shapes,
                                                 const std::vector<double>& scales, const Tensor& regions,
                                                 const Tensor& image, const Tensor& level,
                                                 const RoiAlignGeometry& geometry, const Tensor& dy) const = 0;
};

/// How many rows …×C of x there are, as kernels ask: those of its first `members`, or all.
kernels::PresentRows present_rows(const Tensor& x, const Tensor& members);

/// The backend of a device. Throws InternalError where it has none: the CPU's is always there.
const Backend& backend_of(Device device);
inline const Backend& backend_of(const Tensor& tensor) { return backend_of(tensor.device()); }

/// Puts `backend` in the place of a device's, and returns what was there; null: none. Not while tensors of that device
/// are about that the old one made.
const Backend* set_backend(Device device, const Backend* backend);

}  // namespace intertwiner
