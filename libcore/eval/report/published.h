// The tables of the SlowFast-VGen paper (arXiv 2410.23277), marked as published: other data and
// another scale, to read the order of rows by.
#pragma once
#include "libcore/eval/report/page.h"

namespace svg::eval {

void add_published(Page& page);

}  // namespace svg::eval
