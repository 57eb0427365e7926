// The C interface (intertwiner.h) for C++17: objects that close themselves, and exceptions. Everything is in this
// header, so a program with another compiler or standard library than the library's can use it.
//
//   const intertwiner::Model model("best.safetensors");
//   for (const intertwiner::Detection& d : model.detect(intertwiner::encoded(jpeg_bytes)))
//     std::printf("%s %.2f\n", model.class_names()[d.class_index].c_str(), d.score);
//
// Every function throws intertwiner::Error if its call fails. A Model may be used by several threads at once. Do not
// include it together with headers of the C++ library (detector/detector.h), which has the same names.
#ifndef INTERTWINER_HPP
#define INTERTWINER_HPP

#include <intertwiner.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace intertwiner {

/// A call that failed: the library's words, and its status.
class Error : public std::runtime_error {
 public:
  explicit Error(intertwiner_status status) : std::runtime_error(intertwiner_last_error()), status_(status) {}
  intertwiner_status status() const noexcept { return status_; }

 private:
  intertwiner_status status_;
};

namespace detail {

inline void check(intertwiner_status status) {
  if (status != INTERTWINER_OK) throw Error(status);
}

}  // namespace detail

using Detection = intertwiner_detection;
using Image = intertwiner_image;

/// An image of pixels. `row_stride` 0: rows without gaps. The pixels must outlive the call that reads them.
inline Image pixels(const void* data, std::size_t byte_count, int width, int height, intertwiner_format format,
                    int row_stride = 0) {
  return {data, byte_count, format, width, height, row_stride};
}

/// An image in the bytes of a JPEG, PNG or BMP file, for example a std::string or std::vector<std::uint8_t>. They must
/// outlive the call that reads them.
template <class Bytes>
Image encoded(const Bytes& bytes) {
  static_assert(sizeof(bytes.data()[0]) == 1, "give bytes");
  return {bytes.data(), bytes.size(), INTERTWINER_ENCODED, 0, 0, 0};
}

/// intertwiner_options with its defaults.
struct Options : intertwiner_options {
  Options() : intertwiner_options() { detail::check(intertwiner_default_options(this, sizeof(intertwiner_options))); }
};

class Model {
 public:
  explicit Model(const std::string& file, const Options& options = {}) {
    intertwiner_model* model = nullptr;
    detail::check(intertwiner_open_file(file.c_str(), &options, &model));
    take(model);
  }
  /// A model in the bytes of its file, which are copied.
  Model(const void* bytes, std::size_t byte_count, const Options& options = {}) {
    intertwiner_model* model = nullptr;
    detail::check(intertwiner_open_memory(bytes, byte_count, &options, &model));
    take(model);
  }

  /// The detections in each image, highest score first.
  std::vector<std::vector<Detection>> detect(const std::vector<Image>& images) const {
    intertwiner_result* opened = nullptr;
    detail::check(intertwiner_detect(model_.get(), images.data(), images.size(), &opened));
    const std::unique_ptr<intertwiner_result, Closer> result(opened);
    std::vector<std::vector<Detection>> all(images.size());
    for (std::size_t i = 0; i < images.size(); ++i) {
      const Detection* first = nullptr;
      std::size_t count = 0;
      detail::check(intertwiner_detections(result.get(), i, &first, &count));
      all[i].assign(first, first + count);
    }
    return all;
  }
  std::vector<Detection> detect(const Image& image) const { return detect(std::vector<Image>{image}).front(); }

  /// A detection's class_index is a position in this list.
  const std::vector<std::string>& class_names() const noexcept { return class_names_; }
  void set_threads(int threads) { detail::check(intertwiner_set_threads(model_.get(), threads)); }
  intertwiner_model* get() const noexcept { return model_.get(); }

 private:
  struct Closer {
    void operator()(intertwiner_model* model) const noexcept { intertwiner_close(model); }
    void operator()(intertwiner_result* result) const noexcept { intertwiner_free_result(result); }
  };

  void take(intertwiner_model* model) {
    model_.reset(model);
    std::size_t count = 0;
    detail::check(intertwiner_class_count(model, &count));
    for (std::size_t i = 0; i < count; ++i) {
      const char* name = nullptr;
      detail::check(intertwiner_class_name(model, i, &name));
      class_names_.emplace_back(name);
    }
  }

  std::unique_ptr<intertwiner_model, Closer> model_;
  std::vector<std::string> class_names_;
};

/// The options of a training. Those that are empty have the library's defaults (intertwiner_train_options).
struct TrainOptions {
  std::string folder;
  std::vector<std::string> data, val_data;
  std::string preset;
  std::vector<std::pair<std::string, std::string>> settings;
  std::string weights;
  bool overwrite = false, resume = false;
  int device = INTERTWINER_CPU, threads = 0;
  /// Other fields of the C struct, such as split and eval_every.
  std::function<void(intertwiner_train_options&)> change;
};

/// Trains. Returns false if `should_continue` stopped the run, which was then saved. An exception of `should_continue`
/// stops the run too, and is thrown from here.
inline bool train(const TrainOptions& options,
                  const std::function<bool(const intertwiner_progress&)>& should_continue = nullptr) {
  intertwiner_train_options c;
  detail::check(intertwiner_default_train_options(&c, sizeof c));
  std::vector<const char*> data, val_data;
  for (const std::string& name : options.data) data.push_back(name.c_str());
  for (const std::string& name : options.val_data) val_data.push_back(name.c_str());
  std::vector<intertwiner_setting> settings;
  for (const auto& setting : options.settings) settings.push_back({setting.first.c_str(), setting.second.c_str()});
  c.folder = options.folder.c_str();
  c.overwrite = options.overwrite ? 1 : 0;
  c.resume = options.resume ? 1 : 0;
  c.data = data.empty() ? nullptr : data.data();
  c.data_count = data.size();
  c.val_data = val_data.empty() ? nullptr : val_data.data();
  c.val_data_count = val_data.size();
  if (!options.preset.empty()) c.preset = options.preset.c_str();
  c.settings = settings.empty() ? nullptr : settings.data();
  c.setting_count = settings.size();
  if (!options.weights.empty()) c.weights = options.weights.c_str();
  c.device = options.device;
  c.threads = options.threads;
  if (options.change) options.change(c);

  struct Call {
    const std::function<bool(const intertwiner_progress&)>& should_continue;
    std::exception_ptr error;
  } call{should_continue, nullptr};
  if (should_continue) {
    c.context = &call;
    c.progress = [](const intertwiner_progress* progress, void* context) -> int {
      Call& made = *static_cast<Call*>(context);
      try {
        return made.should_continue(*progress) ? 0 : 1;
      } catch (...) {
        made.error = std::current_exception();
        return 1;
      }
    };
  }
  const intertwiner_status status = intertwiner_train(&c);
  if (call.error) std::rethrow_exception(call.error);
  if (status == INTERTWINER_STOPPED) return false;
  detail::check(status);
  return true;
}

}  // namespace intertwiner

#endif
