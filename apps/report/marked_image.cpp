#include "apps/report/marked_image.h"

#include <filesystem>

#include "apps/report/html.h"
#include "data/images/image_io.h"
#include "data/images/shrunk.h"
#include "engine/text.h"

namespace intertwiner {
namespace {

constexpr int kMaxSide = 640;  ///< px

std::string box(const char* kind, const Box& at, const std::string& words) {
  return format("<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>", kind, at.x1, at.y1,
                at.width(), at.height()) +
         html_text(words) + "</title></rect>\n";
}

std::string count(const char* kind, size_t number) {
  return format("<span class=\"%s\">%zu %s</span>", kind, number, kind);
}

}  // namespace

std::string image_figure(const Image& image, const std::string& name, const ImageMistakes& mistakes,
                         const std::vector<std::string>& class_names) {
  const auto named = [&](int label) { return class_names.at(static_cast<size_t>(label - 1)); };
  std::string text = "<figure class=\"picture\"><figcaption><span title=\"" + html_text(name) + "\">" +
                     html_text(std::filesystem::path(name).filename().string()) + "</span><small>" +
                     count("found", mistakes.found.size()) + ", " + count("missed", mistakes.missed.size()) + ", " +
                     count("wrong", mistakes.wrong.size()) + "</small></figcaption>\n";
  text += format("<svg viewBox=\"0 0 %d %d\"><image width=\"%d\" height=\"%d\" href=\"data:image/jpeg;base64,",
                 image.width, image.height, image.width, image.height);
  text += base64(encode_jpeg(shrunk(image, kMaxSide))) + "\"/>\n";
  for (const Annotation& object : mistakes.missed) text += box("missed", object.box, "missed: " + named(object.label));
  for (const Detection& object : mistakes.found)
    text += box("found", object.box, named(object.label) + format(" %.2f", object.score));
  for (const Detection& object : mistakes.wrong)
    text += box("wrong", object.box, "wrong: " + named(object.label) + format(" %.2f", object.score));
  return text + "</svg></figure>\n";
}

}  // namespace intertwiner
