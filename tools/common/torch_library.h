// The torch library, loaded when the flags are known to be good: --help and a wrong flag answer without it.
#pragma once
#include <string>

#include "formats/base/context.h"

namespace svg::tools {

// "cpu" or "cuda:N" from auto, cpu, cuda, cuda:N. auto takes cuda:0 where the CUDA plugin is built and the
// driver shows a GPU. Throws Error{Unavailable} if a GPU is asked for and one of the two is missing.
std::string resolve_device(const std::string& wanted);

// The session function `symbol` of lib/libsvg_torch.so, which stands beside bin/. The first call sets the
// environment that torch reads while loading (thread pool, allocator), loads the CUDA plugin if the context's
// device is a GPU (it must come before torch's first query), then the library. Throws Error{Unavailable} if
// something cannot be loaded.
void* torch_symbol(const char* symbol, const Context& context);
// Whether torch_symbol has loaded the library: then the process leaves by quick_exit, because torch's and
// CUDA's threads do not survive static destructors.
bool torch_loaded();

// Calls `extern "C" int svg_x_session(const XOptions&, svg::Context&)`, declared in a torch-free header of
// libcore:
//   return run_session("svg_decode_session", options, context);
template <class Options>
int run_session(const char* symbol, const Options& options, Context& context) {
  using Session = int (*)(const Options&, Context&);
  return reinterpret_cast<Session>(torch_symbol(symbol, context))(options, context);
}

}  // namespace svg::tools
