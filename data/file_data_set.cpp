#include "data/file_data_set.h"

#include <set>
#include <utility>

#include "engine/error.h"
#include "engine/parallel.h"

namespace intertwiner {
namespace {

std::string to_string(const ImageSize& size) { return std::to_string(size.width) + "×" + std::to_string(size.height); }

class FileDataSet : public DataSet {
 public:
  FileDataSet(std::vector<FileImage> images, Classes classes, std::vector<std::filesystem::path> lists,
              const ImageLimits& limits)
      : images_(std::move(images)), classes_(std::move(classes)), lists_(std::move(lists)), limits_(limits) {}

  const std::vector<std::string>& class_names() const override { return classes_.names; }
  const std::vector<int64_t>& category_ids() const override { return classes_.ids; }
  int64_t size() const override { return static_cast<int64_t>(images_.size()); }
  const ImageRecord& record(int64_t index) const override { return images_.at(static_cast<size_t>(index)).record; }

  Image load(int64_t index) const override {
    const FileImage& wanted = images_.at(static_cast<size_t>(index));
    Image image = load_image(wanted.file, wanted.orientation, limits_);
    const ImageSize found{image.width, image.height}, expected{wanted.record.width, wanted.record.height};
    if (found != expected) {
      throw UserError(wanted.file.string() + " has " + to_string(found) + " pixels now, but had " +
                      to_string(expected) + " when the data set was opened; start the program again");
    }
    return image;
  }

  std::vector<std::filesystem::path> files() const override {
    std::set<std::filesystem::path> all(lists_.begin(), lists_.end());
    for (const FileImage& image : images_) all.insert({image.file, image.annotated_in});
    return {all.begin(), all.end()};
  }

 private:
  std::vector<FileImage> images_;
  Classes classes_;
  std::vector<std::filesystem::path> lists_;
  ImageLimits limits_;
};

/// Sets an image's true size and its orientation. Throws UserError if the annotations give another size, or if the
/// image cannot be read.
void measure(FileImage& image, const ImageLimits& limits) {
  const ImageSize upright = read_image_size(image.file, Orientation::upright, limits);
  const ImageSize annotated{image.record.width, image.record.height};
  ImageSize size = upright;
  if (annotated != ImageSize{} && annotated != upright) {
    size = read_image_size(image.file, Orientation::as_stored, limits);
    image.orientation = Orientation::as_stored;
    if (annotated != size) {
      throw UserError(image.file.string() + " has " + to_string(upright) + " pixels, but " + image.annotated_in +
                      " says " + to_string(annotated) + ", so the boxes would not fit; correct one of the two");
    }
  }
  image.record.width = size.width;
  image.record.height = size.height;
}

/// A coordinate in px. One that is outside by less than half a pixel was rounded when it was written.
float from_fraction(float fraction, int side) {
  const float value = fraction * static_cast<float>(side), last = static_cast<float>(side);
  if (value < 0 && value > -0.5f) return 0;
  return value > last && value < last + 0.5f ? last : value;
}

void convert_fractions(ImageRecord& record) {
  for (Annotation& annotation : record.annotations) {
    Box& box = annotation.box;
    box = {from_fraction(box.x1, record.width), from_fraction(box.y1, record.height),
           from_fraction(box.x2, record.width), from_fraction(box.y2, record.height)};
  }
}

}  // namespace

OpenedDataSet make_file_data_set(std::vector<FileImage> images, Classes classes,
                                 std::vector<std::filesystem::path> lists, const ImageLimits& limits) {
  parallel_for(static_cast<int64_t>(images.size()), [&](int64_t i) {
    FileImage& image = images[static_cast<size_t>(i)];
    try {
      if (!image.mistake.empty()) return;
      measure(image, limits);
      if (image.boxes_are_fractions) convert_fractions(image.record);
    } catch (const UserError& error) {
      image.mistake = error.what();
    }
  });
  AnnotationReport report;
  for (const FileImage& image : images) {
    if (!image.mistake.empty()) report.add_unreadable(image.mistake);
  }
  if (report.unreadable == static_cast<int64_t>(images.size())) throw UserError(report.unreadable_messages.at(0));
  std::erase_if(images, [](const FileImage& image) { return !image.mistake.empty(); });
  for (FileImage& image : images) check_annotations(image.record, classes.names, report);
  return {std::make_shared<FileDataSet>(std::move(images), std::move(classes), std::move(lists), limits),
          std::move(report)};
}

std::string name_some(const std::vector<std::string>& names, size_t max_names) {
  if (names.empty()) return "none";
  std::string text;
  for (size_t i = 0; i < names.size() && i < max_names; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > max_names) text += " and " + std::to_string(names.size() - max_names) + " more";
  return text;
}

}  // namespace intertwiner
