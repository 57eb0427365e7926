// Models of the C interface: open, read, close, detect.
#include "detector/c_interface/model.h"

#include <memory>
#include <string>

#include "detector/c_interface/call.h"
#include "detector/c_interface/device.h"
#include "detector/c_interface/images.h"
#include "detector/detect.h"

using namespace intertwiner;
using namespace intertwiner::c_interface;

namespace {

constexpr size_t kFirstOptions = offsetof(intertwiner_options, max_pixels) + sizeof(int64_t);
constexpr int64_t kMaxDetections = 100'000;
constexpr size_t kMaxImages = size_t{1} << 20;

intertwiner_options default_options() {
  return {.size = sizeof(intertwiner_options),
          .device = INTERTWINER_CPU,
          .threads = 0,
          .score = -1,
          .nms = -1,
          .max_detections = 0,
          .max_pixels = ImageLimits{}.max_pixels};
}

void change_settings(DetectSettings& settings, const intertwiner_options& options) {
  const auto is_share = [](double value) { return value >= 0 && value <= 1; };  // false for NaN
  require(options.score == -1 || is_share(options.score), "the option score is not in 0..1");
  require(options.nms == -1 || is_share(options.nms), "the option nms is not in 0..1");
  require(options.max_detections >= 0 && options.max_detections <= kMaxDetections,
          "the option max_detections is not in 0..100000");
  if (options.score != -1) settings.score = options.score;
  if (options.nms != -1) settings.nms = options.nms;
  if (options.max_detections > 0) settings.detections = options.max_detections;
}

/// Opens the model that `load(device)` loads.
template <class Load>
intertwiner_status open(const intertwiner_options* given, intertwiner_model** model, const Load& load) {
  return call([&] {
    require(model, "the place for the model is a null pointer");
    *model = nullptr;
    require_processor();
    const intertwiner_options options =
        given ? read_struct(given, default_options(), kFirstOptions) : default_options();
    require(options.max_pixels > 0, "the option max_pixels is not positive");
    const Device device = device_of(options.device);
    DetectSettings unused;
    change_settings(unused, options);  // before anything is loaded
    const auto lock = lock_device(device);
    open_device(device);
    auto opened =
        std::make_unique<intertwiner_model>(ImageLimits{options.max_pixels}, device, threads_of(options.threads));
    const UseThreadPool use(opened->threads);
    opened->loaded = load(device);
    change_settings(opened->loaded.settings.detect, options);
    *model = opened.release();
    return INTERTWINER_OK;
  });
}

/// `name` as a prefix of messages; the only image of a call has no number.
std::string image_name(size_t index, size_t count) {
  return count == 1 ? "the image" : "image " + std::to_string(index);
}

std::vector<intertwiner_detection> detect_in(intertwiner_model& model, const intertwiner_image& image,
                                             const std::string& name) {
  const ConstantWeights constant(model.prepared);
  std::vector<Image> images(1);
  images[0] = read_image(image, name, model.limits);
  const std::vector<std::vector<Detection>> found = detect(*model.loaded.model, model.loaded.settings, images);
  std::vector<intertwiner_detection> result;
  for (const Detection& d : found.front())
    result.push_back({d.box.x1, d.box.y1, d.box.x2, d.box.y2, d.score, d.label - 1});
  return result;
}

}  // namespace

intertwiner_status intertwiner_default_options(intertwiner_options* options, size_t size) {
  return call([&] {
    write_struct(options, size, default_options(), kFirstOptions);
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_open_file(const char* path, const intertwiner_options* options,
                                         intertwiner_model** model) {
  return open(options, model, [&](Device device) {
    require(path, "the path is a null pointer");
    return load_model(path, device);
  });
}

intertwiner_status intertwiner_open_memory(const void* bytes, size_t byte_count, const intertwiner_options* options,
                                           intertwiner_model** model) {
  return open(options, model, [&](Device device) {
    require(bytes, "the bytes are a null pointer");
    return parse_model({static_cast<const char*>(bytes), byte_count}, "the model in memory", device);
  });
}

intertwiner_status intertwiner_close(intertwiner_model* model) {
  return call([&] {
    const auto lock = lock_device(model ? model->device : Device::cpu);
    delete model;
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_set_threads(intertwiner_model* model, int32_t threads) {
  return call([&] {
    require(model, "the model is a null pointer");
    model->threads.resize(threads_of(threads));
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_class_count(const intertwiner_model* model, size_t* count) {
  return call([&] {
    require(count, "the place for the number of classes is a null pointer");
    *count = 0;
    require(model, "the model is a null pointer");
    *count = model->loaded.class_names.size();
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_class_name(const intertwiner_model* model, size_t class_index, const char** name) {
  return call([&] {
    require(name, "the place for the name is a null pointer");
    *name = nullptr;
    require(model, "the model is a null pointer");
    require(class_index < model->loaded.class_names.size(), "the model has no class of this number");
    *name = model->loaded.class_names[class_index].c_str();
    return INTERTWINER_OK;
  });
}

// Each image is computed alone: in a batch its sums could have another order, and so other last bits. As many images as
// there are threads are computed at once, each on one thread; this is faster than one image on all threads. The images
// that are left over at the end use all threads, one after the other.
intertwiner_status intertwiner_detect(intertwiner_model* model, const intertwiner_image* images, size_t count,
                                      intertwiner_result** result) {
  return call([&] {
    require(result, "the place for the result is a null pointer");
    *result = nullptr;
    require(model, "the model is a null pointer");
    require(images || count == 0, "the images are a null pointer");
    require(count <= kMaxImages, "a batch has at most 1048576 images");
    for (size_t i = 0; i < count; ++i) check_image(images[i], image_name(i, count), model->limits);

    const auto lock = lock_device(model->device);
    const UseThreadPool use(model->threads);
    auto found = std::make_unique<intertwiner_result>();
    found->images.resize(count);
    const auto detect_image = [&](int64_t i) {
      const auto index = static_cast<size_t>(i);
      found->images[index] = detect_in(*model, images[index], image_name(index, count));
    };
    const int64_t total = static_cast<int64_t>(count), threads = thread_count();  // another call may change it
    const int64_t at_once = model->device == Device::cpu ? total / threads * threads : 0;
    parallel_for(at_once, detect_image);
    for (int64_t i = at_once; i < total; ++i) detect_image(i);
    *result = found.release();
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_detections(const intertwiner_result* result, size_t image_index,
                                          const intertwiner_detection** detections, size_t* count) {
  return call([&] {
    if (detections) *detections = nullptr;
    if (count) *count = 0;
    require(detections && count, "the place for the detections is a null pointer");
    require(result, "the result is a null pointer");
    require(image_index < result->images.size(), "the result has no image of this number");
    *detections = result->images[image_index].data();
    *count = result->images[image_index].size();
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_free_result(intertwiner_result* result) {
  delete result;
  return INTERTWINER_OK;
}
