#include "libcore/session/eval_report.h"

#include "libcore/base/atomic_file.h"
#include "libcore/base/error.h"
#include "libcore/base/path.h"
#include "libcore/eval/report/sections.h"

namespace svg::session {

void eval_report(const EvalReportOptions& o) {
  const bool there = path_exists(o.output, ErrorKind::CannotCreate);
  require(!there || o.force || !is_regular_file(o.output), ErrorKind::CannotCreate, o.output,
          ": exists already; --force replaces it");
  std::vector<eval::Part> parts;
  for (const auto& input : o.inputs)
    for (auto& part : eval::parts_of(input)) parts.push_back(std::move(part));
  eval::Page page(o.title);
  eval::add_parts(page, parts);
  write_file_atomically(o.output, page.html());
}

}  // namespace svg::session
