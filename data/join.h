// Several data sets as one, some of the images of one, and one with other classes.
//
//   join_data_sets({A, B}) with A's classes (cat, dog) and B's (bird, dog): classes cat, dog, bird; B's labels 1, 2
//   become 3, 2; B's images come after A's.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "data/data_set.h"
#include "data/formats/annotation_check.h"

namespace intertwiner {

/// All images of all data sets, in order. Classes are the union by name, in the order of their first appearance. Image
/// ids stay where no id occurs twice, else images are numbered 1, 2, …; category ids likewise stay where the data sets
/// agree on them, else classes are numbered 1..C. One data set is returned as it is. Throws InternalError for none.
DataSetPointer join_data_sets(const std::vector<DataSetPointer>& data_sets);

/// The `count` images with the lowest ids, in order of ids; all of them if there are fewer. Throws UserError unless
/// `count` is positive.
DataSetPointer take_first(const DataSetPointer& data, int64_t count);

/// Every `parts`-th image by id, from the first to the last of these parts, counted from 1: of ten parts, 1 to 1 are
/// images 1, 11, 21, …, and 2 to 10 all the others. Throws UserError where no image is left.
DataSetPointer take_parts(const DataSetPointer& data, int64_t first, int64_t last, int64_t parts);

/// The same images with these classes in this order, ids 1..C. Objects of other classes are left out and counted in
/// `report.other_classes`. Throws UserError where the data set has none of the classes.
DataSetPointer with_classes(const DataSetPointer& data, const std::vector<std::string>& class_names,
                            AnnotationReport& report);

}  // namespace intertwiner
