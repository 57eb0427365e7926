// Features of a data set's objects, as figure 1 shows them: which objects, which of them are large, and what a model's
// classifier reads of each.
//
// Large is what stands in one of the intertwiner's large sets (eq. 7): an object of level 3 and more. One of level 2 is
// only ever in a small set. The object's own box is the region.
#pragma once
#include <cstdint>
#include <functional>
#include <vector>

#include "data/data_set.h"
#include "detector/settings/settings.h"
#include "engine/tensor.h"

namespace intertwiner {

class InterNet;

struct ChosenObject {
  int64_t image = 0;   ///< in the data set
  int64_t object = 0;  ///< in the image, among those that a network is trained on
  int32_t label = 0;   ///< 1..C
  bool large = false;
};

struct ObjectChoice {
  int64_t classes = 10;   ///< those with the most objects
  int64_t objects = 600;  ///< of all of theirs, spread evenly over the data set
};

/// Image by image. Sizes and levels are those that a model of these settings sees.
std::vector<ChosenObject> choose_objects(const DataSet& data, const Settings& settings, const ObjectChoice& choice);

/// A row for each object, N×features (InterNet::features), on images as large as the model was trained with. `progress`
/// is told how many objects are done. Throws UserError where an image cannot be read.
Tensor object_features(const InterNet& model, const DataSet& data, const std::vector<ChosenObject>& objects,
                       const std::function<void(int64_t)>& progress = {});

}  // namespace intertwiner
