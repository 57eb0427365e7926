#include "detector/evaluation/scored_files.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "engine/error.h"

namespace intertwiner {
namespace {

using Numbers = std::unordered_map<int64_t, int64_t>;

/// Numbers 0, 1, 2, … of the ids in rising order. Equal ids have one number.
Numbers numbers_of(std::vector<int64_t> ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  Numbers numbers;
  for (size_t i = 0; i < ids.size(); ++i) numbers.emplace(ids[i], static_cast<int64_t>(i));
  return numbers;
}

/// Counts what is unusual, and tells it.
class Notes {
 public:
  /// "3 detections are of an unknown image", or "1 detection is …": `one` and `many` follow the number.
  void add(int64_t count, const std::string& one, const std::string& many) {
    if (count > 0) lines_.push_back(std::to_string(count) + " " + (count == 1 ? one : many));
  }
  void add(const std::string& line) { lines_.push_back(line); }
  std::vector<std::string> lines() && { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
};

class Scoring {
 public:
  explicit Scoring(const CocoFile& file) : file_(file) {
    std::vector<int64_t> image_ids;
    for (const CocoImage& image : file.images) image_ids.push_back(image.id);
    images_ = numbers_of(std::move(image_ids));
    input_.images = static_cast<int64_t>(images_.size());
    std::map<int64_t, std::string> names;  // of two categories with one id the last counts
    for (const CocoCategory& category : file.categories) names[category.id] = category.name;
    for (const auto& [id, name] : names) {
      labels_.emplace(id, static_cast<int64_t>(labels_.size()) + 1);
      category_ids_.push_back(id);
      input_.class_names.push_back(name);
    }
    for (size_t i = 0; i < file.annotations.size(); ++i) {
      if (file.annotations[i].id) last_with_id_[*file.annotations[i].id] = i;
    }
  }

  void add_objects() {
    int64_t unlisted = 0, incomplete = 0, repeated = 0, with_id_0 = 0;
    for (size_t i = 0; i < file_.annotations.size(); ++i) {
      const CocoAnnotation& first = file_.annotations[i];
      TrueObject object;
      if (!place(object, first)) {
        ++unlisted;
        continue;
      }
      const size_t last = first.id ? last_with_id_.at(*first.id) : i;
      const CocoAnnotation& listed = file_.annotations[last];
      repeated += last != i;
      if (last != i && !place(object, listed)) continue;
      incomplete += !listed.id || !listed.area || !listed.crowd;
      object.id = listed.id.value_or(1);
      object.area = listed.area.value_or(object.box_area());
      object.ignored = listed.crowd.value_or(false);
      with_id_0 += object.id == 0;
      input_.objects.push_back(object);
    }
    if (file_.annotations.empty()) notes_.add("the annotations have no objects, so no metric has a value");
    notes_.add(unlisted, "object is of an image or a category that is not listed; it is left out, as by pycocotools",
               "objects are of an image or a category that is not listed; they are left out, as by pycocotools");
    notes_.add(incomplete,
               "object has no id, area or iscrowd; the area is then the box's, and no iscrowd means no crowd "
               "(pycocotools refuses such a file)",
               "objects have no id, area or iscrowd; the area is then the box's, and no iscrowd means no crowd "
               "(pycocotools refuses such a file)");
    notes_.add(repeated, "object has the id of a later one; the later one counts twice, as by pycocotools",
               "objects have the id of a later one; the later one counts for each, as by pycocotools");
    notes_.add(with_id_0, "object has id 0; a detection of it counts as a miss, as by pycocotools",
               "objects have id 0; a detection of them counts as a miss, as by pycocotools");
  }

  void add_detections(const std::vector<CocoResult>& results) {
    int64_t other_images = 0, other_categories = 0;
    input_.detections.reserve(results.size());
    for (const CocoResult& result : results) {
      FoundObject object;
      if (!images_.contains(result.image_id)) {
        ++other_images;
      } else if (!place(object, result)) {
        ++other_categories;
      } else {
        object.score = result.score;
        input_.detections.push_back(object);
      }
    }
    if (!results.empty() && other_images == static_cast<int64_t>(results.size())) {
      throw UserError(
          "none of its detections is of an image of the annotations; give the annotations of the same images");
    }
    if (results.empty()) notes_.add("there are no detections (pycocotools refuses such a file)");
    notes_.add(other_images,
               "detection is of an image that is not listed; it is left out (pycocotools refuses such a file)",
               "detections are of images that are not listed; they are left out (pycocotools refuses such a file)");
    notes_.add(other_categories, "detection is of a category that is not listed; it is left out, as by pycocotools",
               "detections are of categories that are not listed; they are left out, as by pycocotools");
  }

  ScoredFiles result() && { return {std::move(input_), std::move(category_ids_), std::move(notes_).lines()}; }

 private:
  /// Sets image, class and box. False if the image or the category is not listed.
  bool place(PlacedBox& box, const auto& entry) const {
    const auto image = images_.find(entry.image_id), label = labels_.find(entry.category_id);
    if (image == images_.end() || label == labels_.end()) return false;
    box.image = image->second;
    box.label = static_cast<int>(label->second);
    box.x = entry.x, box.y = entry.y, box.width = entry.width, box.height = entry.height;
    return true;
  }

  const CocoFile& file_;
  Numbers images_, labels_;
  std::vector<int64_t> category_ids_;
  std::unordered_map<int64_t, size_t> last_with_id_;
  EvaluationInput input_;
  Notes notes_;
};

}  // namespace

ScoredFiles read_scored_files(const std::filesystem::path& results, const std::filesystem::path& annotations) {
  const CocoFile file = read_coco_json(annotations, CocoUse::scoring);
  const std::vector<CocoResult> detections = read_coco_results(results);
  try {
    return scored_input(detections, file);
  } catch (const UserError& error) {
    throw UserError(results.string() + ": " + error.what());
  }
}

ScoredFiles scored_input(const std::vector<CocoResult>& results, const CocoFile& annotations) {
  Scoring scoring(annotations);
  scoring.add_objects();
  scoring.add_detections(results);
  return std::move(scoring).result();
}

}  // namespace intertwiner
