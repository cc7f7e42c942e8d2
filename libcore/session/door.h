// The way from an executable into the torch library, which it loads at run time. Each options
// struct names the exported function that takes it, `kSession`; that function is declared beside
// the struct with its type, Session<Options>. So options and function cannot be paired wrongly.
// Torch-free.
#pragma once
#include "libcore/base/context.h"
#include "libcore/session/report.h"

namespace svg::session {

template <class Options>
using Session = void(const Options&, Context&, Report&);

}  // namespace svg::session
