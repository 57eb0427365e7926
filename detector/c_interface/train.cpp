// Training through the C interface.
#include <locale.h>
#include <signal.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <string>
#include <vector>

#include "detector/c_interface/call.h"
#include "detector/c_interface/device.h"
#include "detector/settings/augment_levels.h"
#include "detector/settings/presets.h"
#include "detector/settings/settings_check.h"
#include "detector/settings/settings_table.h"
#include "detector/training/training_run.h"
#include "engine/parallel.h"

using namespace intertwiner;
using namespace intertwiner::c_interface;

namespace {

constexpr size_t kFirstOptions = offsetof(intertwiner_train_options, context) + sizeof(void*);

intertwiner_train_options default_options() {
  intertwiner_train_options options{};
  options.size = sizeof options;
  options.split = "train";
  options.val_split = "val";
  options.max_pixels = ImageLimits{}.max_pixels;
  options.preset = kDefaultPreset;
  options.eval_every = kEvaluationByCost;
  return options;
}

/// While it exists, a file that grows beyond the process's limit of file sizes is an error of write(), and no SIGXFSZ
/// ends the process.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~NoFileSizeSignal() {
    const timespec no_time{};
    if (sigismember(&before_, SIGXFSZ) == 0) sigtimedwait(&signal_, nullptr, &no_time);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;

 private:
  sigset_t signal_{}, before_{};
};

thread_local bool is_training = false;

/// Marks that this thread trains: a progress function must not train.
class OneTraining {
 public:
  OneTraining() {
    require(!is_training, "a progress function must not train");
    is_training = true;
  }
  ~OneTraining() { is_training = false; }
  OneTraining(const OneTraining&) = delete;
  OneTraining& operator=(const OneTraining&) = delete;
};

/// Gives the events of a run to the caller's function.
class CallingObserver : public RunObserver {
 public:
  CallingObserver(const intertwiner_train_options& options, locale_t locale) : options_(options), locale_(locale) {}

  void on_step(const StepProgress& p) override {
    intertwiner_progress progress = event(INTERTWINER_STEP);
    progress.step = p.step;
    progress.total_steps = p.total_steps;
    progress.epoch = p.epoch;
    progress.loss = p.report.total;
    progress.seconds = p.seconds;
    give(progress);
  }
  void on_evaluating(int64_t done, int64_t images) override {
    intertwiner_progress progress = event(INTERTWINER_EVALUATING);
    progress.images_done = done;
    progress.images = images;
    give(progress);
  }
  void on_evaluation(const EvaluationProgress& p) override {
    intertwiner_progress progress = event(INTERTWINER_EVALUATION);
    progress.step = p.step;
    progress.epoch = p.epoch;
    progress.ap = p.metrics.ap;
    progress.ap50 = p.metrics.ap50;
    progress.is_best = p.is_best ? 1 : 0;
    give(progress);
  }
  void on_message(const std::string& text) override {
    intertwiner_progress progress = event(INTERTWINER_MESSAGE);
    progress.message = text.c_str();
    give(progress);
  }
  bool should_continue() override { return !stopped_; }

 private:
  static intertwiner_progress event(intertwiner_event kind) {
    intertwiner_progress progress{};
    progress.size = sizeof progress;
    progress.event = kind;
    return progress;
  }

  /// The caller's function runs in the caller's locale.
  void give(const intertwiner_progress& progress) {
    if (!options_.progress || stopped_) return;
    const locale_t mine = uselocale(locale_);
    stopped_ = options_.progress(&progress, options_.context) != 0;
    uselocale(mine);
  }

  const intertwiner_train_options& options_;
  const locale_t locale_;
  bool stopped_ = false;
};

std::vector<std::string> texts(const char* const* list, size_t count, const char* message) {
  constexpr size_t kMaxTexts = 10'000;
  require(list || count == 0, message);
  require(count <= kMaxTexts, "there are more than 10,000 entries of data");
  for (size_t i = 0; i < count; ++i) require(list[i], message);
  return {list, list + count};
}

