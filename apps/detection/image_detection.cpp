#include "apps/detection/image_detection.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "apps/detection/crops.h"
#include "apps/detection/pictures.h"
#include "apps/figures/drawn_boxes.h"
#include "apps/figures/marked_picture.h"
#include "apps/terminal/unreadable.h"
#include "data/formats/yolo_labels.h"
#include "data/images/image_io.h"
#include "data/images/shrunk.h"
#include "data/images/transform.h"
#include "engine/backend/constant_weights.h"
#include "engine/communication/agreement.h"
#include "engine/communication/packed.h"
#include "engine/error.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCrops = "crops";

/// Where the pictures come from.
struct Source {
  std::vector<Picture> pictures;
  DataSetPointer data;  ///< null: from files
  ImageLimits limits;

  Image load(const Picture& picture) const {
    return data ? data->load(picture.index) : load_image(picture.file, Orientation::upright, limits);
  }
};

/// What was found in a picture.
struct Result {
  size_t picture = 0;    ///< its place among the pictures
  std::string left_out;  ///< why it was left out; empty if it was not
  DetectedImage image;
};

/// Everything that is read, and the images' label files, whether they are read or not: found labels never replace
/// labels that a person made.
std::vector<fs::path> files_read(const std::vector<Picture>& pictures, const DataSetPointer& data) {
  std::vector<fs::path> files;
  if (data) {
    for (const fs::path& file : data->files()) {
      files.push_back(file);
      if (is_image_file(file)) files.push_back(yolo_label_file(file));
    }
  }
  for (const Picture& picture : pictures) {
    if (!picture.file.empty()) files.insert(files.end(), {picture.file, yolo_label_file(picture.file)});
  }
  return files;
}

/// Throws UserError if a file to be written is one of the inputs, or exists and --overwrite is not given.
void require_outputs_writable(const ImageOptions& options, const std::vector<Picture>& pictures,
                              const DataSetPointer& data, const std::vector<std::string>& class_names) {
  OutputRules rules = options.rules;
  const std::vector<fs::path> read = files_read(pictures, data);
  rules.inputs.insert(rules.inputs.end(), read.begin(), read.end());
  std::vector<std::string> stems;
  for (const Picture& picture : pictures) stems.push_back(picture.stem);
  std::vector<fs::path> outputs = result_files(options.formats, stems, class_names);
  if (options.sheet > 0) outputs.emplace_back("sheet.png");
  for (const Picture& picture : pictures) {
    if (options.marked_images) outputs.emplace_back(picture.output);
  }
  for (fs::path& output : outputs) output = options.out / output;
  if (options.crops) {  // how many there will be is not known, so every file that is there counts
    for (const fs::path& file : list_folder_tree(fs::path(options.out) / kCrops)) {
      if (!is_folder(file)) outputs.push_back(file);
    }
  }
  require_writable(outputs, rules);
}

/// Finds the objects in one picture, and writes what belongs to it alone.
Result detect_in(const ObjectFinder& finder, const Source& source, size_t index, const ImageOptions& options) {
  const Picture& picture = source.pictures[index];
  Image image;
  try {
    image = source.load(picture);
  } catch (const UserError& error) {
    return {index, error.what(), {}};
  }
  std::vector<Detection> found;
  try {
    found = finder.find(image);
  } catch (const TooLittleMemory&) {
    throw;  // the other pictures would need as much
  } catch (const UserError& error) {
    return {index, picture.name + ": " + error.what(), {}};
  }
  const fs::path out = options.out;
  const std::vector<std::string>& names = finder.class_names();
  if (options.crops)
    CropWriter(out / kCrops, names)
        .write(image, found, options.draw_score, picture.stem, fs::path(picture.output).extension().string());
  if (options.marked_images) write_image(out / picture.output, marked_picture(image, found, names, options.draw_score));
  return {index, {}, {picture.name, picture.stem, picture.id, image.width, image.height, found}};
}

