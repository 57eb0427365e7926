// What stands where in a scene, before a pixel is painted: the figures from back to front, and which of them are
// objects.
#pragma once
#include <cstdint>
#include <vector>

#include "data/data_set.h"
#include "data/scenes/scene_figure.h"

namespace intertwiner {

struct SceneLayout {
  Colour background = {};
  std::vector<Figure> figures;          ///< from back to front: distractors, objects, lines
  std::vector<Annotation> annotations;  ///< of the objects among them
};

/// The layout of scene `index`: three to eight objects, sides from 8 px to half the scene's, none more than half
/// hidden.
SceneLayout lay_out_scene(uint64_t seed, int64_t index, int side_px);

}  // namespace intertwiner
