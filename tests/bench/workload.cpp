#include "tests/bench/workload.h"

#include <numeric>

#include "detector/detect.h"
#include "detector/model/internet.h"
#include "detector/settings/presets.h"
#include "engine/backend/constant_weights.h"
#include "engine/philox.h"

namespace intertwiner::bench {

Settings settings_of(const BenchOptions& options) {
  Settings settings = preset(options.preset);
  if (options.image_size > 0) settings.input.image_size = options.image_size;
  if (options.regions > 0) settings.regions.regions_per_image = settings.proposals.detect_proposals = options.regions;
  settings.train.learning_rate = 1e-6;
  settings.train.warmup_steps = 0;
  settings.train.seed = 2;  // with this seed, random weights give the full number of proposals
  return settings;
}

Batch random_batch(const Settings& settings, int64_t images) {
  const Philox random(1, Purpose::tests);
  const int64_t side = settings.input.image_size;
  std::vector<ImageRecord> records(static_cast<size_t>(images));
  std::vector<BatchItem> items;
  for (int64_t n = 0; n < images; ++n) {
    auto image = std::make_shared<Image>();
    image->width = image->height = static_cast<int>(side);
    for (int64_t i = 0; i < side * side * 3; ++i)
      image->rgb.push_back(static_cast<uint8_t>(random.word(static_cast<uint64_t>(i), static_cast<uint32_t>(n))));
    ImageRecord& record = records[static_cast<size_t>(n)];
    record.width = record.height = image->width;
    for (int64_t g = 0; g < kObjects; ++g) {
      const auto u = [&](uint32_t part) { return random.uniform(static_cast<uint64_t>(n * kObjects + g), 1000, part); };
      const float span = static_cast<float>(side), size = span * (0.05f + 0.4f * u(0)), x = u(1) * (span - size),
                  y = u(2) * (span - size);
      record.annotations.push_back(
          {{x, y, x + size, y + size}, static_cast<int>(1 + g % kClasses), false, size * size});
    }
    items.push_back({image, &record, n, false});
  }
  return make_batch(items, input_size(settings.input));
}

std::shared_ptr<Trainer> random_trainer(const Settings& settings, const Placement& where,
                                        std::shared_ptr<Communicator> processes) {
  std::vector<std::string> names;
  for (int64_t c = 1; c <= kClasses; ++c) names.push_back(std::to_string(c));
  std::vector<int64_t> ids(kClasses);
  std::iota(ids.begin(), ids.end(), 1);
  return std::make_shared<Trainer>(settings, names, ids, where, std::move(processes));
}

std::function<void()> training_step(const Settings& settings, int64_t images, const Placement& where) {
  const auto trainer = random_trainer(settings, where);
  return [trainer, batch = random_batch(settings, images)] { trainer->step(batch); };
}

std::function<void()> detection(const Settings& settings, int64_t images, const Placement& where) {
  const auto model = std::make_shared<InterNet>(settings, kClasses + 1, InterNetOptions{.placement = where});
  const auto constant = std::make_shared<ConstantWeights>();  // as in the programs
  return [model, constant, settings, batch = random_batch(settings, images)] { model->detect(batch, settings); };
}

}  // namespace intertwiner::bench
