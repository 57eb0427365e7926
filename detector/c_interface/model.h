// The objects behind the C interface's pointers.
#pragma once
#include <vector>

#include "data/images/image_io.h"
#include "detector/c_interface/intertwiner.h"
#include "detector/load_model.h"
#include "engine/backend/constant_weights.h"
#include "engine/parallel.h"

/// A model with all that its calls share. Calls on several threads read it at once.
struct intertwiner_model {
  intertwiner_model(intertwiner::ImageLimits image_limits, intertwiner::Device its_device, int thread_count)
      : limits(image_limits), device(its_device), threads(thread_count) {}

  intertwiner::LoadedModel loaded = {};
  const intertwiner::ImageLimits limits;
  const intertwiner::Device device;
  intertwiner::ThreadPool threads;
  intertwiner::PreparedWeights prepared = {};
};

/// The detections of each image.
struct intertwiner_result {
  std::vector<std::vector<intertwiner_detection>> images;
};
