// What the paper adds to Faster R-CNN (3.1 to 3.3): regions of small objects go through the make-up layer and the
// critic; large ones through the critic into the class buffer, which the small ones are compared with; and neighbouring
// levels are aligned.
#pragma once
#include <optional>
#include <vector>

#include "detector/model/by_level.h"
#include "detector/model/large_set.h"
#include "layers/alignment.h"
#include "layers/critic.h"
#include "layers/intertwiner_loss.h"
#include "layers/upsampler.h"

namespace intertwiner {

/// What a setting switches off is undefined.
struct IntertwinerLosses {
  Variable intertwiner, large_classes, alignment;
};

class Intertwiner {
 public:
  /// `classes` with background.
  Intertwiner(const Scope& scope, const Settings& settings, int64_t classes);

  /// 3.1: regions R×14×14×C of all levels, as the detection head and the loss read them. `regions` are released.
  struct SmallSet {
    Variable head_input;  ///< R×7×7×C
    Variable merged;      ///< R×features that the head merges; undefined: none
    Variable features;    ///< R×features of the critic; undefined where nothing reads them
  };
  SmallSet small_set(const Variable& regions, const RowLevels& levels, Pass pass) const;

  /// 3.2, 3.3: the large set's features enter the buffer, then each small region is compared with its class's
  /// representative, and each level with the one above it. `pyramid` P2..P5, `small` the critic's features of
  /// `samples`.
  IntertwinerLosses losses(std::span<const Variable> pyramid, const RegionSamples& samples,
                           const Variable& small) const;

 private:
  /// Critic's features of the large set's members; all of them empty where there are none.
  struct LargeFeatures {
    Variable raw, features;
    Tensor rows;    ///< of the buffer
    Tensor labels;  ///< class; −1 for background
  };
  LargeSource large_source(std::span<const Variable> pyramid) const;
  LargeFeatures large_features(const LargeSource& source, const RegionSamples& samples) const;
  Variable critic_raw(const Variable& regions, const RowLevels& levels, Pass pass, bool update) const;
  /// Rows of the buffer for these classes in sets of these levels (0..3); −1 for background.
  Tensor buffer_rows(const Tensor& labels, const Tensor& level) const;
  /// `neighbours`: P_{l+1|l}, released.
  Variable alignment_loss(std::span<const Variable> pyramid, std::span<const Variable> neighbours) const;
  bool large_gradients() const;

  ModelSettings model_;
  IntertwinerSettings settings_;
  std::vector<double> scales_;  // sides of P2..P5 over the image's
  int64_t classes_;
  std::vector<MakeUp> make_up_;  // shared by the levels, or one each: so the critic
  std::vector<Critic> critic_;
  std::optional<ClassBuffer> buffer_;
  std::optional<Linear> large_classifier_;  // 4.1's cross-entropy
  std::vector<Upsampler> upsamplers_;       // F_2, F_3, F_4
  std::vector<LevelAlignment> alignments_;  // of levels 2, 3, 4
};

}  // namespace intertwiner
