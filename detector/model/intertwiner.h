// The feature intertwiner, the paper's addition to Faster R-CNN (3.1 to 3.3; figure 2).
//
//   3.1  Small set, the less reliable regions: each goes through the make-up layer and the critic.
//   3.2  Large set, the reliable regions: each goes through the critic, and its features enter the class buffer (eq. 1
//        and 2). Each region of the small set is compared with its class's representative b in the buffer:
//        L_inter = mean of D(f_small, b_class) (eq. 3).
//   3.3  The large set is pooled from maps that are resized to the small level's size, and neighbouring levels are
//   aligned
//        by optimal transport (eq. 4, algorithm 1).
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "detector/model/by_level.h"
#include "detector/model/kernels/labels.h"
#include "detector/model/large_source.h"
#include "detector/settings/settings.h"
#include "layers/alignment.h"
#include "layers/critic.h"
#include "layers/intertwiner_loss.h"
#include "layers/upsampler.h"

namespace intertwiner {

/// A loss that a setting switches off is undefined.
struct IntertwinerLosses {
  Variable intertwiner;    ///< eq. 3
  Variable large_classes;  ///< cross-entropy of the large set (4.1)
  Variable alignment;      ///< eq. 4, summed over the levels as in eq. 5
};

class Intertwiner {
 public:
  /// `classes` counts background too.
  Intertwiner(const Scope& scope, const Settings& settings, int64_t classes);

  /// The small set's features for the detection head and for eq. 3.
  struct SmallSet {
    Variable head_input;  ///< R×7×7×C
    Variable merged;      ///< R×features that the head merges with its own; may be undefined
    Variable features;    ///< R×features of the critic; undefined if nothing reads them
  };
  /// 3.1, for pooled regions R×14×14×C of all levels; each is in the small set of its own level. Releases `regions`.
  SmallSet small_set(const Variable& regions, const RowLevels& levels, Pass pass) const;

  /// 3.2 and 3.3, for one training step. `pyramid` is P2..P5; `small` is the critic's features of `samples`.
  IntertwinerLosses losses(std::span<const Variable> pyramid, const RegionSamples& samples,
                           const Variable& small) const;

  /// Null if eq. 3 is switched off.
  ClassBuffer* class_buffer() { return buffer_ ? &*buffer_ : nullptr; }

 private:
  /// The critic's features of the large set. An empty set has no rows.
  struct LargeFeatures {
    Variable raw, features;  ///< before and after the sigmoid
    Tensor buffer_rows;      ///< buffer row that each feature enters; −1: none
    Tensor labels;           ///< class; −1 for background
  };
  LargeSource large_source(std::span<const Variable> pyramid) const;
  LargeFeatures large_features(const LargeSource& source, const RegionSamples& samples) const;
  Variable critic_raw(const Variable& regions, const RowLevels& levels, Pass pass, bool update) const;
  /// `neighbours` are the maps P_{l+1|l}. Releases them.
  Variable alignment_loss(std::span<const Variable> pyramid, std::span<const Variable> neighbours) const;
  /// Whether the large set's features have gradients.
  bool large_gradients() const;

  ModelSettings model_;
  IntertwinerSettings settings_;
  std::vector<double> scales_;  // side of each map P2..P5 / side of the image
  BufferLayout buffer_layout_;
  std::vector<MakeUp> make_up_;  // one for all levels, or one for each level
  std::vector<Critic> critic_;   // the same
  std::optional<ClassBuffer> buffer_;
  std::optional<Linear> large_classifier_;  // for the cross-entropy of 4.1
  std::vector<Upsampler> upsamplers_;       // F_2, F_3, F_4
  std::vector<LevelAlignment> alignments_;  // of levels 2, 3, 4
};

}  // namespace intertwiner
