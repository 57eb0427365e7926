// The features of a data set's objects that figure 1 shows: which objects, which of them are large, and the
// classifier's input for each. An object's own box is its region.
//
// An object is large if it can be in a large set of the intertwiner (eq. 7): if its pyramid level is 3 or more. An
// object of level 2 can only be in a small set.
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
  int64_t image = 0;   ///< index in the data set
  int64_t object = 0;  ///< index in training_annotations(record) of its image
  int32_t label = 0;   ///< 1..C
  bool large = false;
};

struct ObjectChoice {
  int64_t classes = 10;   ///< use the classes with the most objects
  int64_t objects = 600;  ///< use at most this many objects, spread evenly over the data set
};

/// Chooses objects, image by image. `settings` are the model's: they give input sizes and pyramid levels.
std::vector<ChosenObject> choose_objects(const DataSet& data, const Settings& settings, const ObjectChoice& choice);

/// The features of each object as a row of an N×features tensor (InterNet::features). Images have the size that the
/// model was trained with. Calls `progress` with the number of finished objects. Throws UserError if an image cannot be
/// read.
Tensor object_features(const InterNet& model, const DataSet& data, const std::vector<ChosenObject>& objects,
                       const std::function<void(int64_t)>& progress = {});

}  // namespace intertwiner
