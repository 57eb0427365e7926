// The detections in a batch of an evaluation. Processes share the batches of an evaluation, and then send each other
// what they have found.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "detector/detections.h"
#include "engine/communication/communicator.h"

namespace intertwiner {

struct EvaluatedBatch {
  std::vector<int64_t> indices;               ///< of the images in the data set
  std::vector<std::vector<Detection>> found;  ///< in these images
  std::vector<std::string> unreadable;        ///< why other images could not be read
};

/// All processes' batches. Each process gives equally many; the first ones come first, and of these that of process 0.
std::vector<EvaluatedBatch> gather_batches(Communicator& processes, std::vector<EvaluatedBatch> own);

}  // namespace intertwiner
