#include "tests/apps/malformed_inputs.h"
#include "tests/data/formats/sample_folders.h"

namespace intertwiner::tests {
namespace {

/// A COCO file whose `old_part` is replaced. Its images lie beside it.
struct CocoChange {
  std::string name, old_part, new_part;
};

const std::vector<CocoChange>& coco_changes() {
  static const std::vector<CocoChange> changes = {
      {"without categories", R"("categories": [)", R"("labels": [)"},
      {"without images", R"("images": [)", R"("pictures": [)"},
      {"without annotations", R"("annotations": [)", R"("objects": [)"},
      {"categories are an object", R"([{"id": 5, "name": "dog"}, {"id": 2, "name": "cat"}])", "{}"},
      {"no category", R"([{"id": 5, "name": "dog"}, {"id": 2, "name": "cat"}])", "[]"},
      {"a category is a number", R"({"id": 5, "name": "dog"})", "5"},
      {"a category without a name", R"("name": "dog")", R"("title": "dog")"},
      {"a category with an empty name", R"("name": "dog")", R"("name": "")"},
      {"a category whose name is a number", R"("name": "dog")", R"("name": 7)"},
      {"a category with a line break in its name", R"("dog")", R"("do\ng")"},
      {"a category with an escape code in its name", R"("dog")", "\"do\\u001b[31mg\""},
      {"a category without an id", R"("id": 5, "name")", R"("name")"},
      {"a category id that is a text", R"("id": 5, )", R"("id": "5", )"},
      {"a category id of 0.5", R"("id": 5, )", R"("id": 0.5, )"},
      {"a category id of 1e300", R"("id": 5, )", R"("id": 1e300, )"},
      {"two categories with one id", R"("id": 5, )", R"("id": 2, )"},
      {"two categories with one name", R"("dog")", R"("cat")"},
      {"an image without a file name", R"("file_name": "a.png", )", ""},
      {"an image whose file name is a list", R"("a.png")", R"(["a.png"])"},
      {"an image without an id", R"("id": 7, "file_name")", R"("file_name")"},
      {"two images with one id", R"("id": 3)", R"("id": 7)"},
      {"an image of negative width", R"("width": 40)", R"("width": -40)"},
      {"an image of width 2^40", R"("width": 40)", R"("width": 1099511627776)"},
      {"an image of another size", R"("width": 40)", R"("width": 41)"},
      {"an image that is missing", R"("a.png")", R"("nowhere.png")"},
      {"an image that is a folder", R"("a.png")", R"("..")"},
      {"an annotation without a box", R"("bbox": [2, 3, 10, 20.5], )", ""},
      {"a box of three numbers", "[2, 3, 10, 20.5]", "[2, 3, 10]"},
      {"a box of texts", "[2, 3, 10, 20.5]", R"(["2", 3, 10, 20.5])"},
      {"a box that is an object", "[2, 3, 10, 20.5]", R"({"x": 2})"},
      {"an annotation of an unknown image", R"("image_id": 7, "category_id": 5)", R"("image_id": 8, "category_id": 5)"},
      {"an annotation of an unknown category", R"("category_id": 5)", R"("category_id": 6)"},
      {"an annotation without an image id", R"("image_id": 7, "category_id": 5)", R"("category_id": 5)"},
      {"a crowd flag that is a text", R"("iscrowd": 0)", R"("iscrowd": "no")"},
      {"a number that overflows", "20.5]", "1e999]"},
      {"NaN as a number", "20.5]", "NaN]"},
      {"a comma too many", R"("iscrowd": 0,)", R"("iscrowd": 0,,)"},
      {"a text that does not end", R"("dog"})", R"("dog})"},
      {"text after the end", "[5, 5, 6, 7]}]}", "[5, 5, 6, 7]}]} x"},
      {"bytes that are not UTF-8", R"("dog")", "\"d\xFFg\""},
      {"a broken escape", R"("dog")", R"("d\xg")"},
      {"a broken surrogate", R"("dog")", R"("d\uD800g")"},
      {"nested 100,000 levels", R"("info": {"year": 2026})", R"("info": )" + std::string(100'000, '[')},
  };
  return changes;
}

/// Annotation files of one image. Whatever is wrong, the image is left out, and there is no other.
std::vector<std::pair<std::string, std::string>> voc_files() {
  const std::string cat = voc_object("cat", "1", "1", "9", "9");
  return {
      {"empty file", ""},
      {"not XML", "not XML"},
      {"an element that does not end", "<annotation><object>"},
      {"two elements crossed", "<annotation><object></annotation></object>"},
      {"another root", "<annotations>" + cat + "</annotations>"},
      {"an attribute without quotes", "<annotation a=b>" + cat + "</annotation>"},
      {"a comment that does not end", "<annotation><!-- " + cat + "</annotation>"},
      {"an object without a name", replaced(voc_annotation(cat), "<name>cat</name>", "")},
      {"an object with an empty name", voc_annotation(voc_object(" ", "1", "1", "9", "9"))},
      {"a line break in a name", voc_annotation(voc_object("c\nat", "1", "1", "9", "9"))},
      {"an escape code in a name", voc_annotation(voc_object("c\x1b[31mat", "1", "1", "9", "9"))},
      {"a name in Latin-1", voc_annotation(voc_object("caf\xE9", "1", "1", "9", "9"))},
      {"an object without a box", voc_annotation("<object><name>cat</name></object>")},
      {"a corner that is missing", replaced(voc_annotation(cat), "<xmin>1</xmin>", "")},
      {"a corner that is a word", voc_annotation(voc_object("cat", "left", "1", "9", "9"))},
      {"a corner with a unit", voc_annotation(voc_object("cat", "1px", "1", "9", "9"))},
      {"a corner of 1e999", voc_annotation(voc_object("cat", "1e999", "1", "9", "9"))},
      {"another size than the image", voc_annotation(cat, 41, 30)},
      {"boxes without area", voc_annotation(voc_object("cat", "9", "9", "8", "8"))},
      {"boxes outside the image", voc_annotation(voc_object("cat", "90", "90", "99", "99"))},
      {"boxes of NaN", voc_annotation(voc_object("cat", "nan", "nan", "nan", "nan"))},
      {"difficult objects alone", voc_annotation(voc_object("cat", "1", "1", "9", "9", "<difficult>1</difficult>"))},
      {"no object", voc_annotation("")},
  };
}

}  // namespace

std::vector<MalformedInput> malformed_annotations(const Samples& samples) {
  std::vector<MalformedInput> inputs;
  const auto add = [&](const std::string& name, const std::filesystem::path& data) {
    inputs.push_back({name, "train", {"--data", data.string(), "--preset", "demo", "--steps", "1", "--batch", "1"}});
  };
  const auto folder = [&] { return samples.folder / "annotations" / std::to_string(inputs.size()); };
  for (const CocoChange& change : coco_changes()) {
    const auto data = folder();
    write_sample(data / "a.png", samples.png);
    write_sample(data / "b.png", samples.png);
    write_sample(data / "train.json", replaced(coco_json(), change.old_part, change.new_part));
    add("COCO: " + change.name, data / "train.json");
  }
  for (const std::string text : {"", "[]", "null", "{", "{}", "7", "{\"images\": [", "\xEF\xBB\xBF"}) {
    const auto data = folder();
    write_sample(data / "train.json", text);
    add("COCO: the text '" + (text == "\xEF\xBB\xBF" ? "byte order mark" : text) + "'", data / "train.json");
  }
  for (const auto& [name, xml] : voc_files()) {
    const auto data = folder();
    write_sample(data / "JPEGImages/1.png", samples.png);
    write_sample(data / "Annotations/1.xml", xml);
    add("VOC: " + name, data);
  }
  const auto voc = [&](const std::string& name, const std::string& list, const std::string& image) {
    const auto data = folder();
    write_sample(data / "Annotations/1.xml", voc_annotation(voc_object("cat", "1", "1", "9", "9")));
    write_sample(data / "JPEGImages/1.png", image);
    if (list != "no list") write_sample(data / "ImageSets/Main/train.txt", list);
    add("VOC: " + name, data);
  };
  voc("an empty list", "", samples.png);
  voc("a list with an unknown name", "2\n", samples.png);
  voc("a list with a name twice", "1\n1\n", samples.png);
  voc("a list of zeros", std::string(100, '\0'), samples.png);
  voc("a list that leads out of the folder", "../1\n", samples.png);
  voc("an image that is not one", "no list", "not an image");
  voc("an image that is empty", "no list", "");
  return inputs;
}

}  // namespace intertwiner::tests
