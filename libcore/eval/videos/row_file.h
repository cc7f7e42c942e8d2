// Rows of results as JSON lines or as CSV. Torch-free.
#pragma once
#include <string>

#include "libcore/base/atomic_file.h"
#include "libcore/base/json.h"

namespace svg::eval {

enum class RowFormat { JsonLines, Csv };

// One line. In CSV (RFC 4180) null is an empty cell, and a list stands in one cell as JSON.
std::string line_of(const ordered_json& row, RowFormat format);
// The names of a row's cells, for CSV.
std::string header_of(const ordered_json& row);

// NAME.jsonl or NAME.csv in a folder; all rows have the same keys in the same order.
class RowFile {
 public:
  RowFile(const Folder& folder, const std::string& name, RowFormat format);
  void write(const ordered_json& row);  // throws Error{Io}
  void finish();                        // throws Error{Io}

 private:
  AtomicFile file_;
  RowFormat format_;
  bool empty_ = true;
};

}  // namespace svg::eval
