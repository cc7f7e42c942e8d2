#include "libcore/eval/videos/row_file.h"

namespace svg::eval {
namespace {

std::string csv_cell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_cell(const ordered_json& value) {
  if (value.is_string()) return csv_cell(value.get<std::string>());
  const std::string text = value.dump();  // "null" for NaN, too
  return text == "null" ? "" : csv_cell(text);
}

}  // namespace

std::string line_of(const ordered_json& row, RowFormat format) {
  if (format == RowFormat::JsonLines) return dump_json(row, "a row of results");
  std::string line;
  bool first = true;
  for (const auto& value : row) {
    line += (first ? "" : ",") + csv_cell(value);
    first = false;
  }
  return line;
}

std::string header_of(const ordered_json& row) {
  std::string line;
  for (const auto& [key, value] : row.items()) line += (line.empty() ? "" : ",") + csv_cell(key);
  return line;
}

RowFile::RowFile(const Folder& folder, const std::string& name, RowFormat format)
    : file_(folder, name + (format == RowFormat::Csv ? ".csv" : ".jsonl")), format_(format) {}

void RowFile::write(const ordered_json& row) {
  if (empty_ && format_ == RowFormat::Csv) file_.write(header_of(row) + "\n");
  empty_ = false;
  file_.write(line_of(row, format_) + "\n");
}

void RowFile::finish() {
  file_.finish();
}

}  // namespace svg::eval
