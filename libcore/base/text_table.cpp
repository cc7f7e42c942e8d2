#include "libcore/base/text_table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "libcore/base/printable.h"

namespace svg {

std::string text_table(std::vector<std::vector<std::string>> rows) {
  for (auto& row : rows)
    for (std::string& cell : row) cell = printable(cell);
  std::vector<size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line = row.front() + std::string(widths[0] - row.front().size(), ' ');
    for (size_t k = 1; k < row.size(); ++k) {
      bool last = k + 1 == row.size();
      line += "  " + std::string(last ? 0 : widths[k] - row[k].size(), ' ') + row[k];
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string text_of(const char* format, std::optional<double> value) {
  if (!value) return "-";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, *value);
  return text.data();
}

}  // namespace svg
