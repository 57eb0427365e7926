// The built-in data set: pictures made of nothing but a seed, to try training on where no images are at hand.
//
// Six classes, alike in outline and colour, are told apart by a pattern that is there in an object of 16 px and blurred
// away in one of 8 px (scene_figure.h), on textured backgrounds with overlaps and with things that are no objects
// (scene_layout.h). Scene i is a function of (seed, i) alone, the same on every machine:
//
//   make_scenes({.seed = 1, .count = 2000})                            // to train on
//   make_scenes({.seed = 1, .first_index = 1000000, .count = 200})     // others, to evaluate on
#pragma once
#include <cstdint>

#include "data/data_set.h"

namespace intertwiner {

struct ScenesOptions {
  uint64_t seed = 1;
  int64_t first_index = 0;  ///< scenes first_index … first_index + count − 1
  int64_t count = 1000;
  int side_px = 256;  ///< of the square scenes
};

/// Lays out the scenes (well under 0.1 ms each); pixels are painted when they are loaded. Throws UserError where a
/// number is out of range: at least one scene, of 32 to 4,096 px.
DataSetPointer make_scenes(const ScenesOptions& options);

}  // namespace intertwiner
