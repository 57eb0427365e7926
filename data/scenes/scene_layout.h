// The layout of a scene before painting: its figures from back to front, and the annotations of its objects.
#pragma once
#include <cstdint>
#include <vector>

#include "data/data_set.h"
#include "data/scenes/scene_figure.h"

namespace intertwiner {

struct SceneLayout {
  Colour background = {};
  std::vector<Figure> figures;          ///< from back to front: distractors, then objects, then lines
  std::vector<Annotation> annotations;  ///< of the objects
};

/// The layout of scene `index`. It has three to eight objects with sides from 8 px to half the scene's; at most half of
/// an object is hidden.
SceneLayout lay_out_scene(uint64_t seed, int64_t index, int side_px);

}  // namespace intertwiner
