#include "data/scenes/scenes.h"

#include "data/scenes/scene_canvas.h"
#include "data/scenes/scene_layout.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

class Scenes : public DataSet {
 public:
  explicit Scenes(const ScenesOptions& options) : options_(options) {
    for (int64_t i = 0; i < options.count; ++i) {
      const int64_t scene = options.first_index + i;
      ImageRecord record;
      record.name = "scene " + std::to_string(scene);
      record.id = i + 1;
      record.width = record.height = options.side_px;
      record.annotations = lay_out_scene(options.seed, scene, options.side_px).annotations;
      records_.push_back(std::move(record));
    }
    for (int64_t id = 1; id <= kSceneClasses; ++id) category_ids_.push_back(id);
  }

  const std::vector<std::string>& class_names() const override { return scene_class_names(); }
  const std::vector<int64_t>& category_ids() const override { return category_ids_; }
  int64_t size() const override { return options_.count; }
  const ImageRecord& record(int64_t index) const override { return records_.at(static_cast<size_t>(index)); }

  Image load(int64_t index) const override {
    const int64_t scene = options_.first_index + index;
    const SceneLayout layout = lay_out_scene(options_.seed, scene, options_.side_px);
    Canvas canvas(options_.side_px);
    paint_background(canvas, layout.background, SceneRandom(options_.seed, scene, ScenePart::background));
    for (const Figure& figure : layout.figures) draw_figure(figure, canvas);
    return photograph(std::move(canvas), SceneRandom(options_.seed, scene, ScenePart::camera));
  }

 private:
  ScenesOptions options_;
  std::vector<ImageRecord> records_;
  std::vector<int64_t> category_ids_;
};

}  // namespace

DataSetPointer make_scenes(const ScenesOptions& options) {
  if (options.count < 1)
    throw UserError("the number of scenes must be at least 1, not " + std::to_string(options.count));
  if (options.first_index < 0) throw UserError("the first scene's index must not be negative");
  if (options.side_px < 32 || options.side_px > 4096) {
    throw UserError("the side of a scene must be 32 to 4096 pixels, not " + std::to_string(options.side_px));
  }
  return std::make_shared<Scenes>(options);
}

}  // namespace intertwiner
