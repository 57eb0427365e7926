#include "data/loader.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "data/augment/augment.h"
#include "data/repeat_factors.h"
#include "data/shuffle.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/philox.h"

namespace intertwiner {
namespace {

/// Keeps decoded images until its memory is full. Decoding a JPEG takes more time than everything else in a worker.
class ImageCache {
 public:
  ImageCache(DataSetPointer data, int64_t limit_bytes)
      : data_(std::move(data)), images_(static_cast<size_t>(data_->size())), room_bytes_(limit_bytes) {}

  std::shared_ptr<const Image> load(int64_t index) {
    std::shared_ptr<const Image>& kept = images_[static_cast<size_t>(index)];
    {
      const std::lock_guard lock(mutex_);
      if (kept) return kept;
    }
    auto image = std::make_shared<const Image>(data_->load(index));
    const int64_t bytes = static_cast<int64_t>(image->rgb.size());
    const std::lock_guard lock(mutex_);
    if (!kept && bytes <= room_bytes_) {
      kept = image;
      room_bytes_ -= bytes;
    }
    return image;
  }

 private:
  DataSetPointer data_;
  std::vector<std::shared_ptr<const Image>> images_;
  int64_t room_bytes_;
  std::mutex mutex_;
};

void check(const LoaderOptions& options) {
  const auto require = [](bool good, const char* message) {
    if (!good) throw UserError(message);
  };
  require(options.batch_size >= 1, "a batch must hold at least one image");
  const BatchParts& parts = options.parts;
  require(parts.count >= 1 && options.batch_size % parts.count == 0, "a batch must have equal parts");
  require(parts.stride >= 1 && parts.count % parts.stride == 0 && parts.first >= 0 && parts.first < parts.stride,
          "the parts of a batch must be shared equally");
  require(options.workers >= 0, "the number of loader workers must not be negative");
  require(options.first_step >= 0, "the first step must not be negative");
  require(options.prefetch >= 1, "at least one batch must be loaded ahead");
  require(options.cache_mb >= 0, "the memory for decoded images must not be negative");
  require(options.short_sides.empty() || (options.input.image_size == 0 && options.order == LoaderOrder::shuffled),
          "several short sides need image size 0 and shuffled order");
  require(!options.leave_out_unreadable || options.order == LoaderOrder::sequential,
          "images can be left out in sequential order only");
  require(options.flip_probability >= 0 && options.flip_probability <= 1, "the probability of a flip must be in 0..1");
  require(options.repeat_threshold >= 0 && options.repeat_threshold <= 1, "the repeat threshold must be in 0..1");
  const bool is_plain = !options.augment.any() && options.repeat_threshold == 0;
  require(is_plain || options.order == LoaderOrder::shuffled, "augmented and repeated images need shuffled order");
  check_augmentation(options.augment);
}

}  // namespace

struct Loader::State {
  State(DataSetPointer data_set, LoaderOptions loader_options)
      : data(std::move(data_set)),
        options(loader_options),
        cache(data, loader_options.cache_mb << 20),
        results(static_cast<size_t>(loader_options.prefetch)) {
    int64_t max_objects = 0;
    for (int64_t i = 0; i < data->size(); ++i) {
      const int64_t objects = static_cast<int64_t>(training_annotations(data->record(i)).size());
      max_objects = std::max(max_objects, objects);
      if (objects > 0 || !options.skip_images_without_objects) images.push_back(i);
    }
    if (options.repeat_threshold > 0) factors = repeat_factors(*data, images, options.repeat_threshold);
    mosaic_end_step = options.mosaic_end_step;
    if (options.augment.mosaic > 0) max_objects *= 4;  // a mosaic can show an image four times
    capacity = object_capacity(max_objects);
    next_delivered = next_taken = options.first_step * options.parts.per_batch();
  }

  ~State() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    room.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  bool endless() const { return options.order == LoaderOrder::shuffled; }

