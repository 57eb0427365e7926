#include "data/data_set.h"

namespace intertwiner {

std::vector<Annotation> training_annotations(const ImageRecord& record) {
  std::vector<Annotation> objects;
  for (const Annotation& annotation : record.annotations) {
    if (!annotation.ignored && annotation.box.width() > 0 && annotation.box.height() > 0) objects.push_back(annotation);
  }
  return objects;
}

}  // namespace intertwiner
