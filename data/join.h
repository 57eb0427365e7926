// Data sets made from other data sets: joined, with fewer images, or with other classes.
//
//   join_data_sets({A, B}), where A has the classes cat, dog and B has bird, dog:
//   the result has cat, dog, bird; B's labels 1, 2 become 3, 2; B's images follow A's
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "data/formats/annotation_check.h"

namespace intertwiner {

/// Joins data sets. Images keep their order. Classes are joined by name, in the order in which they first occur.
///
/// Image ids are kept if no id occurs twice; otherwise images are numbered 1, 2, … Category ids are kept if the data
/// sets agree on them; otherwise classes are numbered 1..C. A single data set is returned unchanged. Throws
/// InternalError if `data_sets` is empty.
DataSetPointer join_data_sets(const std::vector<DataSetPointer>& data_sets);

/// The images with these indices, in this order.
DataSetPointer take_images(const DataSetPointer& data, const std::vector<int64_t>& indices);

/// The `count` images with the lowest ids, sorted by id; all images if there are fewer. Throws UserError unless `count`
/// is positive.
DataSetPointer take_first(const DataSetPointer& data, int64_t count);

/// Some of the folds of a data set: folds `first` to `last` of `count`, counted from 1.
struct FoldRange {
  int64_t first = 1, last = 1, count = 1;
};

/// Sorts the images by id and deals them into `folds.count` folds in turn; returns the images of the folds in the
/// range. With ten folds, fold 1 has images 1, 11, 21, … and folds 2 to 10 have all others. Throws UserError if the
/// result has no image.
DataSetPointer take_folds(const DataSetPointer& data, const FoldRange& folds);

/// The same images with the given classes in the given order, with ids 1..C; the data set itself if it has these
/// classes. Objects of other classes are removed and counted in `report.other_classes`. Throws UserError if the data
/// set has none of the classes.
DataSetPointer with_classes(const DataSetPointer& data, const std::vector<std::string>& class_names,
                            AnnotationReport& report);

}  // namespace intertwiner
