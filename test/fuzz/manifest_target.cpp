// A data set: read, its files looked at, written again and read again.
#include "formats/data/manifest.h"
#include "formats/inspect.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace svg;
  static const fuzz::Scratch scratch, other;
  const std::string folder = scratch.fill(fuzz::parts_of({data, size}));
  fuzz::expect_errors_only([&] { (void)formats::inspect(folder, true); });
  formats::Manifest manifest;
  bool read = false;
  fuzz::expect_errors_only([&] {
    manifest = formats::Manifest::read(folder);
    read = true;
  });
  if (!read) return 0;
  fuzz::expect_errors_only([&] { formats::check_files(manifest, true); });
  for (const auto& episode : manifest.episodes) (void)manifest.chunks_of(episode.ep());
  manifest.write(other.fill({}));  // what could be read can be written and read
  if (formats::Manifest::read(other.path()).chunks.size() != manifest.chunks.size()) abort();
  return 0;
}
