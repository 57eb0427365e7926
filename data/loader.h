// Keeps a training loop fed: threads that load, resize and collect images into batches ahead of the step that needs
// them.
//
// What a step sees is a function of (seed, step) alone: the epoch's order is the images sorted by a random key of
// (epoch, image), a flip is drawn from (epoch, image), and of several short sides one from (step). So batches are the
// same for any number of workers, and a loader that starts at step 1,000 gives what one that started at 0 gives there.
//
//   Loader loader(data, {.batch_size = 8, .seed = 1, .workers = 2, .first_step = 1000});
//   for (int64_t step = 1000; step < total_steps; ++step) train_on(loader.next());
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "data/batch.h"
#include "data/data_set.h"

namespace intertwiner {

enum class LoaderOrder {
  shuffled,    ///< for training: endless epochs, each in an order of its own, without its last short batch
  sequential,  ///< for evaluation: once through the data set, last short batch included, nothing flipped
};

struct LoaderOptions {
  int64_t batch_size = 8;
  uint64_t seed = 1;
  int64_t workers = 1;     ///< threads; 0: `next` does the work itself
  int64_t first_step = 0;  ///< step of the first batch
  InputSize input = {};
  std::vector<int64_t> short_sides = {};  ///< px; each batch's is drawn from these, none: input's
  double flip_probability = 0.5;
  bool skip_images_without_objects = false;
  LoaderOrder order = LoaderOrder::shuffled;
  int64_t prefetch = 4;         ///< batches that may be ready or under way ahead of `next`
  Device device = Device::cpu;  ///< what the batches are for: they lie where copies to it start soonest
  int64_t cache_mb = 1024;      ///< memory for decoded images, filled once in the order they come; 0: none
};

class Loader {
 public:
  /// Throws UserError where a number is out of range or the images do not fill one batch.
  Loader(DataSetPointer data, LoaderOptions options);
  /// Stops the workers after the image each is reading.
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// The batch of the next step. Throws what loading one of its images threw (the next call goes on with the step
  /// after), and InternalError beyond the end of a sequential order.
  Batch next();

  /// Batches in one pass over the images.
  int64_t steps_per_epoch() const;
  /// Images that take part: those of the data set, without those that are skipped.
  int64_t image_count() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace intertwiner