  int64_t steps_per_epoch() const {
    const auto count = static_cast<int64_t>(factors.empty() ? static_cast<double>(images.size())
                                                            : std::accumulate(factors.begin(), factors.end(), 0.0));
    return (endless() ? count : count + options.batch_size - 1) / options.batch_size;
  }

  int64_t step_of(int64_t place) const { return place / options.parts.per_batch(); }

  bool exists(int64_t place) const { return endless() || step_of(place) < steps_per_epoch(); }

  std::vector<Occurrence> make_order(int64_t epoch) const {
    if (!endless()) return images;
    return shuffled(factors.empty() ? images : repeated(images, factors, options.seed, epoch), options.seed, epoch);
  }

  std::shared_ptr<const std::vector<Occurrence>> order_of(int64_t epoch) {
    const std::lock_guard lock(order_mutex);
    std::shared_ptr<const std::vector<Occurrence>>& order = orders[epoch];
    if (!order) order = std::make_shared<const std::vector<Occurrence>>(make_order(epoch));
    const auto result = order;
    while (orders.size() > 2) orders.erase(orders.begin());  // workers need at most two epochs: this one and the next
    return result;
  }

  /// The input size of a step: the size in the options, with a short side drawn for the batch if there are several.
  InputSize size_of(int64_t step) const {
    InputSize size = options.input;
    if (options.short_sides.empty()) return size;
    const uint32_t word = Philox(options.seed, Purpose::image_scale).word(static_cast<uint64_t>(step));
    size.short_side = options.short_sides[word % options.short_sides.size()];
    return size;
  }

  /// An image with its record.
  AugmentSource source_of(int64_t index) {
    const AugmentSource source = {cache.load(index), &data->record(index)};
    const Image& image = *source.image;
    const ImageRecord& record = *source.record;
    if (image.width != record.width || image.height != record.height)
      throw UserError(record.name + ": has " + to_string(Shape{image.width, image.height}) +
                      " pixels, but its record says " + to_string(Shape{record.width, record.height}) +
                      "; correct the data set");
    return source;
  }

  BatchItem item_of(Occurrence occurrence, int64_t epoch, const InputSize& size, bool may_be_mosaic) {
    const int64_t index = image_of(occurrence);
    const AugmentRandom random(options.seed, epoch, occurrence);
    const bool flip = endless() && draw_flip(options.flip_probability, random);
    const AugmentSource own = source_of(index);
    BatchItem item{own.image, own.record, index, flip};
    if (!options.augment.any()) return item;
    std::vector<AugmentSource> sources = {own};
    if (may_be_mosaic) {
      for (const int64_t other : draw_mosaic(options.augment, random, static_cast<int64_t>(images.size()))) {
        sources.push_back(source_of(images[static_cast<size_t>(other)]));
      }
    }
    item.augmented = augment(sources, size, options.augment, random, flip);
    return item;
  }

  /// Loads the batch, or part of a batch, that `next` returns at this place; std::nullopt if the loader is stopped
  /// meanwhile.
  std::optional<Batch> load(int64_t place) {
    const BatchParts& parts = options.parts;
    const int64_t step = step_of(place), epoch = step / steps_per_epoch();
    const auto order = order_of(epoch);
    const int64_t part = parts.first + place % parts.per_batch() * parts.stride,
                  size_of_part = options.batch_size / parts.count;
    const int64_t begin = step % steps_per_epoch() * options.batch_size + part * size_of_part;
    const int64_t end = std::min(begin + size_of_part, static_cast<int64_t>(order->size()));
    const InputSize size = size_of(step);
    std::vector<BatchItem> items;
    std::vector<std::string> unreadable;
    for (int64_t i = begin; i < end; ++i) {
      if (stopping) return std::nullopt;
      try {
        items.push_back(item_of((*order)[static_cast<size_t>(i)], epoch, size, step < mosaic_end_step));
      } catch (const UserError& error) {
        if (!options.leave_out_unreadable) throw;
        unreadable.push_back(error.what());
      }
    }
    Batch batch;
    if (!items.empty()) batch = make_batch(items, size, capacity, options.device);
    batch.unreadable = std::move(unreadable);
    return batch;
  }

