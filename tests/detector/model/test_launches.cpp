// What a training step asks of a GPU. Each loop, fill and copy costs a kernel launch, which on a small batch takes
// longer than the work itself. Convolutions and matrix products are one loop each, as on a GPU.
#include <catch2/catch.hpp>
#include <sstream>

#include "detector/settings/presets.h"
#include "detector/training/trainer.h"
#include "tests/detector/tiny_run.h"
#include "tests/engine/backend/emulated_device.h"
#include "tests/readable_name.h"

namespace intertwiner {
namespace {

using tests::EmulatedDevice;

/// Convolutions and products, which a GPU's libraries compute.
bool is_of_library(const std::string& name) { return name.rfind("Direct", 0) == 0; }

struct Launches {
  int64_t library = 0, ours = 0;
  std::string table;  ///< by index function
};

/// Those of a recorded step with two images of 128 px and bfloat16 maps.
Launches launches_of_step(const std::string& preset_name) {
  const EmulatedDevice device(EmulatedDevice::Primitives::none);
  Trainer trainer(preset(preset_name), tests::kTinyClasses, {1, 2, 3}, Placement(Device::cuda, true));
  const Batch batch = tests::batch_with({{{{10, 12, 40, 60}, 1}}, {{{20, 30, 110, 120}, 2}}}, 128, 128);
  trainer.step(batch);
  const auto before = device.launched();
  const EmulatedDevice::Calls calls_before = device.calls();
  trainer.step(batch);
  Launches result;
  std::ostringstream table;
  const auto add = [&](const std::string& name, int64_t count) {
    (is_of_library(name) ? result.library : result.ours) += count;
    if (count > 0) table << count << "\t" << name << "\n";
  };
  for (const auto& [type, count] : device.launched())
    add(tests::readable_name(type), count - (before.contains(type) ? before.at(type) : 0));
  add("fills with zero", device.calls().fills - calls_before.fills);
  add("copies", device.calls().copies - calls_before.copies);
  result.table = table.str();
  return result;
}

}  // namespace

TEST_CASE("a recorded training step has few launches") {
  const auto [name, most] = GENERATE(table<std::string, int64_t>({{"faster-rcnn-r50", 450}, {"internet-r50", 720}}));
  const Launches launches = launches_of_step(name);
  INFO(name << ": " << launches.library << " of libraries, " << launches.ours << " loops, fills and copies of ours\n"
            << launches.table);
  CHECK(launches.ours <= most);
}

}  // namespace intertwiner
