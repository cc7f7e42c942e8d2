#include "tools/common/video_library.h"

#include <dlfcn.h>

#include <string>

#include "libcore/base/error.h"

namespace svg::tools {

void* video_symbol(const char* symbol) {
  void* handle = dlopen("libsvg_video.so", RTLD_NOW);
  void* function = handle ? dlsym(handle, symbol) : nullptr;
  const char* text = function ? nullptr : dlerror();
  require(function, ErrorKind::Unavailable,
          "cannot load libsvg_video.so: ", text ? std::string(text) : "unknown loader error");
  return function;
}

}  // namespace svg::tools
