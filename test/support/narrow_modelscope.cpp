// narrow_modelscope DIR: a model directory with the structure of ModelScopeT2V and narrow layers,
// for tests of the executables.
#include <cstdio>

#include "libcore/base/error.h"
#include "test/support/made_weights.h"

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  try {
    svg::test::write_narrow_modelscope(argv[1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "narrow_modelscope: %s\n", e.what());
    return 70;
  }
}
