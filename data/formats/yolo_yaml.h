// Parses the data.yaml of YOLO's layout, as ultralytics and Roboflow write it. yolo.h makes a data set of it.
//
//   path: ../helmets               the folder that the next paths are relative to
//   train: images/train            a folder, a list of images (.txt), or a list of these
//   val: images/val
//   test:                          none
//   names:                         or a list: names: [head, helmet]
//     0: head
//     1: helmet
//   kpt_shape: [17, 3]             each label also has 17 keypoints of 3 numbers
//
// Other keys are skipped. The file may come from anywhere, so the parser (libyaml) gives one event at a time, no tree
// is made, and nothing is recursive. An alias is not followed, so a few bytes cannot become a large value.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace intertwiner {

struct YoloYaml {
  std::vector<std::string> names;                          ///< of classes 0, 1, …
  size_t keypoint_numbers = 0;                             ///< that follow each box
  std::string path;                                        ///< "" if absent
  std::map<std::string, std::vector<std::string>> splits;  ///< "train", "val", "test" and so on, as they are written
};

/// Parses a file's text. Throws UserError (file, line, what is wrong) if the YAML is broken or larger than 1 MB, or if
/// the names are missing, empty or not numbered from 0. Messages begin with `name`.
YoloYaml parse_yolo_yaml(std::string_view text, const std::string& name);
YoloYaml read_yolo_yaml(const std::filesystem::path& path);

}  // namespace intertwiner
