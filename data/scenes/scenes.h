// The built-in data set: generated images with annotated objects, to try training without any files.
//
// The six classes have the same outlines and colours and differ only in their pattern. The pattern is visible in an
// object of 16 px and blurred away in one of 8 px (scene_figure.h). Backgrounds are textured, objects overlap, and some
// figures are not objects (scene_layout.h). Scene i depends only on (seed, i) and is the same on every machine:
//
//   make_scenes({.seed = 1, .count = 2000})                            // for training
//   make_scenes({.seed = 1, .first_index = 1000000, .count = 200})     // other scenes, for evaluation
#pragma once
#include <cstdint>

#include "data/data_set.h"

namespace intertwiner {

struct ScenesOptions {
  uint64_t seed = 1;
  int64_t first_index = 0;  ///< scenes first_index … first_index + count − 1
  int64_t count = 1000;
  int side_px = 256;  ///< width and height of a scene
};

/// Makes the data set. Annotations are made at once (under 0.1 ms per scene), pixels when a scene is loaded. Throws
/// UserError unless there is at least one scene and the side is 32 to 4,096 px.
DataSetPointer make_scenes(const ScenesOptions& options);

}  // namespace intertwiner
