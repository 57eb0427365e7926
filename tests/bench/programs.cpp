// Measures what surrounds the network: the loader, the scoring of detections, and the time from the start of a program
// to its first box.
#include <fstream>
#include <numeric>
#include <optional>

#include "data/images/image_io.h"
#include "data/loader.h"
#include "data/open.h"
#include "detector/detect.h"
#include "detector/evaluation/coco_metrics.h"
#include "detector/training/trainer.h"
#include "engine/error.h"
#include "engine/parallel.h"
#include "engine/philox.h"
#include "tests/bench/benchmarks.h"
#include "tests/bench/child.h"
#include "tests/bench/pytorch.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"
#include "tests/temporary_folder.h"

namespace intertwiner::bench {
namespace {

/// Images with random annotations and without pixels.
class SyntheticSet final : public DataSet {
 public:
  SyntheticSet(int64_t images, int64_t classes) : ids_(static_cast<size_t>(classes)) {
    std::iota(ids_.begin(), ids_.end(), 1);
    for (const int64_t id : ids_) names_.push_back(std::to_string(id));
    const Philox random(3, Purpose::tests);
    for (int64_t n = 0; n < images; ++n) {
      ImageRecord record{"image " + std::to_string(n), n, 640, 480, {}};
      for (int64_t g = 0; g < kObjects; ++g) {
        const auto u = [&](uint32_t part) { return random.uniform(static_cast<uint64_t>(n * kObjects + g), part); };
        const float width = 8 + 200 * u(0) * u(1), height = 8 + 200 * u(0) * u(2), x = u(3) * (640 - width),
                    y = u(4) * (480 - height);
        const int label = 1 + static_cast<int>(u(5) * static_cast<float>(classes));
        record.annotations.push_back({{x, y, x + width, y + height}, label, false, width * height});
      }
      records_.push_back(std::move(record));
    }
  }
  const std::vector<std::string>& class_names() const override { return names_; }
  int64_t size() const override { return static_cast<int64_t>(records_.size()); }
  const ImageRecord& record(int64_t index) const override { return records_[static_cast<size_t>(index)]; }
  Image load(int64_t) const override { throw InternalError("synthetic images have no pixels"); }
  const std::vector<int64_t>& category_ids() const override { return ids_; }

 private:
  std::vector<std::string> names_;
  std::vector<int64_t> ids_;
  std::vector<ImageRecord> records_;
};

/// 100 detections per image, the maximum of COCO's metrics. Each is near an object, up to 15% of its size away.
std::vector<ImageDetections> random_detections(const DataSet& data) {
  const Philox random(4, Purpose::tests);
  std::vector<ImageDetections> all;
  for (int64_t n = 0; n < data.size(); ++n) {
    const ImageRecord& record = data.record(n);
    ImageDetections& image = all.emplace_back(ImageDetections{record.id, {}});
    for (int64_t d = 0; d < 100; ++d) {
      const auto u = [&](uint32_t part) { return random.uniform(static_cast<uint64_t>(n * 100 + d), part); };
      const Annotation& near = record.annotations[static_cast<size_t>(d) % record.annotations.size()];
      const float dx = 0.3f * near.box.width() * (u(0) - 0.5f), dy = 0.3f * near.box.height() * (u(1) - 0.5f);
      image.detections.push_back(
          {{near.box.x1 + dx, near.box.y1 + dy, near.box.x2 + dx, near.box.y2 + dy}, near.label, u(2)});
    }
  }
  return all;
}

/// The time from a program's start to its first line. Waiting for the program's end is not counted.
double seconds_to_first_line(const std::vector<std::string>& command) {
  std::optional<Child> child;
  return seconds([&] { child.emplace(command).read_line(); });
}

}  // namespace

void measure_loader(const BenchOptions& options, Report& report) {
  const Settings settings = settings_of(options);
  const int64_t batch = 8, batches = options.quick ? 1 : 30;
  Table table{"loader", {"images", "threads", "images per second"}, {}, {}};
  std::vector<std::string> specs = {"scenes"};
  if (!options.data.empty()) specs.push_back(options.data);
  for (const std::string& spec : specs) {
    const DataSetPointer data = open_data_set(spec, "train").data;
    for (int64_t workers = 1; workers <= thread_count(); workers *= 2) {
      const double time = median_seconds(options.repeats, [&] {
        Loader loader(data,
                      {.batch_size = batch, .workers = workers, .input = input_size(settings.input), .cache_mb = 0});
        for (int64_t i = 0; i < batches; ++i) loader.next();
      });
      table.rows.push_back({spec, static_cast<double>(workers), static_cast<double>(batch * batches) / time});
    }
  }
  table.notes = {"read or painted, resized to " + std::to_string(settings.input.image_size) +
                 " px and normalised; decoded images are not cached"};
  report.add(std::move(table));
}

void measure_scoring(const BenchOptions& options, Report& report) {
  const SyntheticSet data(options.quick ? 50 : 5000, kClasses);
  const std::vector<ImageDetections> detections = random_detections(data);
  const double time = median_seconds(options.repeats, [&] { coco_metrics(data, detections); });
  report.add({"scoring",
              {"what", "value"},
              {{"images", static_cast<double>(data.size())}, {"time, s", time}},
              {"COCO's metrics; 8 objects and 100 detections per image, 80 classes"}});
}

// The model has two classes, so that some box of random weights exceeds the score threshold. Both programs print their
// result in the first line; later work is not counted.
void measure_start_up(const BenchOptions& options, Report& report) {
  const int64_t classes = 2;
  const Settings settings = settings_of(options);
  const tests::TemporaryFolder folder;
  const auto weights = folder / "model.safetensors", picture = folder / "picture.jpg", out = folder / "out";
  Trainer(settings, {"first", "second"}, {1, 2}).save(weights, true);
  const int side = static_cast<int>(settings.input.image_size);
  Image image{side, side, {}};
  const Philox random(5, Purpose::tests);
  for (uint64_t i = 0; i < static_cast<uint64_t>(side) * static_cast<uint64_t>(side) * 3; ++i)
    image.rgb.push_back(static_cast<uint8_t>(random.word(i)));
  write_image(picture, image);

  const std::vector<std::string> ours = {
      INTERTWINER_PROGRAMS "/detect", "--model", weights, picture, "--out", out, "--threads",
      std::to_string(thread_count())};
  std::vector<std::string> theirs;
  if (!options.python.empty()) {
    const auto their_weights = folder / "model.pt";
    PyTorch(options, settings, classes).save(their_weights);
    theirs = first_box_command(options, settings, classes, {their_weights, picture});
  }
  std::vector<double> our_times, their_times;
  for (int64_t i = 0; i <= options.repeats; ++i) {
    our_times.push_back(seconds_to_first_line(ours));
    if (!theirs.empty()) their_times.push_back(seconds_to_first_line(theirs));
  }
  std::ifstream file(out / "detections.json");
  const std::string found((std::istreambuf_iterator<char>(file)), {});
  if (found.find("bbox") == std::string::npos)
    throw UserError(ours[0] + ": found no box; is it built? (ninja -C build)");
  Table table{"start-up", {"what", "ours"}, {{"start to first box, s", median(our_times)}}, {}};
  if (!theirs.empty()) {
    table.columns.insert(table.columns.end(), {"PyTorch", "ratio"});
    table.rows[0].push_back(median(their_times));
    table.rows[0].push_back(median(our_times) / median(their_times));
  }
  table.notes = {"a program that loads a model of " + options.preset + " and finds boxes on one picture, from exec on"};
  report.add(std::move(table));
}

}  // namespace intertwiner::bench
