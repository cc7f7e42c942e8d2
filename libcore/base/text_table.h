// Tables for people: columns aligned by blanks.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace svg {

// One line a row, two blanks between columns, every column flush right but the first and the last.
// `rows` holds at least one row, all of one length. Control characters in cells are escaped.
std::string text_table(std::vector<std::vector<std::string>> rows);
// printf's format for one double; "-" for nothing.
std::string text_of(const char* format, std::optional<double> value);

}  // namespace svg
