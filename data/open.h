// Opens the data set that `--data` names:
//
//   scenes, scenes:500       the built-in scenes (scenes/open_scenes.h); write ./scenes for a folder of that name
//   FILE.json                a COCO file (formats/coco.h)
//   FILE.yaml                YOLO's data.yaml (formats/yolo.h)
//   a folder that has        annotations/instances*.json, train/_annotations.coco.json, train.json: COCO
//                            Annotations/*.xml or ImageSets/Main: Pascal VOC (formats/voc.h)
//                            data.yaml, or images/ and labels/: YOLO
//
// If a folder has several, the first in this order counts. `--split` names the split: "train" also means "train2017",
// and "val" means "valid" if that is what the data set has (formats/split_names.h). A split can be divided into folds,
// for example to validate on a tenth of it:
//
//   train                    the complete split
//   train:1/10               fold 1 of 10: of the images sorted by id, every tenth: 1, 11, 21, …
//   train:2-10/10            folds 2 to 10 of 10: all other images
#pragma once
#include <string>
#include <vector>

#include "data/file_data_set.h"
#include "data/join.h"

namespace intertwiner {

/// Opens a split or folds of it. If `class_names` is given, it lists the classes and their order; objects of other
/// classes are left out and counted in the report. Throws UserError if the path or the split is none of the above, and
/// as open_voc, open_coco and open_yolo do.
OpenedDataSet open_data_set(const std::string& spec, const std::string& split,
                            const std::vector<std::string>& class_names = {}, const ImageLimits& limits = {});

/// Names of the splits, sorted. Throws UserError if the path is missing or its layout is not known.
std::vector<std::string> list_splits(const std::string& spec);

/// True if open_data_set finds that split, or if the data set names it but lacks it, which open_data_set refuses.
/// Throws as list_splits does.
bool has_split(const std::string& spec, const std::string& split);

/// The split without its folds: "train" for "train:1/10".
std::string whole_split(const std::string& split);

}  // namespace intertwiner
