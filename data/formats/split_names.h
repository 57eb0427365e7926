// Finds the split that a name means. Tools disagree about names: the validation split is val, valid (Roboflow) or
// validation, and COCO's splits have a year.
//
//   a data set has              "train" means     "val" means
//   train, val                  train             val
//   train2017, val2017          train2017         val2017
//   train, valid, test          train             valid
#pragma once
#include <string>
#include <vector>

namespace intertwiner {

/// The element of `splits` that `split` means: `split` itself, or `split` followed by a year, or another name of the
/// validation split; "" if there is none. Throws UserError if there are several with a year.
std::string match_split(const std::vector<std::string>& splits, const std::string& split);

/// The same, but throws UserError if there is none: "DIR has no split 'val', only train and test; …". `advice` is added
/// to the message.
std::string require_split(const std::string& data_set, const std::vector<std::string>& splits, const std::string& split,
                          const std::string& advice = "");

/// True for the usual names, also with a year: train, val, valid, validation, test, train2017.
bool is_split_name(const std::string& name);

}  // namespace intertwiner
