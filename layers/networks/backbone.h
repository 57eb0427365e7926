// Turns images into maps P2..P6 of equal depth, the input of all other networks: a body, then a feature pyramid or a
// projection of each of the body's maps (table 5).
#pragma once
#include <variant>

#include "layers/kinds.h"
#include "layers/networks/fpn.h"
#include "layers/networks/level_projection.h"
#include "layers/networks/resnet.h"
#include "layers/networks/vgg.h"

namespace intertwiner {

using BodyShape = std::variant<ResNetShape, VggShape>;
BodyShape shape_of(Body body);

class Backbone {
 public:
  struct Options {
    BodyShape body;
    bool pyramid = true;
    int64_t channels = 256;
    NormKind norm = {};
    int64_t fixed_stages = 0;  ///< of the body, from the image on, that are not trained
  };
  /// `scope` holds `body`, and `fpn` or `projection`.
  Backbone(const Scope& scope, const Options& options);
  /// P2..P6, finest first.
  std::array<Variable, 5> operator()(const Variable& images, Pass pass) const;

 private:
  std::variant<ResNet, Vgg> body_;
  std::variant<FeaturePyramid, LevelProjection> levels_;
};

}  // namespace intertwiner
