// Finds objects in each frame of a video, and writes the frames with boxes, or a line of JSON for each frame:
//
//   {"frame":12,"time":0.48,"detections":[{"class":"helmet","score":0.93,"bbox":[258.5,41.25,90.0,201.5]}]}
//
// Frames are counted from 0. The time is in seconds; it is null if the video has no frame rate. bbox is x, y, width,
// height in px, as in detections.json.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "apps/detection/object_finder.h"
#include "data/video/y4m.h"
#include "engine/files/output_check.h"

namespace intertwiner {

struct VideoOptions {
  std::string video;  ///< the input: a YUV4MPEG2 file, or "-"
  std::string out;    ///< the same video with boxes: a file, or "-"; empty: none
  std::string json;   ///< a line for each frame: a file, or "-"; empty: none
  double draw_score = 0.5;
  ImageLimits limits = {};
  OutputRules rules = {};  ///< `inputs`: files that are read besides the video
};

/// The JSON line of a frame, with its line break.
std::string frame_line(const VideoFormat& format, int64_t frame, const std::vector<Detection>& detections,
                       const std::vector<std::string>& class_names);

/// Runs until the video ends, a stop signal comes, or the reader of standard output closes it. Then the files are
/// complete, with all frames so far. Returns the exit code: 0, or 130 or 143 after a stop signal. Throws UserError if
/// the video is damaged, after writing the frames before the damage, and if a file may not be written.
int detect_in_video(const ObjectFinder& finder, const VideoOptions& options);

}  // namespace intertwiner
