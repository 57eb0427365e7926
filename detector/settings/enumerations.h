// The settings whose value is a word: their enumerations, and the words for the command line, TOML files and
// checkpoints. settings_table.cpp explains each word.
//
// `names_of(E)` lists the words in the order of the enumerators. Old checkpoints hold these words, so never change one.
#pragma once
#include <string>
#include <vector>

#include "engine/ops/distance_kind.h"
#include "engine/update_rule.h"
#include "layers/kinds.h"

namespace intertwiner {

using Names = std::vector<std::string>;

enum class Pyramid { fpn, none };
enum class ResizeRounding { exact, torchvision };
enum class BackboneNorm { live, frozen };
enum class LevelRule { round, floor, size };
enum class RoiOffset { half_pixel, none };
enum class IntertwinerParts { all, without_loss, make_up };
enum class Sharing { shared, per_level };
enum class Merge { linear, separate, naive };
enum class LargeSourceKind { aligned, same, higher, bilinear, network };
enum class HeadInput { make_up, pooled };
enum class HeadNorm { batch, none };
enum class LargeSetRegions { foreground, all };
enum class RunningStatistics { small, both };
enum class SinkhornGradient { held, through };
enum class Schedule { drops, cosine };
enum class AugmentLevel { none, light, strong };

inline Names names_of(Pyramid) { return {"fpn", "none"}; }
inline Names names_of(ResizeRounding) { return {"exact", "torchvision"}; }
inline Names names_of(BackboneNorm) { return {"live", "frozen"}; }
inline Names names_of(LevelRule) { return {"round", "floor", "size"}; }
inline Names names_of(RoiOffset) { return {"half-pixel", "none"}; }
inline Names names_of(IntertwinerParts) { return {"all", "without-loss", "make-up"}; }
inline Names names_of(Sharing) { return {"shared", "per-level"}; }
inline Names names_of(Merge) { return {"linear", "separate", "naive"}; }
inline Names names_of(LargeSourceKind) { return {"aligned", "same", "higher", "bilinear", "network"}; }
inline Names names_of(HeadInput) { return {"make-up", "pooled"}; }
inline Names names_of(HeadNorm) { return {"batch", "none"}; }
inline Names names_of(LargeSetRegions) { return {"foreground", "all"}; }
inline Names names_of(RunningStatistics) { return {"small", "both"}; }
inline Names names_of(SinkhornGradient) { return {"held", "through"}; }
inline Names names_of(Schedule) { return {"drops", "cosine"}; }
inline Names names_of(AugmentLevel) { return {"none", "light", "strong"}; }
inline Names names_of(Body) { return {"resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16"}; }
inline Names names_of(BufferKind) { return {"all", "decayed", "window"}; }
inline Names names_of(AlignmentKind) { return {"ot", "ot-debiased", "l2", "kl"}; }
inline Names names_of(UpdateRule) { return {"sgd", "adamw"}; }
inline Names names_of(Distance) { return {"l2", "l1", "kl", "kl-mean"}; }

/// The word of an enumerator: "half-pixel" for RoiOffset::half_pixel.
template <class E>
std::string name_of(E value) {
  return names_of(value).at(static_cast<size_t>(value));
}

}  // namespace intertwiner
