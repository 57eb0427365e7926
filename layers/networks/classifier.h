// Image classification with optimal transport between stages (6.3, "Extending OT divergence to image classification"):
// the ResNet for small pictures of He et al. (2016, 4.2), 6n+2 layers deep.
//
//   images N×S×S×3 → 3×3, w channels → n blocks, w, stride 1 → n blocks, 2w, stride 2 → n blocks, 4w, stride 2
//                  → mean over pixels → linear → N×classes
//
// The paper says that "feature maps between stages are aligned via OT", that channels are the samples, that F and H are
// minimised together with the rest, and that the test error falls by about 1.3 points. The rest is done as between the
// levels of the detector's pyramid: an F brings the next stage's map to this stage's size and halves its channels, so
// that both maps are C samples; an H turns both into vectors; the gradient goes to both; the losses of the two pairs
// are summed. Each pair has its own F and H. For the second pair of 32 px pictures H's last map is smaller than 8×8:
// the mean to 8×8 then repeats pixels, which changes no cosine. Shortcuts that change size are projections (He's option
// B), as in the detector's ResNet.
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "layers/alignment.h"
#include "layers/networks/resnet.h"
#include "layers/upsampler.h"

namespace intertwiner {

struct ClassifierShape {
  int64_t classes = 10;
  int64_t blocks = 3;  ///< n a stage: 3 is ResNet-20, 9 ResNet-56
  int64_t width = 16;  ///< w
  std::optional<AlignmentOptions> alignment = {};
};

class Classifier {
 public:
  Classifier(const Scope& scope, const ClassifierShape& shape);

  struct Output {
    Variable logits;     ///< N×classes
    Variable alignment;  ///< one value; undefined unless the shape asks for it and the pass trains
  };
  Output operator()(const Variable& images, Pass pass) const;

 private:
  static constexpr size_t kStages = 3;
  /// The networks that align a stage's map with the next one's.
  struct Bridge {
    Upsampler upsample;
    LevelAlignment alignment;
  };
  Variable alignment_loss(const std::array<Variable, kStages>& maps) const;

  ConvNorm stem_;
  std::array<std::vector<ResidualBlock>, kStages> stages_;
  std::vector<Bridge> bridges_;  // none, or two
  Linear scores_;
};

}  // namespace intertwiner
