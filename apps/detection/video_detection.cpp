#include "apps/detection/video_detection.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "apps/detection/byte_streams.h"
#include "apps/figures/marked_picture.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "data/video/frame_pixels.h"
#include "engine/backend/constant_weights.h"
#include "engine/error.h"
#include "engine/files/json.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

std::string_view as_text(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What is written: the marked video, the lines of JSON, or both.
class VideoOutputs {
 public:
  VideoOutputs(const VideoFormat& format, const VideoOptions& options) {
    if (!options.out.empty()) video_.emplace(options.out);
    if (!options.json.empty()) json_.emplace(options.json);
    if (video_) is_open_ = video_->write(header_bytes(format));
  }

  bool writes_video() const { return video_.has_value(); }
  bool writes_json() const { return json_.has_value(); }
  /// False after the reader of standard output has closed it.
  bool is_open() const { return is_open_; }

  void write(const VideoFrame& frame) {
    is_open_ = is_open_ && video_->write(header_bytes(frame)) && video_->write(as_text(frame.samples));
  }
  void write(const std::string& json_line) { is_open_ = is_open_ && json_->write(json_line); }

  void commit() {
    if (video_) video_->commit();
    if (json_) json_->commit();
  }

 private:
  std::optional<ByteOutput> video_, json_;
  bool is_open_ = true;
};

/// Shows the number of frames and the speed.
class VideoProgress {
 public:
  explicit VideoProgress(TextStream stream) : status_(StatusLine::kLinesEverySeconds, stream) {}

  int64_t frames() const { return frames_; }

  void add_frame(const std::string& counts) {
    ++frames_;
    status_.show("frame " + std::to_string(frames_) + ", " + speed() + ": " + printable(counts));
  }
  void finish() {
    status_.clear();
    status_.print(std::to_string(frames_) + (frames_ == 1 ? " frame" : " frames") + " in " +
                  duration_text(now_seconds() - start_) + ", " + speed());
  }

 private:
  std::string speed() const {
    return format("%.1f a second", static_cast<double>(frames_) / std::max(1e-9, now_seconds() - start_));
  }

  StatusLine status_;
  double start_ = now_seconds();
  int64_t frames_ = 0;
};

void require_outputs_writable(const VideoOptions& options) {
  OutputRules rules = options.rules;
  if (!is_standard_stream(options.video)) rules.inputs.emplace_back(options.video);
  std::vector<std::filesystem::path> files;
  for (const std::string& path : {options.out, options.json}) {
    if (!path.empty() && !is_standard_stream(path)) files.emplace_back(path);
  }
  require_writable(files, rules);
}

/// Reads the video's header. Returns nothing if a stop signal comes first.
std::optional<VideoReader> open_video(ByteInput& input, const ImageLimits& limits) {
  try {
    return VideoReader([&](void* bytes, size_t count) { return input.read(bytes, count); }, input.name(), limits);
  } catch (const UserError&) {
    if (stop_signal() == 0) throw;
    return std::nullopt;
  }
}

int exit_code() { return stop_signal() == 0 ? 0 : 128 + stop_signal(); }

/// Reads a frame. Returns false at the end, and at damage, which is then in `damage`.
bool read_frame(VideoReader& reader, VideoFrame& frame, std::optional<UserError>& damage) {
  try {
    return reader.read(frame);
  } catch (const UserError& error) {
    damage = error;
    return false;
  }
}

}  // namespace

std::string frame_line(const VideoFormat& format, int64_t frame, const std::vector<Detection>& detections,
                       const std::vector<std::string>& class_names) {
  Json objects = Json::array();
  for (const Detection& detection : detections) {
    const Box& box = detection.box;
    const std::vector<double> bbox = {box.x1, box.y1, double{box.x2} - box.x1, double{box.y2} - box.y1};
    objects.push_back({{"class", class_names.at(static_cast<size_t>(detection.label) - 1)},
                       {"score", detection.score},
                       {"bbox", bbox}});
  }
  const Json time = format.has_rate() ? Json(format.seconds(frame)) : Json();
  const Json line = {{"frame", frame}, {"time", time}, {"detections", objects}};
  return line.dump(-1, Json::NotUtf8::replaced) + "\n";
}

int detect_in_video(const ObjectFinder& finder, const VideoOptions& options) {
  require_outputs_writable(options);
  catch_stop_signals();
  const bool carries_data = is_standard_stream(options.out) || is_standard_stream(options.json);
  ByteInput input(options.video);
  std::optional<VideoReader> reader = open_video(input, options.limits);
  if (!reader) return exit_code();
  const VideoFormat& video = reader->format();
  VideoOutputs outputs(video, options);
  VideoProgress progress(carries_data ? TextStream::error : TextStream::output);
  const ConstantWeights constant;
  std::optional<UserError> damage;
  VideoFrame frame;
  while (stop_signal() == 0 && outputs.is_open() && read_frame(*reader, frame, damage)) {
    const Image image = frame_image(video, frame);
    const std::vector<Detection> found = finder.find(image);
    if (outputs.writes_json()) outputs.write(frame_line(video, progress.frames(), found, finder.class_names()));
    if (outputs.writes_video()) {
      Image drawn = image;
      mark_detections(drawn, found, finder.class_names(), options.draw_score);
      put_changed_pixels(video, image, drawn, frame);
      outputs.write(frame);
    }
    progress.add_frame(count_text(found, finder.class_names(), options.draw_score));
  }
  // A stop signal may also have ended the program that writes the video, within a frame.
  const bool is_damaged = damage && stop_signal() == 0;
  if (!is_damaged || progress.frames() > 0) {
    outputs.commit();
    progress.finish();
  }
  if (is_damaged) throw UserError(*damage);
  return exit_code();
}

}  // namespace intertwiner
