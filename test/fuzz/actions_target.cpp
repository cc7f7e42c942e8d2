// An action file.
#include "libcore/episode/action_source.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  svg::fuzz::expect_errors_only([&] {
    svg::episode::ActionSource source("input",
                                      std::string(reinterpret_cast<const char*>(data), size));
    for (int n = 0; n < 10000 && source.next(); ++n) {
    }
  });
  return 0;
}