  void work() {
    std::unique_lock lock(mutex);
    while (true) {
      room.wait(lock,
                [&] { return stopping || (next_taken < next_delivered + options.prefetch && exists(next_taken)); });
      if (stopping) return;
      const int64_t place = next_taken++;
      lock.unlock();
      Result result;
      try {
        std::optional<Batch> batch = load(place);
        if (batch) result.batch = std::move(*batch);
      } catch (...) {
        result.error = std::current_exception();
      }
      lock.lock();
      result_of(place) = std::move(result);
      ready.notify_all();
    }
  }

  /// If the system refuses a thread, those that there are load all batches; without any, next() loads them.
  void start() {
    try {
      for (int64_t i = 0; i < options.workers; ++i)
        threads.emplace_back([this, &pool = thread_pool()] {
          const UseThreadPool use(pool);
          work();
        });
    } catch (const std::system_error&) {
    }
  }

  struct Result {
    Batch batch;
    std::exception_ptr error;
  };

  std::optional<Result>& result_of(int64_t place) { return results[static_cast<size_t>(place % options.prefetch)]; }

  const DataSetPointer data;
  const LoaderOptions options;
  ImageCache cache;
  std::vector<int64_t> images;  ///< indices of the images that are not skipped
  std::vector<double> factors;  ///< repeat factors of `images`; empty: no image is repeated
  int64_t capacity = 0;         ///< objects per image, the same in every batch
  std::atomic<int64_t> mosaic_end_step = 0;

  std::mutex order_mutex;
  std::map<int64_t, std::shared_ptr<const std::vector<Occurrence>>> orders;  ///< by epoch

  std::mutex mutex;                     ///< guards everything below
  std::condition_variable ready, room;  ///< a batch was loaded; `next` took a batch
  /// One place for each batch that may be loaded ahead, so a worker that has loaded one needs no memory to store it.
  std::vector<std::optional<Result>> results;
  int64_t next_taken = 0;      ///< what the next free worker loads: a step, or step · parts per batch + the part
  int64_t next_delivered = 0;  ///< what next() returns
  std::atomic<bool> stopping = false;
  std::vector<std::thread> threads;
};

Loader::Loader(DataSetPointer data, LoaderOptions options) {
  check(options);
  state_ = std::make_unique<State>(std::move(data), options);
  const int64_t count = image_count();
  if (state_->endless() && count < options.batch_size) {
    throw UserError("the data set has " + std::to_string(count) + " images to train on, but a batch needs " +
                    std::to_string(options.batch_size) + "; use smaller batches or add images");
  }
  state_->start();
}

Loader::~Loader() = default;

Batch Loader::next() {
  State& state = *state_;
  const int64_t place = state.next_delivered;
  if (!state.exists(place)) throw InternalError("Loader::next: called after the last batch");
  if (state.threads.empty()) {
    ++state.next_delivered;
    return *state.load(place);
  }
  std::unique_lock lock(state.mutex);
  state.ready.wait(lock, [&] { return state.result_of(place).has_value(); });
  State::Result result = std::move(*state.result_of(place));
  state.result_of(place).reset();
  ++state.next_delivered;
  state.room.notify_all();
  lock.unlock();
  if (result.error) std::rethrow_exception(result.error);
  return std::move(result.batch);
}

void Loader::end_mosaic_at(int64_t step) {
  const int64_t first = step * state_->options.parts.per_batch();
  if (first < state_->next_delivered + state_->options.prefetch)
    throw InternalError("Loader::end_mosaic_at: step " + std::to_string(step) + " may have been loaded");
  state_->mosaic_end_step = step;
}

int64_t Loader::steps_per_epoch() const { return state_->steps_per_epoch(); }

int64_t Loader::image_count() const { return static_cast<int64_t>(state_->images.size()); }

}  // namespace intertwiner
