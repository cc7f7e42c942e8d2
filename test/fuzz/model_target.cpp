// A model directory: its index, configurations and weights.
#include "formats/inspect.h"
#include "formats/model/model_directory.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace svg;
  static const fuzz::Scratch scratch;
  const std::string folder = scratch.fill(fuzz::parts_of({data, size}));
  fuzz::expect_errors_only([&] { (void)formats::inspect(folder, true); });
  fuzz::expect_errors_only([&] {
    const formats::ModelDirectory model(folder);
    for (const auto& entry : model.components()) {
      const std::string& name = entry.first;
      fuzz::expect_errors_only([&] { (void)model.config(name); });
      fuzz::expect_errors_only([&] { (void)model.fingerprint(name); });
    }
  });
  return 0;
}
