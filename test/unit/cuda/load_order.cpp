// load_order plugin-first|question-first PLUGIN: torch knows what CUDA offers if the plugin was
// loaded before it was first asked, and never if it was asked before. Status 0 if so, 1 if not, 77
// where the plugin cannot be loaded: the CUDA libraries that torch needs are not here.
#include <ATen/ATen.h>
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  const bool question_first = argv[1] == std::string("question-first");
  if (question_first) at::globalContext().hasCUDA();
  if (dlopen(argv[2], RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    std::printf("skipped: %s\n", dlerror());
    std::quick_exit(77);
  }
  const bool known = at::globalContext().hasCuDNN();  // without a GPU, too
  std::printf("%s: hasCuDNN is %d\n", argv[1], known);
  std::fflush(stdout);
  std::quick_exit(known == question_first ? 1 : 0);
}