/// As on the command line: of epochs, minutes and steps the one that is given replaces the preset's.
Settings settings_of(const intertwiner_train_options& options) {
  require(options.preset, "the preset is a null pointer");
  require(options.settings || options.setting_count == 0, "the settings are a null pointer");
  const Settings usual = preset(options.preset);
  Settings settings = usual;
  const std::vector<SettingEntry> entries = describe_settings(settings);
  int lengths = 0;
  for (size_t i = 0; i < options.setting_count; ++i) {
    require(options.settings[i].name && options.settings[i].value, "a setting has a null pointer");
    const std::string name = options.settings[i].name;
    if (name == "epochs" || name == "minutes" || name == "steps") ++lengths;
  }
  require(lengths <= 1, "epochs, minutes and steps exclude each other; give one of them");
  if (lengths == 1) settings.train.minutes = settings.train.steps = 0;
  std::vector<intertwiner_setting> given(options.settings, options.settings + options.setting_count);
  const auto is_level = [](const intertwiner_setting& setting) { return std::string(setting.name) == kAugmentName; };
  std::stable_partition(given.begin(), given.end(), is_level);  // before its pieces, which win
  for (const intertwiner_setting& setting : given) {
    const auto entry =
        std::find_if(entries.begin(), entries.end(), [&](const SettingEntry& e) { return e.name == setting.name; });
    if (entry == entries.end())
      throw InvalidArgument("there is no setting '" + std::string(setting.name) + "'; apps/settings.md lists them");
    set_value(*entry, setting.value);
    if (is_level(setting)) use_augment_level(settings.augment, settings.augment.level);
  }
  std::vector<std::string> names;
  for (const intertwiner_setting& setting : given) names.push_back(setting.name);
  check_learning_rate(usual, settings, names);
  reset_unread(settings, names);
  return settings;
}

TrainingRun start(const intertwiner_train_options& options, Device device, double started) {
  const Settings settings = settings_of(options);
  require(options.split && options.val_split, "a split is a null pointer");
  require(options.data_count > 0, "there is no data to train on");
  require(options.eval_every == kEvaluationByCost || (options.eval_every >= 0 && std::isfinite(options.eval_every)),
          "the option eval_every is neither -1 nor a number of epochs");
  const ImageLimits limits{options.max_pixels};
  const DataSelection train{.specs = texts(options.data, options.data_count, "the data has a null pointer"),
                            .split = options.split,
                            .images = limits};
  const DataSelection val{.specs = texts(options.val_data, options.val_data_count, "the val_data has a null pointer"),
                          .split = options.val_split,
                          .images = limits};
  const std::string weights = options.weights ? options.weights : "";
  TrainingRun run = TrainingRun::start({.folder = options.folder,
                                        .settings = settings,
                                        .data = open_run_data(train, val),
                                        .eval_every = options.eval_every,
                                        .where = device,
                                        .overwrite = options.overwrite != 0,
                                        .inputs = {weights},
                                        .started = started});
  if (!weights.empty()) run.initialise_from(weights);
  return run;
}

TrainingRun resume(const intertwiner_train_options& options, Device device, double started) {
  require(!options.data && !options.val_data && !options.settings && !options.weights,
          "a resumed run has its own data, settings and weights; leave these options null");
  return TrainingRun::resume(options.folder, {.where = device, .started = started});
}

}  // namespace

intertwiner_status intertwiner_default_train_options(intertwiner_train_options* options, size_t size) {
  return call([&] {
    write_struct(options, size, default_options(), kFirstOptions);
    return INTERTWINER_OK;
  });
}

intertwiner_status intertwiner_train(const intertwiner_train_options* given) {
  const locale_t locale = uselocale(nullptr);
  return call([&] {
    const double started = now_seconds();
    require_processor();
    const intertwiner_train_options options = read_struct(given, default_options(), kFirstOptions);
    require(options.folder, "the folder of the run is a null pointer");
    require(options.resume || options.max_pixels > 0, "the option max_pixels is not positive");
    const Device device = device_of(options.device);
    const OneTraining one;
    const NoFileSizeSignal no_signal;
    const auto lock = lock_device(device);
    open_device(device);
    ThreadPool threads(threads_of(options.threads));
    const UseThreadPool use(threads);
    TrainingRun run = options.resume ? resume(options, device, started) : start(options, device, started);
    CallingObserver observer(options, locale);
    return run.train(observer) == RunEnd::stopped ? INTERTWINER_STOPPED : INTERTWINER_OK;
  });
}
