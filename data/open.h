// What `--data` may name, and how it is opened:
//
//   scenes, scenes:500       the built-in generator (open_scenes.h); a folder of this name is ./scenes
//   FILE.json                a COCO file (coco.h)
//   a folder that has        annotations/instances*.json: COCO
//                            Annotations/*.xml or ImageSets/Main: Pascal VOC (voc.h)
//
// and `--split`, with which images can be held back where the data set has no split to validate on:
//
//   train                    as the data set has it
//   train:1/10               of its images by id, dealt to ten parts in turn, the first part: images 1, 11, 21, …
//   train:2-10/10            the other nine parts
#pragma once
#include <string>
#include <vector>

#include "data/file_data_set.h"
#include "data/join.h"

namespace intertwiner {

/// Opens one split, or parts of it. With `class_names`, these are the classes in this order, and objects of others are
/// left out and counted. Throws UserError for a path or a split that is none of the above, and as open_voc and
/// open_coco.
OpenedDataSet open_data_set(const std::string& spec, const std::string& split,
                            const std::vector<std::string>& class_names = {});

/// Splits by name, sorted. Throws UserError for a path that is missing or of no known layout.
std::vector<std::string> list_splits(const std::string& spec);

/// True where open_data_set would find that split ("val" for COCO's "val2017" too). Throws as list_splits.
bool has_split(const std::string& spec, const std::string& split);

/// "train" of "train:1/10".
std::string whole_split(const std::string& split);

}  // namespace intertwiner
