#include "apps/study/table_3.h"

#include <iostream>

#include "apps/study/region_counts.h"
#include "apps/terminal/progress.h"
#include "apps/terminal/unreadable.h"
#include "detector/load_model.h"
#include "engine/files/atomic_file.h"
#include "engine/files/output_check.h"
#include "engine/files/paths.h"
#include "engine/text.h"

namespace intertwiner {

int count_table_3(const Table3Options& options) {
  const LoadedModel loaded = load_model(options.model, options.where);
  const OpenedDataSet opened = open_for_model(options.data, loaded.class_names);
  const DataSetPointer& data = opened.data;
  const std::filesystem::path markdown_file = options.out / "table-3.md", csv_file = options.out / "table-3.csv";
  OutputRules rules = options.rules;
  const std::vector<std::filesystem::path> images = data->files();
  rules.inputs.insert(rules.inputs.end(), images.begin(), images.end());
  rules.inputs.emplace_back(options.model);
  require_writable({markdown_file, csv_file}, rules);
  StatusLine status;
  const RegionCounts counts = count_regions(*loaded.model, data, [&](int64_t done) {
    status.show("image " + std::to_string(done) + " of " + std::to_string(data->size()));
  });
  status.clear();
  const ModelSettings& model = loaded.settings.model;
  const std::string markdown = region_counts_markdown(
      counts, model,
      printable(options.model) + " (step " + std::to_string(loaded.state.step) + "), " + std::to_string(data->size()) +
          " images of " + describe_selection(options.data) + ", " +
          std::to_string(loaded.settings.regions.regions_per_image) + " regions per image.");
  make_folder(options.out);
  write_atomically(markdown_file, markdown);
  write_atomically(csv_file, region_counts_csv(counts, model));
  std::cout << markdown << std::flush;
  return print_unreadable(opened.report);
}

}  // namespace intertwiner
