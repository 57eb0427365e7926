#include "apps/study/table_3.h"

#include <iostream>

#include "apps/study/region_counts.h"
#include "apps/terminal/program.h"
#include "apps/terminal/progress.h"
#include "detector/load_model.h"
#include "engine/files/atomic_file.h"

namespace intertwiner {

void count_table_3(const Table3Options& options) {
  const LoadedModel loaded = load_model(options.model, options.where);
  const DataSetPointer data = open_for_model(options.data, loaded.class_names).data;
  StatusLine status;
  const RegionCounts counts = count_regions(*loaded.model, data, [&](int64_t done) {
    status.show("image " + std::to_string(done) + " of " + std::to_string(data->size()));
  });
  status.clear();
  const ModelSettings& model = loaded.settings.model;
  const std::string markdown =
      region_counts_markdown(counts, model,
                             options.model + " (step " + std::to_string(loaded.state.step) + "), " +
                                 std::to_string(data->size()) + " images of " + describe_choice(options.data) + ", " +
                                 std::to_string(loaded.settings.regions.regions_per_image) + " regions each.");
  make_out_folder(options.out);
  write_atomically(options.out / "table-3.md", markdown);
  write_atomically(options.out / "table-3.csv", region_counts_csv(counts, model));
  std::cout << markdown << std::flush;
}

}  // namespace intertwiner
