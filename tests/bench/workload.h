// The two things a detector does, as work to be timed: a training step on a batch, and the detection of one image.
//
// Images are noise with a grid of objects, already resized and normalised; weights are random, and the learning rate is
// so small that they stay as they are: every repetition does the same.
#pragma once
#include <functional>

#include "data/batch.h"
#include "detector/settings/settings.h"
#include "tests/bench/options.h"

namespace intertwiner::bench {

constexpr int64_t kObjects = 8, kClasses = 80;  ///< of every image; without background

/// The preset with what the options change.
Settings settings_of(const BenchOptions& options);

/// `images` squares of noise of the settings' size, with objects of 5% to 45% of the side.
Batch random_batch(const Settings& settings, int64_t images);

/// Each call is one step of a fresh model (forward, backward, clipping, SGD) on the same batch. On a GPU too it returns
/// when the step is done: it ends with the losses on the host.
std::function<void()> training_step(const Settings& settings, int64_t images, const Placement& where = {});

/// Each call finds the objects of a batch of images, and returns when they are on the host.
std::function<void()> detection(const Settings& settings, int64_t images = 1, const Placement& where = {});

}  // namespace intertwiner::bench
