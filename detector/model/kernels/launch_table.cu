// The detector's index functions, added to the module's table when it is opened.
#include "detector/model/kernels/anchor_matcher_index.h"
#include "detector/model/kernels/detections_index.h"
#include "detector/model/kernels/labels_index.h"
#include "detector/model/kernels/large_set_index.h"
#include "detector/model/kernels/proposals_index.h"
#include "detector/model/kernels/regions_index.h"
#include "detector/model/kernels/sampler_index.h"
#include "detector/model/kernels/valid_rows_index.h"
#include "engine/cuda/launch_table.cuh"

namespace intertwiner::cuda {
namespace {

using namespace kernels;

template <class T>
void add_of_floats(LaunchTable& table) {
  add<ScoreKeys<T>, DecodeProposal<T>, StayingKeys<T>, DetectionKeys<T>, DecodeDetection<T>, LargeSetRow<T>>(table);
}

[[maybe_unused]] const bool added = [] {
  LaunchTable& table = launch_table();
  add_of_floats<float>(table);
  add_of_floats<double>(table);
  add<TakeBox, StayingScores, TakeDetection>(table);
  add<BestOfChunk, BestOfObject, MatchCandidate, AnchorDeltas, DrawKeys, LabelWinners>(table);
  add<RowKeys, FlagValid, FlagLevel, RowPositions, ValidCount>(table);
  add<ProposalRegion, JoinLists, AddCounts, PositivesFirst, SampledRegion>(table);
  add<Foreground, Positives, BufferRows, FlagLarge>(table);
  return true;
}();

}  // namespace
}  // namespace intertwiner::cuda
