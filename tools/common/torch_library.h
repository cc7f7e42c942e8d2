// The torch library, loaded when the flags are known to be good: --help and a wrong flag answer
// without it.
#pragma once
#include <string>

#include "libcore/session/door.h"

namespace svg::tools {

// "cpu" or "cuda:N" from auto, cpu, cuda, cuda:N. For a GPU the CUDA plugin (lib/libsvg_cuda.so) is
// loaded here, with the environment that torch reads while loading: only then it is known whether
// the GPU can be used. auto takes cuda:0 where the plugin is built, the driver shows a GPU and CUDA
// can use it; if only the last fails, it says why and takes the CPU. Throws Error{Unavailable} if a
// GPU is asked for and cannot be used.
std::string resolve_device(const std::string& wanted, int threads);

// The session function `symbol` of lib/libsvg_torch.so, which stands beside bin/. The first call
// sets the environment that torch reads while loading (thread pool, allocator), then loads the
// library; a CUDA plugin is there by then, because it must come before torch's first query. Throws
// Error{Unavailable} if something cannot be loaded.
void* torch_symbol(const char* symbol, const Context& context);
// Whether torch has been loaded: then the process leaves by quick_exit, because torch's and
// CUDA's threads do not survive static destructors.
bool torch_loaded();

// Loads the library and runs the session of these options in it (libcore/session/door.h).
template <class Options>
session::Report run_session(const Options& options, Context& context) {
  session::Report report;
  reinterpret_cast<session::Session<Options>*>(torch_symbol(Options::kSession, context))(
      options, context, report);
  return report;
}

}  // namespace svg::tools
