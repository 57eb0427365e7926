// Data sets in YOLO's layout.
#include "tests/apps/malformed_inputs.h"

namespace intertwiner::tests {
namespace {

const std::string kYaml = "train: images\nnames: [head, helmet]\n";
const std::string kLabel = "1 0.5 0.5 0.5 0.5\n";

struct Named {
  std::string name, text;
};

std::vector<Named> label_files() {
  return {
      {"a class that data.yaml does not name", kLabel + "\n7 0.5 0.5 0.1 0.1\n"},
      {"a class that is a word", "helmet 0.5 0.5 0.1 0.1\n"},
      {"a negative class", "-1 0.5 0.5 0.1 0.1\n"},
      {"a class of 1e300", "1e300 0.5 0.5 0.1 0.1\n"},
      {"pixels instead of fractions", "1 320 240 64 48\n"},
      {"a negative coordinate", "1 -0.5 0.5 0.1 0.1\n"},
      {"a coordinate of NaN", "1 nan 0.5 0.1 0.1\n"},
      {"a coordinate of 1e999", "1 1e999 0.5 0.1 0.1\n"},
      {"commas between the numbers", "1,0.5,0.5,0.1,0.1\n"},
      {"a box of three numbers", "1 0.5 0.5 0.1\n"},
      {"a polygon without its last number", "1 0.1 0.1 0.5 0.1 0.5 0.5 0.3\n"},
      {"an escape code", "1 0.5 0.5 0.1 \x1b[31m\n"},
      {"labels of zeros", std::string(100, '\0')},
      {"boxes without area", "1 0.5 0.5 0 0\n"},
      {"a label file of 17 MB", std::string(size_t{17} << 20, '1')},
  };
}

std::vector<Named> yaml_files() {
  return {
      {"empty file", ""},
      {"not YAML", "names: [a\n}"},
      {"a tab as indentation", "names:\n\t- a\n"},
      {"bytes that are not UTF-8", "names: [\"caf\xE9\"]\n"},
      {"a list", "- head\n- helmet\n"},
      {"no names", "train: images\n"},
      {"names are empty", "train: images\nnames: []\n"},
      {"names are a text", "train: images\nnames: head\n"},
      {"a name twice", "train: images\nnames: [head, head]\n"},
      {"a name that is a list", "train: images\nnames: [head, [helmet]]\n"},
      {"a line break in a name", "train: images\nnames: [\"he\\nad\"]\n"},
      {"a number of names left out", "train: images\nnames: {0: head, 2: helmet}\n"},
      {"names with words as numbers", "train: images\nnames: {head: 0}\n"},
      {"names twice", kYaml + "names: [a]\n"},
      {"a path that is a list", kYaml + "path: [a]\n"},
      {"a split that is missing", "train: nowhere\nnames: [head, helmet]\n"},
      {"a validation split that is missing", "train: images\nval: nowhere\nnames: [head, helmet]\n"},
      {"a split that is a picture", "train: images/a.png\nnames: [head, helmet]\n"},
      {"a split without images", "train: labels\nnames: [head, helmet]\n"},
      {"names as an alias", "a: &a [head]\nnames: *a\n"},
      {"nested 100,000 levels", kYaml + "a: " + std::string(100'000, '[')},
      {"a file of 2 MB", kYaml + std::string(2 << 20, '\n')},
  };
}

}  // namespace

std::vector<MalformedInput> malformed_yolo(const Samples& samples) {
  std::vector<MalformedInput> inputs;
  const auto folder = [&] { return samples.folder / "yolo" / std::to_string(inputs.size()); };
  const auto add = [&](const std::string& name, const std::filesystem::path& data) {
    inputs.push_back(
        {"YOLO: " + name, "train", {"--data", data.string(), "--preset", "demo", "--steps", "1", "--batch", "1"}});
  };
  const auto write = [&](const std::string& yaml, const std::string& labels) {
    const auto data = folder();
    write_sample(data / "images/a.png", samples.png);
    write_sample(data / "labels/a.txt", labels);
    return write_sample(data / "data.yaml", yaml);
  };
  for (const auto& [name, text] : label_files()) {
    write(kYaml, text);
    add(name, folder());
  }
  for (const auto& [name, text] : yaml_files()) add("data.yaml: " + name, write(text, kLabel));
  const auto flat = [&](const std::string& name, const std::string& file, const std::string& content) {
    const auto data = folder();
    write_sample(data / "images/a.png", samples.png);
    write_sample(data / "labels/a.txt", kLabel);
    write_sample(data / file, content);
    add(name, data);
  };
  flat("no names of classes", "notes.txt", "");
  flat("classes.txt in Latin-1", "classes.txt", "caf\xE9\n");
  flat("several .yaml files with names", "b.yaml", kYaml);
  write_sample(samples.folder / "yolo" / std::to_string(inputs.size() - 1) / "a.yaml", kYaml);
  const auto list = [&](const std::string& name, const std::string& content) {
    flat(name, "train.txt", content);
    write_sample(samples.folder / "yolo" / std::to_string(inputs.size() - 1) / "data.yaml", "names: [head, helmet]\n");
  };
  list("an empty list", "");
  list("a list with an unknown image", "images/b.png\n");
  list("a list with an image twice", "images/a.png\nimages/a.png\n");
  list("a list of zeros", std::string(100, '\0'));
  const auto data = folder();
  write_sample(data / "images/a.png", samples.png);
  write_sample(data / "labels/b.txt", kLabel);
  write_sample(data / "data.yaml", kYaml);
  add("no label file for any image", data);
  return inputs;
}

}  // namespace intertwiner::tests
