// A tokenizer's folder, and a text for it (the part named "text").
#include "libcore/model/clip_tokenizer.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace svg;
  static const fuzz::Scratch scratch;
  const auto parts = fuzz::parts_of({data, size});
  const std::string folder = scratch.fill(parts);
  fuzz::expect_errors_only([&] {
    const auto tokenizer = ClipTokenizer::load(folder);
    for (const auto& part : parts) {
      if (part.name != "text") continue;
      const auto ids = tokenizer.encode(part.content);
      if (static_cast<int64_t>(ids.size()) != tokenizer.max_length()) abort();
      for (const int64_t id : ids)
        if (id < 0 || id >= tokenizer.vocab_size()) abort();
    }
  });
  return 0;
}
