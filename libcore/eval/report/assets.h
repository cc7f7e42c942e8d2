// What every page carries along, built into the library: our style and script, and dygraphs (MIT)
// for the charts.
#pragma once
#include <string_view>

namespace svg::eval {

std::string_view page_css();
std::string_view page_js();
std::string_view dygraph_css();
std::string_view dygraph_js();

}  // namespace svg::eval
