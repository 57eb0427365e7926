#include <set>

#include "apps/report/report.h"
#include "data/join.h"
#include "detector/evaluation/coco_results.h"
#include "detector/training/run_data.h"
#include "detector/training/run_notes.h"
#include "engine/files/atomic_file.h"
#include "engine/files/paths.h"

namespace intertwiner {
namespace {

/// The last part of the folder's path, also for "run/" and ".".
std::string name_of_run(const std::filesystem::path& folder) {
  return (std::filesystem::weakly_canonical(folder) / "").parent_path().filename().string();
}

/// The validation images that the best evaluation could read.
DataSetPointer evaluated_images(const DataSetPointer& data, const RunNotes& notes) {
  if (notes.unread_images.empty()) return data;
  const std::set<int64_t> unread(notes.unread_images.begin(), notes.unread_images.end());
  std::vector<int64_t> kept;
  for (int64_t i = 0; i < data->size(); ++i) {
    if (!unread.contains(data->record(i).id)) kept.push_back(i);
  }
  return take_images(data, kept);
}

}  // namespace

void write_report(const RunFolder& folder) {
  const CheckpointHeader header = read_checkpoint(folder.last()).header;
  const RunNotes notes = notes_from_json(header.state.notes);
  const RunData data = reopen_run_data(notes, header.class_names);
  ReportInput input{.name = name_of_run(folder.path),
                    .settings = header.settings,
                    .state = header.state,
                    .log = read_log(folder.log()),
                    .train = data.train.data,
                    .val = path_exists(folder.detections()) ? data.val.data : nullptr,
                    .detections = {}};
  if (input.val) {
    input.val = evaluated_images(input.val, notes);
    input.detections = read_coco_results(folder.detections(), *input.val);
  }
  write_atomically(folder.report(), report_page(input));
}

}  // namespace intertwiner
