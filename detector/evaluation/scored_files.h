// A results file and an annotation file of COCO as the input of an evaluation: scores are computed without a model and
// without images. Numbers stay as the files have them, and the rules are those of pycocotools (loadRes, COCOeval):
//
//   - images and categories are those that the annotation file lists; everything else is left out
//   - the area of a detection is width · height, also if both are negative
//   - of annotations with the same id each counts as the last of them
//
// Where pycocotools ends with an error but the files can be scored, a note says what was done.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/formats/coco_json.h"
#include "detector/evaluation/coco_results.h"
#include "detector/evaluation/evaluation_input.h"

namespace intertwiner {

struct ScoredFiles {
  EvaluationInput input;              ///< images by rising id, classes by rising category id
  std::vector<int64_t> category_ids;  ///< of classes 1..C
  std::vector<std::string> notes;     ///< what is unusual in the files, a sentence each
};

/// Throws UserError if a file cannot be read or is not of its format, or if no detection is of a listed image.
ScoredFiles read_scored_files(const std::filesystem::path& results, const std::filesystem::path& annotations);

/// The same for files that were read.
ScoredFiles scored_input(const std::vector<CocoResult>& results, const CocoFile& annotations);

}  // namespace intertwiner
