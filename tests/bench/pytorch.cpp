#include "tests/bench/pytorch.h"

#include "engine/error.h"
#include "engine/parallel.h"
#include "tests/bench/timing.h"
#include "tests/bench/workload.h"

namespace intertwiner::bench {
namespace {

std::vector<std::string> command(const BenchOptions& options, const Settings& settings, int64_t classes,
                                 const std::string& task) {
  const auto text = [](int64_t value) { return std::to_string(value); };
  return {options.python,
          std::string(INTERTWINER_SOURCE_ROOT) + "/tests/bench/torchvision_bench.py",
          task,
          "--image-size=" + text(settings.input.image_size),
          "--batch=" + text(options.batch),
          "--regions=" + text(settings.regions.regions_per_image),
          "--proposals=" + text(settings.proposals.detect_proposals),
          "--objects=" + text(kObjects),
          "--classes=" + text(classes),
          "--threads=" + text(thread_count()),
          "--device=" + name_of(options.compute.device)};
}

}  // namespace

PyTorch::PyTorch(const BenchOptions& options, const Settings& settings, int64_t classes)
    : child_(command(options, settings, classes, "serve")), python_(options.python) {
  const std::string answer = child_.read_line().value_or("it ended without an answer");
  if (answer.rfind("torch ", 0) != 0)
    throw UserError("--against-pytorch: " + python_ + " has no PyTorch with torchvision for this device (" + answer +
                    "); choose a Python that has both");
  versions_ = answer;
}

double PyTorch::ask(const std::string& what) {
  child_.write_line(what);
  const auto answer = child_.read_line();
  if (!answer)
    throw UserError("--against-pytorch: " + python_ + " ended during \"" + what + "\"; see its messages above");
  return std::stod(*answer);
}

Times in_turn(int64_t repeats, const std::function<void()>& work, PyTorch* pytorch, const std::string& what) {
  std::vector<double> ours, theirs;
  for (int64_t i = 0; i < repeats; ++i) {
    work();  // warms up: PyTorch's turn left the caches cold, and the processor may have slept
    ours.push_back(seconds(work));
    if (!pytorch) continue;
    pytorch->ask(what);
    theirs.push_back(pytorch->ask(what));
  }
  return {median(ours), pytorch ? median(theirs) : 0};
}

std::vector<std::string> first_box_command(const BenchOptions& options, const Settings& settings, int64_t classes,
                                           const FirstBoxFiles& files) {
  std::vector<std::string> parts = command(options, settings, classes, "first-box");
  parts.push_back("--weights=" + files.weights.string());
  parts.push_back("--image=" + files.image.string());
  return parts;
}

}  // namespace intertwiner::bench
