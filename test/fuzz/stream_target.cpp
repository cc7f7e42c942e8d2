// Bytes as a latent stream, with nothing put right: what any file is to the reader.
#include <sys/mman.h>
#include <unistd.h>

#include "formats/stream/latent_stream.h"
#include "test/fuzz/parts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int file = memfd_create("input", MFD_CLOEXEC);
  if (write(file, data, size) != static_cast<ssize_t>(size) || lseek(file, 0, SEEK_SET) != 0)
    abort();
  svg::fuzz::expect_errors_only([&] {
    svg::formats::StreamReader reader(file, "input", true);
    while (reader.next()) {
    }
    (void)reader.cut_off();
  });
  return 0;
}
