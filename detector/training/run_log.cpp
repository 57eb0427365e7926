#include "detector/training/run_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/error.h"
#include "engine/files/atomic_file.h"
#include "engine/files/file_lock.h"
#include "engine/files/json.h"
#include "engine/files/read_file.h"

namespace intertwiner {
namespace {

/// Length in bytes of the complete lines written before the checkpoint. Steps only rise, so the first later line ends
/// them. A crash can leave broken lines, but only after the checkpoint.
size_t length_to_keep(const std::string& text, const RunLog::Checkpoint& checkpoint, const std::string& file) {
  size_t begin = 0;
  int64_t step = 0;
  for (int64_t number = 1;; ++number) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return begin;
    const Json line = Json::try_parse(text.substr(begin, end - begin)).value_or(Json());
    const Json* logged_step = line.find("step");
    if (!logged_step || !logged_step->is_integer()) {
      if (step >= checkpoint.step) return begin;
      throw UserError(file + ": line " + std::to_string(number) +
                      " was not written by this program; restore the log, or move it to another folder");
    }
    step = logged_step->get<int64_t>();
    const bool is_later_evaluation = step == checkpoint.step && line.contains("evaluation") && !checkpoint.is_evaluated;
    if (step > checkpoint.step || is_later_evaluation) return begin;
    begin = end + 1;
  }
}

}  // namespace

RunLog::RunLog(const std::filesystem::path& path) : path_(path) {
  descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail(errno);
  if (lock_file(descriptor_)) return;
  close(descriptor_);
  throw UserError(path.string() +
                  ": another process is writing to it; wait until that run ends, or choose another folder");
}

RunLog::~RunLog() { close(descriptor_); }

void RunLog::keep_until(const Checkpoint& checkpoint) {
  const size_t length = checkpoint.step > 0 ? length_to_keep(read_file(path_), checkpoint, path_.string()) : 0;
  if (ftruncate(descriptor_, static_cast<off_t>(length)) != 0) fail(errno);
}

std::deque<double> RunLog::shares_after(int64_t step) const {
  const std::string text = read_file(path_);
  std::deque<double> shares;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const Json line = Json::try_parse(text.substr(begin, end - begin)).value_or(Json());
    const Json *at = line.find("step"), *share = line.find("share");
    if (!at || !at->is_integer() || at->get<int64_t>() <= step || !share || !share->is_number()) continue;
    shares.push_back(std::clamp(share->get<double>(), 0.0, 1.0));
  }
  return shares;
}

void RunLog::step(const Position& at, const StepReport& report, double images_per_second, double share) {
  Json losses;
  for (const auto& [name, loss] : named_losses(report.losses)) losses[name] = loss;
  Json line = {{"step", at.step},
               {"epoch", at.epoch},
               {"loss", report.total},
               {"losses", losses},
               {"learning_rate", report.learning_rate},
               {"gradient_norm", report.gradient_norm},
               {"images_per_second", images_per_second},
               {"seconds", at.seconds}};
  if (share >= 0) line["share"] = share;
  for (const LossGradient& gradient : report.loss_gradients)
    line["gradients"][gradient.place][gradient.loss] = gradient.norm;
  write(line.dump());
}

void RunLog::evaluation(const Position& at, const CocoMetrics& metrics) {
  Json classes = Json::object();
  for (const ClassMetrics& of_class : metrics.classes) classes[of_class.name] = of_class.ap;
  const Json numbers = {{"AP", metrics.ap},
                        {"AP50", metrics.ap50},
                        {"AP75", metrics.ap75},
                        {"AP_small", metrics.ap_small},
                        {"AP_medium", metrics.ap_medium},
                        {"AP_large", metrics.ap_large},
                        {"AR_100", metrics.ar_100},
                        {"classes", classes}};
  write(Json{{"step", at.step}, {"epoch", at.epoch}, {"evaluation", numbers}, {"seconds", at.seconds}}.dump());
}

void RunLog::flush() {
  // EINVAL, EROFS: the file is a device, which cannot be flushed.
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
}

void RunLog::write(const std::string& line) {
  const std::string bytes = line + "\n";
  if (const int error = write_all(descriptor_, bytes.data(), bytes.size()); error != 0) fail(error);
}

void RunLog::fail(int error) const {
  throw UserError(path_.string() + ": cannot be written (" + std::generic_category().message(error) +
                  "); free disk space or choose another folder");
}

}  // namespace intertwiner
