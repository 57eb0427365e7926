// The work that is timed: a training step on a batch, and a detection.
//
// Images are noise with random objects, already resized and normalised. Weights are random, and the learning rate is so
// small that they hardly change, so every repetition does the same work.
#pragma once
#include <functional>
#include <memory>

#include "data/batch.h"
#include "detector/settings/settings.h"
#include "detector/training/trainer.h"
#include "tests/bench/options.h"

namespace intertwiner::bench {

constexpr int64_t kObjects = 8, kClasses = 80;  ///< objects per image; classes without background

/// The preset with the changes in the options.
Settings settings_of(const BenchOptions& options);

/// A batch of `images` square images of noise, with objects of 5% to 45% of the side.
Batch random_batch(const Settings& settings, int64_t images);

/// A trainer with random weights. `processes` share its steps; null: this process alone.
std::shared_ptr<Trainer> random_trainer(const Settings& settings, const Placement& where,
                                        std::shared_ptr<Communicator> processes = nullptr);

/// Makes a model; each call of the result is one training step (forward, backward, clipping, SGD) on the same batch.
/// The call returns when the losses are on the host, also on a GPU.
std::function<void()> training_step(const Settings& settings, int64_t images, const Placement& where = {});

/// Makes a model; each call of the result detects objects in the same batch and returns when they are on the host.
std::function<void()> detection(const Settings& settings, int64_t images = 1, const Placement& where = {});

}  // namespace intertwiner::bench
