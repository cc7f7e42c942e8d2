// The folder of a revisit evaluation: settings.json with the plan, and episodes.jsonl with one line
// a (row, script, episode). Written line by line, so that a stop loses the cell it was at and no
// more.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/json.h"
#include "libcore/base/line_file.h"
#include "libcore/eval/revisit/tasks.h"

namespace svg::eval {

// What is to be done: {"scripts", "rows", "episodes" (an object: how many of each script)}. It may
// grow from call to call (--resume), so that it is no setting.
using RevisitPlan = ordered_json;
RevisitPlan revisit_plan(const RevisitTasks& tasks, const std::vector<std::string>& rows);

struct RevisitResults {
  std::string folder;
  ordered_json settings;
  RevisitPlan plan;  // null where a former version wrote the folder
  std::vector<ordered_json> lines;
};
// Throws Error{NoInput} where no evaluation has been, Error{Data} for a torn or malformed line.
RevisitResults read_revisit_results(const std::string& folder);

class RevisitResultWriter {
 public:
  enum class Begin { New, Resume, Force };
  // Throws Error{CannotCreate} where results are there already and neither Resume nor Force says
  // what to do with them; Error{Config} for Resume with other settings.
  RevisitResultWriter(const std::string& folder, const ordered_json& settings,
                      const RevisitPlan& plan, Begin begin);

  bool has(const std::string& row, const std::string& script, int64_t episode) const;
  void add(ordered_json line);
  // table.json beside them.
  void finish(const ordered_json& table);

  const std::vector<ordered_json>& lines() const { return lines_; }

 private:
  std::string folder_;
  std::vector<ordered_json> lines_;
  LineFile out_;
};

}  // namespace svg::eval
