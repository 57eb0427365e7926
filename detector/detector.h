// Includes all public headers for programs that train or detect. Example: train on a folder of images, then detect
// objects in one image:
//
//   using namespace intertwiner;
//   const RunData data = open_run_data({.specs = {"photos"}, .split = "train"}, {.specs = {}, .split = "val"});
//   TrainingRun run = TrainingRun::start({.folder = "run", .settings = preset("faster-rcnn-r18"), .data = data});
//   RunObserver observer;  // a derived class can show progress and stop the run (detector/training/run_observer.h)
//   run.train(observer);
//
//   const LoadedModel loaded = load_model("run/best.safetensors");
//   const auto found = detect(*loaded.model, loaded.settings, {load_image("photo.jpg")});
//   for (const Detection& object : found.front())
//     std::printf("%s %.2f\n", loaded.class_names[object.label - 1].c_str(), object.score);
//
// An error of the user throws a UserError, whose message is one line. apps/examples/train_and_detect.cpp is a complete
// program.
#pragma once

// Settings
#include "detector/settings/presets.h"
#include "detector/settings/settings.h"
#include "detector/settings/settings_check.h"
#include "detector/settings/settings_json.h"
#include "detector/settings/settings_table.h"
#include "detector/settings/settings_toml.h"

// Data sets and images
#include "data/data_selection.h"
#include "data/data_set.h"
#include "data/images/image_io.h"

// Training
#include "detector/training/training_run.h"

// Detection, on a GPU too. For many images, a thread keeps `const ConstantWeights constant;` alive, so that the weights
// are prepared only once.
#include "detector/detect.h"
#include "detector/load_model.h"
#include "detector/tiles.h"
#include "engine/backend/constant_weights.h"
#include "engine/backend/cuda_module.h"

// Evaluation
#include "detector/evaluation/coco_metrics.h"
#include "detector/evaluation/coco_results.h"
#include "detector/evaluation/evaluate.h"
#include "detector/evaluation/scored_files.h"
#include "detector/evaluation/voc_metrics.h"

// The paper's layers, for use in other networks
#include "engine/error.h"
#include "engine/parallel.h"
#include "layers/feature_intertwiner.h"
#include "layers/optimal_transport.h"
