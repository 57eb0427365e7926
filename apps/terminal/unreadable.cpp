#include "apps/terminal/unreadable.h"

#include "apps/terminal/program.h"

namespace intertwiner {

int print_unreadable(const AnnotationReport& report) {
  if (report.unreadable == 0) return 0;
  for (const std::string& message : report.unreadable_messages) print_error(message);
  if (report.unreadable > 1) print_error(std::to_string(report.unreadable) + " images were left out");
  return 2;
}

}  // namespace intertwiner
