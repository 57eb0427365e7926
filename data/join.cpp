#include "data/join.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "data/file_data_set.h"
#include "engine/error.h"

namespace intertwiner {
namespace {

/// Images of other data sets. The records are copies, so that labels and ids can differ from the source's.
class Selection : public DataSet {
 public:
  struct Source {
    DataSetPointer data;
    int64_t index = 0;
  };

  std::vector<std::string> names;
  std::vector<int64_t> ids;
  std::vector<Source> sources;
  std::vector<ImageRecord> records;

  const std::vector<std::string>& class_names() const override { return names; }
  const std::vector<int64_t>& category_ids() const override { return ids; }
  int64_t size() const override { return static_cast<int64_t>(sources.size()); }
  const ImageRecord& record(int64_t index) const override { return records.at(static_cast<size_t>(index)); }
  Image load(int64_t index) const override {
    const Source& source = sources.at(static_cast<size_t>(index));
    return source.data->load(source.index);
  }
  std::vector<std::filesystem::path> files() const override {
    std::set<const DataSet*> data_sets;
    for (const Source& source : sources) data_sets.insert(source.data.get());
    std::vector<std::filesystem::path> all;
    for (const DataSet* data : data_sets) {
      const std::vector<std::filesystem::path> files = data->files();
      all.insert(all.end(), files.begin(), files.end());
    }
    return all;
  }
};

/// Adds the classes of `data` to the selection. Returns the new label of each old label, from label 0 on.
std::vector<int> add_classes(Selection& all, const DataSet& data, bool& ids_agree) {
  std::vector<int> new_label = {0};
  for (size_t i = 0; i < data.class_names().size(); ++i) {
    const std::string& name = data.class_names()[i];
    const int64_t id = data.category_ids()[i];
    const auto found = std::find(all.names.begin(), all.names.end(), name);
    const size_t position = static_cast<size_t>(found - all.names.begin());
    if (found == all.names.end()) {
      ids_agree = ids_agree && std::find(all.ids.begin(), all.ids.end(), id) == all.ids.end();
      all.names.push_back(name);
      all.ids.push_back(id);
    } else {
      ids_agree = ids_agree && all.ids[position] == id;
    }
    new_label.push_back(static_cast<int>(position + 1));
  }
  return new_label;
}

/// Indices of all images, sorted by id.
std::vector<int64_t> order_of_ids(const DataSet& data) {
  std::vector<int64_t> order(static_cast<size_t>(data.size()));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return data.record(a).id < data.record(b).id; });
  return order;
}

}  // namespace

DataSetPointer take_images(const DataSetPointer& data, const std::vector<int64_t>& indices) {
  auto selection = std::make_shared<Selection>();
  selection->names = data->class_names();
  selection->ids = data->category_ids();
  for (const int64_t index : indices) {
    selection->sources.push_back({data, index});
    selection->records.push_back(data->record(index));
  }
  return selection;
}

DataSetPointer join_data_sets(const std::vector<DataSetPointer>& data_sets) {
  if (data_sets.empty()) throw InternalError("join_data_sets: no data set");
  if (data_sets.size() == 1) return data_sets.front();
  auto all = std::make_shared<Selection>();
  bool category_ids_agree = true, image_ids_differ = true;
  std::set<int64_t> image_ids;
  for (const DataSetPointer& data : data_sets) {
    const std::vector<int> new_label = add_classes(*all, *data, category_ids_agree);
    for (int64_t i = 0; i < data->size(); ++i) {
      ImageRecord record = data->record(i);
      for (Annotation& annotation : record.annotations) {
        annotation.label = new_label.at(static_cast<size_t>(annotation.label));
      }
      image_ids_differ = image_ids.insert(record.id).second && image_ids_differ;
      all->sources.push_back({data, i});
      all->records.push_back(std::move(record));
    }
  }
  if (!category_ids_agree) std::iota(all->ids.begin(), all->ids.end(), 1);
  if (!image_ids_differ) {
    for (size_t i = 0; i < all->records.size(); ++i) all->records[i].id = static_cast<int64_t>(i + 1);
  }
  return all;
}

DataSetPointer take_first(const DataSetPointer& data, int64_t count) {
  if (count <= 0) throw UserError("the number of images to take must be positive, not " + std::to_string(count));
  std::vector<int64_t> order = order_of_ids(*data);
  order.resize(static_cast<size_t>(std::min(count, data->size())));
  return take_images(data, order);
}

DataSetPointer take_folds(const DataSetPointer& data, const FoldRange& folds) {
  const std::vector<int64_t> order = order_of_ids(*data);
  std::vector<int64_t> taken;
  for (size_t i = 0; i < order.size(); ++i) {
    const int64_t fold = 1 + static_cast<int64_t>(i) % folds.count;
    if (fold >= folds.first && fold <= folds.last) taken.push_back(order[i]);
  }
  if (taken.empty()) {
    throw UserError("the data set has only " + std::to_string(order.size()) + " images, too few for " +
                    std::to_string(folds.count) + " folds; use fewer folds");
  }
  return take_images(data, taken);
}

DataSetPointer with_classes(const DataSetPointer& data, const std::vector<std::string>& class_names,
                            AnnotationReport& report) {
  if (data->class_names() == class_names) return data;
  auto result = std::make_shared<Selection>();
  result->names = class_names;
  result->ids.resize(class_names.size());
  std::iota(result->ids.begin(), result->ids.end(), 1);
  std::vector<int> new_label = {0};
  for (const std::string& name : data->class_names()) {
    const auto found = std::find(class_names.begin(), class_names.end(), name);
    new_label.push_back(found == class_names.end() ? 0 : static_cast<int>(found - class_names.begin()) + 1);
  }
  if (std::all_of(new_label.begin(), new_label.end(), [](int label) { return label == 0; })) {
    throw UserError("the data set has none of the classes " + name_some(class_names) + ", only " +
                    name_some(data->class_names()) + "; choose data with these classes");
  }
  for (int64_t i = 0; i < data->size(); ++i) {
    ImageRecord record = data->record(i);
    for (Annotation& annotation : record.annotations) {
      annotation.label = new_label.at(static_cast<size_t>(annotation.label));
    }
    report.other_classes += static_cast<int64_t>(
        std::erase_if(record.annotations, [](const Annotation& annotation) { return annotation.label == 0; }));
    result->sources.push_back({data, i});
    result->records.push_back(std::move(record));
  }
  return result;
}

}  // namespace intertwiner