/// The results of all processes, in the order of the pictures.
std::vector<Result> gather_results(Communicator& processes, std::vector<Result> own) {
  if (processes.size() == 1) return own;
  PackedWriter writer;
  for (const Result& result : own) {
    const DetectedImage& image = result.image;
    for (const int64_t number :
         {static_cast<int64_t>(result.picture), image.id, int64_t{image.width}, int64_t{image.height}})
      writer.number(number);
    for (const std::string& text : {result.left_out, image.name, image.stem}) writer.text(text);
    writer.list(image.detections);
  }
  std::vector<Result> all;
  for (const std::string& text : gather_texts(processes, writer.bytes()))
    for (PackedReader reader(text); !reader.is_at_end();) {
      Result& result = all.emplace_back();
      result.picture = static_cast<size_t>(reader.number());
      result.image.id = reader.number();
      result.image.width = static_cast<int>(reader.number());
      result.image.height = static_cast<int>(reader.number());
      for (std::string* text_of : {&result.left_out, &result.image.name, &result.image.stem}) *text_of = reader.text();
      result.image.detections = reader.list<Detection>();
    }
  std::sort(all.begin(), all.end(), [](const Result& a, const Result& b) { return a.picture < b.picture; });
  return all;
}

/// A picture for the sheet, and what was found in it. A large one is made smaller.
Image sheet_picture(const Image& image, std::vector<Detection> found, const std::vector<std::string>& class_names,
                    double draw_score) {
  constexpr int kMaxSide = 1024;  // px
  const Image small = shrunk(image, kMaxSide);
  const ImageGeometry geometry{image.width, image.height, small.width, small.height};
  for (Detection& detection : found) detection.box = geometry.to_input(detection.box);
  return shrunk(marked_picture(small, found, class_names, draw_score), kMaxSide);
}

/// Writes the first pictures side by side. They are read again, since most runs need no sheet.
void write_sheet(const std::vector<Result>& results, const Source& source, const ImageOptions& options,
                 const std::vector<std::string>& class_names) {
  std::vector<Image> sheet;
  for (const Result& result : results) {
    if (std::ssize(sheet) == options.sheet) break;
    if (!result.left_out.empty()) continue;
    sheet.push_back(sheet_picture(source.load(source.pictures[result.picture]), result.image.detections, class_names,
                                  options.draw_score));
  }
  if (!sheet.empty()) write_image(fs::path(options.out) / "sheet.png", contact_sheet(sheet, sheet.size() > 6 ? 4 : 3));
}

/// "detections.json, labels/" and what else was written.
std::string describe_outputs(const ImageOptions& options) {
  std::string text = describe_results(options.formats);
  if (options.crops) text += std::string(", ") + kCrops + "/";
  return text;
}

}  // namespace

int detect_in_images(const ObjectFinder& finder, const ImageOptions& options, Communicator& processes) {
  const std::vector<std::string>& class_names = finder.class_names();
  OpenedDataSet opened;
  Source source;
  run_on_all(processes, [&] {
    if (!options.data.specs.empty()) opened = open_for_model(options.data, class_names);
    source = {opened.data ? pictures_of_data(*opened.data) : pictures_of_files(options.images), opened.data,
              options.data.images};
  });
  const bool is_first = processes.rank() == 0;
  run_on_first(processes, [&] {
    require_outputs_writable(options, source.pictures, source.data, class_names);
    make_folder(options.out);
  });
  for (const std::string& note : opened.report.notes) std::cout << "note: " << printable(note) << "\n";

  std::optional<ConstantWeights> constant;
  if (source.pictures.size() > 1 || finder.uses_tiles()) constant.emplace();  // not worth its memory for one image
  const auto print = [&](const Result& result) {
    if (result.left_out.empty())
      std::cout << printable(result.image.name) << ": "
                << count_text(result.image.detections, class_names, options.draw_score) << std::endl;
  };
  std::vector<Result> results;
  run_on_all(processes, [&] {
    for (size_t i = static_cast<size_t>(processes.rank()); i < source.pictures.size();
         i += static_cast<size_t>(processes.size())) {
      results.push_back(detect_in(finder, source, i, options));
      print(results.back());
    }
  });
  results = gather_results(processes, std::move(results));
  std::vector<DetectedImage> found;
  for (const Result& result : results) {
    if (!result.left_out.empty()) {
      opened.report.add_unreadable(result.left_out);
      continue;
    }
    if (result.picture % static_cast<size_t>(processes.size()) != 0) print(result);  // of another process
    found.push_back(result.image);
  }
  run_on_first(processes, [&] {
    write_results(options.out, options.formats, found,
                  {class_names, source.data ? source.data->category_ids() : finder.category_ids()});
    if (options.sheet > 0) write_sheet(results, source, options, class_names);
  });
  std::cout << found.size() << (found.size() == 1 ? " image" : " images") << " and " << describe_outputs(options)
            << " in " << printable(options.out) << std::endl;
  return is_first ? print_unreadable(opened.report) : opened.report.unreadable > 0 ? 2 : 0;
}

}  // namespace intertwiner
