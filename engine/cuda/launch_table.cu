#include "engine/cuda/launch_table.cuh"
#include "engine/cuda/launch_then.cuh"
#include "engine/kernels/batch_norm.h"
#include "engine/kernels/bilinear.h"
#include "engine/kernels/concat.h"
#include "engine/kernels/direct_products.h"
#include "engine/kernels/distance.h"
#include "engine/kernels/elementwise.h"
#include "engine/kernels/grouped_sums.h"
#include "engine/kernels/losses.h"
#include "engine/kernels/moving_average.h"
#include "engine/kernels/norm_passes.h"
#include "engine/kernels/optimiser.h"
#include "engine/kernels/pooling.h"
#include "engine/kernels/ring.h"
#include "engine/kernels/roi_align.h"
#include "engine/kernels/rows.h"
#include "engine/kernels/selection.h"
#include "engine/kernels/sinkhorn.h"
#include "engine/kernels/sums.h"

namespace intertwiner::cuda {
namespace {

template <class First, class Second>
void add_then(LaunchTable& table) {
  table.emplace(typeid(kernels::Then<First, Second>).name(), run_then<First, Second>);
}

template <class From>
void add_conversions(LaunchTable& table) {
  using namespace kernels;
  add<Fill<From>, Convert<From, float>, Convert<From, double>, Convert<From, int32_t>, Convert<From, int64_t>,
      Convert<From, uint8_t>, Convert<From, Bfloat16>>(table);
}

template <class T, class Term>
void add_distance(LaunchTable& table) {
  using namespace kernels;
  add<RowDistance<T, Term>, RowDistanceGradient<T, Term, 1>, RowDistanceGradient<T, Term, kPack>,
      CounterpartGradient<T, Term, 1>, CounterpartGradient<T, Term, kPack>>(table);
}

/// Index functions of N lanes of maps.
template <class T, int N>
void add_lanes_of_maps(LaunchTable& table) {
  using namespace kernels;
  add<MaxPool<T, N>, MaxPoolGradient<T, N>, MeanPool2x2<T, N>, MeanPool2x2Gradient<T, N>, AdaptiveMean<T, N>,
      AdaptiveMeanGradient<T, N>, EverySecondPixel<T, N>, EverySecondPixelGradient<T, N>, Crop<T, N>,
      CropGradient<T, N>, AddUpsampled<T, N>, UpsampledGradient<T, N>, Bilinear<T, N>, BilinearGradient<T, N>>(table);
  add<RoiAlign<T, N>, RoiAlignGradient<T, N>, SelectRows<T, N>, SelectRowsGradient<T, N>>(table);
}

/// Index functions of maps, which may be bfloat16.
template <class T>
void add_of_maps(LaunchTable& table) {
  using namespace kernels;
  add<Add<T, 1>, Add<T, kPack>, AffineMap<T, 1>, AffineMap<T, kPack>, NormGradient<T, 1>, NormGradient<T, kPack>>(
      table);
  add<Combine<T>, Scale<T>, ScaleBlocks<T>, Relu<T>, ReluGradient<T>, Sigmoid<T>, SigmoidGradient<T>>(table);
  add<ChunkMoments<T>, NormSums<T>, ColumnPartials<T>>(table);
  add_then<ChunkMoments<T>, NormFactors<Compute<T>>>(table);
  add_then<NormSums<T>, NormGradientFactors<Compute<T>>>(table);
  add_then<ColumnPartials<T>, JoinSums<Compute<T>>>(table);
  add_lanes_of_maps<T, 1>(table);
  add_lanes_of_maps<T, kPack>(table);
  add<JoinPieces<T>>(table);
  add<DirectConvolution<T>, DirectDataGradient<T>, DirectWeightGradient<T>, DirectProduct<T, T>>(table);
}

/// Index functions of one element type.
template <class T>
void add_arithmetic(LaunchTable& table) {
  using namespace kernels;
  add_of_maps<T>(table);
  add<Multiply<T>, Quotient<T, float>, Quotient<T, double>, WeightedSum<T>, WeightedSumGradients<T>, GatherValues<T>,
      SquareRoot<T>, Softmax<T>, SoftmaxGradient<T>>(table);
  add<BinaryCrossEntropy<T>, SoftmaxCrossEntropy<T>, SmoothL1<T>>(table);
  add_distance<T, SquaredTerm<T>>(table);
  add_distance<T, AbsoluteTerm<T>>(table);
  add_distance<T, DivergenceTerm<T>>(table);
  add<NormFactors<T>, FoldedNorm<T>, FindExtent<T>>(table);
  add_then<JoinMoments, NormFactors<T>>(table);
  add_then<JoinSums<double>, NormGradientFactors<T>>(table);
  add_then<JoinSums<double>, JoinSums<T>>(table);
  add_then<StridedSum<T>, JoinSums<double>>(table);
  add<Transpose<T>, GroupSum<T, 1>, GroupSum<T, kPack>, GroupMean<T, 1>, GroupMean<T, kPack>, GroupMeanGradient<T, 1>,
      GroupMeanGradient<T, kPack>>(table);
  add<UnitRows<T>, UnitRowsGradient<T>, CosineCost<T>, SinkhornKernel<T>, ScaledPlan<T>, LogPlan<T>, PlanPush<T>,
      SinkhornStep<T>, SinkhornLogStep<T>, SinkhornFlow<T>, StackColumnSums<T>>(table);
  add<ClipFactor<T>, SgdUpdate<T>, AdamWUpdate<T>, MoveAverage<T>, Exchange<T>, StridedSum<T>>(table);
}

LaunchTable make_table() {
  using namespace kernels;
  LaunchTable table;
  add_conversions<float>(table);
  add_conversions<double>(table);
  add_conversions<int32_t>(table);
  add_conversions<int64_t>(table);
  add_conversions<uint8_t>(table);
  add_conversions<Bfloat16>(table);
  add_arithmetic<float>(table);
  add_arithmetic<double>(table);
  add_of_maps<Bfloat16>(table);
  add_then<StridedSum<int32_t>, JoinSums<double>>(table);
  add<DirectProduct<Bfloat16, float>, UpdateAndCopy<SgdUpdate<float>>, UpdateAndCopy<AdamWUpdate<float>>>(table);
  add<DecayGroup<1>, DecayGroup<kPack>, ReplaceOldest, SubtractOldest, AdvanceRing, NonemptyGroup, StridedSum<int32_t>,
      JoinMoments, JoinSums<double>, ValueKey, RowsBelow, RegionBits, RankKey, SuppressedBoxes, StayingBoxes>(table);
  return table;
}

}  // namespace

LaunchTable& launch_table() {
  static LaunchTable table = make_table();
  return table;
}

}  // namespace intertwiner::cuda
