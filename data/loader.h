// The loader: threads that load images, resize them and collect them into batches before the training loop needs them.
//
// A batch depends only on (seed, step). An epoch sorts its images by a random key of (epoch, image); the augmentation
// is drawn from (epoch, image), and the short side from (step). So the batches are the same for any number of workers,
// and a loader that starts at step 1,000 gives the same batches as a loader that started at step 0.
//
// Loops of the workers run on the thread pool of the thread that made the loader.
//
//   Loader loader(data, {.batch_size = 8, .seed = 1, .workers = 2, .first_step = 1000});
//   for (int64_t step = 1000; step < total_steps; ++step) train_on(loader.next());
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "data/augment/augment_options.h"
#include "data/batch.h"
#include "data/data_set.h"

namespace intertwiner {

enum class LoaderOrder {
  shuffled,    ///< for training: endless epochs, each with its own order; a last batch that is not full is dropped
  sequential,  ///< for evaluation: one pass in order, nothing flipped; the last batch may be smaller
};

/// Each batch is cut into `count` equal parts, which are batches of their own. A loader gives the parts `first`,
/// `first` + `stride`, and so on: several processes with one loader each share the batches.
struct BatchParts {
  int64_t count = 1, first = 0, stride = 1;

  /// Parts of a batch that a loader gives.
  int64_t per_batch() const { return count / stride; }
};

struct LoaderOptions {
  int64_t batch_size = 8;
  BatchParts parts = {};
  uint64_t seed = 1;
  int64_t workers = 1;     ///< threads; 0: `next` loads the batch itself
  int64_t first_step = 0;  ///< step of the first batch
  InputSize input = {};
  std::vector<int64_t> short_sides = {};  ///< px; each batch draws one of them; empty: input.short_side
  double flip_probability = 0.5;
  AugmentOptions augment = {};          ///< needs shuffled order
  int64_t mosaic_end_step = INT64_MAX;  ///< from this step on, no batch has a mosaic
  double repeat_threshold = 0;          ///< of repeat-factor sampling (repeat_factors.h); 0: off
  bool skip_images_without_objects = false;
  LoaderOrder order = LoaderOrder::shuffled;
  int64_t prefetch = 4;         ///< how many batches may be loaded before `next` returns them
  Device device = Device::cpu;  ///< batches lie on the host, in memory that copies fast to it
  /// An image that cannot be loaded is left out of its batch, which may then be empty. Needs sequential order.
  bool leave_out_unreadable = false;
  int64_t cache_mb = 1024;  ///< memory for decoded images; once full, it keeps what it has; 0: none
};

class Loader {
 public:
  /// Throws UserError if an option is out of range, or if the images do not fill one batch.
  Loader(DataSetPointer data, LoaderOptions options);
  /// Stops the workers; each finishes the image that it is reading.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Returns the batch of the next step, or the next of its parts. If an image cannot be loaded, throws that error; the
  /// next call then returns the following batch. In sequential order, a part of the last batch may be empty; throws
  /// InternalError after the last batch.
  Batch next();

  /// Changes LoaderOptions::mosaic_end_step. Throws InternalError if `step` is one of the next `prefetch` steps, whose
  /// batches may have been loaded.
  void end_mosaic_at(int64_t step);

  /// Batches in one epoch.
  int64_t steps_per_epoch() const;
  /// Images of the data set, without skipped images; repeated images count once.
  int64_t image_count() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace intertwiner
