// The detector's index functions, added to the module's table when it is opened.
#include "detector/model/kernels/detections.h"
#include "detector/model/kernels/matching.h"
#include "detector/model/kernels/proposals.h"
#include "detector/model/kernels/regions.h"
#include "engine/cuda/launch_table.cuh"

namespace intertwiner::cuda {
namespace {

using namespace kernels;

template <class T>
void add_of_predictions(LaunchTable& table) {
  add<ScoreKeys<T>, DecodeProposal<T>, StayingKeys<T>, DetectionKeys<T>, DecodeDetection<T>>(table);
}

[[maybe_unused]] const bool added = [] {
  LaunchTable& table = launch_table();
  add_of_predictions<float>(table);
  add_of_predictions<double>(table);
  add<TakeBox, LeadingCount, StayingScores, TakeDetection>(table);
  add<BestOfChunk, BestOfObject, MatchCandidate, DrawKeys, LabelChosen>(table);
  add<LargeMember<float>, LargeMember<double>, FlagLarge, FlagLevel, PlaceBack>(table);
  add<RowKeys, FlagPresent, ProposalRegion, JoinCandidates, AddCounts, PositivesFirst, SampledRegion, AnchorDeltas>(
      table);
  return true;
}();

}  // namespace
}  // namespace intertwiner::cuda
