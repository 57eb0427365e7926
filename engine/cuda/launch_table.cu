#include <algorithm>
#include <typeinfo>

#include "engine/cuda/launch_table.h"
#include "engine/kernels/batch_norm.h"
#include "engine/kernels/bilinear.h"
#include "engine/kernels/class_buffer.h"
#include "engine/kernels/direct_products.h"
#include "engine/kernels/distance.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/labels.h"
#include "engine/kernels/losses.h"
#include "engine/kernels/norm_passes.h"
#include "engine/kernels/pooling.h"
#include "engine/kernels/roi_align.h"
#include "engine/kernels/rows.h"
#include "engine/kernels/sgd.h"
#include "engine/kernels/sinkhorn.h"
#include "engine/kernels/sums.h"

namespace intertwiner::cuda {
namespace {

using Table = std::map<std::string_view, Launcher>;

template <class Kernel>
__global__ void over_grid(Kernel kernel, int64_t count) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * blockDim.x;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += step) kernel(i);
}

template <class Kernel>
void run_over_grid(const void* function, int64_t count, cudaStream_t stream) {
  constexpr int64_t kThreads = 128, kMostBlocks = 1 << 20;
  const int64_t blocks = std::min(kMostBlocks, (count + kThreads - 1) / kThreads);
  over_grid<<<static_cast<unsigned>(blocks), static_cast<unsigned>(kThreads), 0, stream>>>(
      *static_cast<const Kernel*>(function), count);
}

template <class... Kernels>
void add(Table& table) {
  (table.emplace(typeid(Kernels).name(), run_over_grid<Kernels>), ...);
}

template <class From>
void add_conversions(Table& table) {
  using namespace kernels;
  add<Fill<From>, Convert<From, float>, Convert<From, double>, Convert<From, int32_t>, Convert<From, int64_t>,
      Convert<From, uint8_t>>(table);
}

template <class T, class Term>
void add_distance(Table& table) {
  add<kernels::RowDistance<T, Term>, kernels::CounterpartGradient<T, Term>>(table);
}

/// Those of one type of numbers.
template <class T>
void add_arithmetic(Table& table) {
  using namespace kernels;
  add<Add<T>, Combine<T>, Scale<T>, ScaleBy<T>, Multiply<T>, MultiplyAdd<T>, Quotient<T, float>, Quotient<T, double>,
      WeightedSum<T>, SquareRoot<T>, Relu<T>, ReluGradient<T>, Sigmoid<T>, SigmoidGradient<T>, Softmax<T>,
      SoftmaxGradient<T>>(table);
  add<BinaryCrossEntropy<T>, SoftmaxCrossEntropy<T>, SmoothL1<T>>(table);
  add_distance<T, SquaredTerm<T>>(table);
  add_distance<T, AbsoluteTerm<T>>(table);
  add_distance<T, DivergenceTerm<T>>(table);
  add<NormFactors<T>, FoldedNorm<T>, MoveTowards<T>, ChunkMoments<T>, ChannelAffine<T>, NormSums<T>,
      NormGradientFactors<T>, NormGradient<T>>(table);
  add<MaxPool<T>, MaxPoolGradient<T>, MeanPool2x2<T>, MeanPool2x2Gradient<T>, AdaptiveMean<T>, AdaptiveMeanGradient<T>,
      EverySecondPixel<T>, EverySecondPixelGradient<T>, Crop<T>, CropGradient<T>, AddUpsampled<T>, UpsampledGradient<T>,
      Bilinear<T>, BilinearGradient<T>, RoiAlign<T>, RoiAlignGradient<T>>(table);
  add<SelectRows<T>, SelectRowsGradient<T>, Transpose<T>, RowSums<T>, RowMeans<T>, RowMeansGradient<T>>(table);
  add<UnitRows<T>, UnitRowsGradient<T>, CosineCost<T>, SinkhornKernel<T>, ScaledPlan<T>, LogPlan<T>, PlanPush<T>,
      SinkhornStep<T>, SinkhornLogStep<T>, SinkhornFlow<T>, StackColumnSums<T>>(table);
  add<ClipFactor<T>, SgdUpdate<T>>(table);
  add<StridedSum<T>, ColumnPartials<T>, ColumnTotals<T>, DirectConvolution<T>, DirectDataGradient<T>,
      DirectWeightGradient<T>, DirectProduct<T>>(table);
}

Table make_table() {
  using namespace kernels;
  Table table;
  add_conversions<float>(table);
  add_conversions<double>(table);
  add_conversions<int32_t>(table);
  add_conversions<int64_t>(table);
  add_conversions<uint8_t>(table);
  add_arithmetic<float>(table);
  add_arithmetic<double>(table);
  add<Foreground, Positives, BufferRows, DecayRows, ReplaceOldest, NextPlace, RowsWithMembers, StridedSum<int32_t>,
      JoinMoments, RowsBelow, PlaceOfRow>(table);
  return table;
}

}  // namespace

const Table& launch_table() {
  static const Table table = make_table();
  return table;
}

}  // namespace intertwiner::cuda
