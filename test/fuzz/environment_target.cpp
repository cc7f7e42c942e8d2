// A transcript of the environment protocol, through the parsers of client and server.
#include "test/fuzz/parts.h"
#include "test/support/transcript.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  svg::fuzz::expect_errors_only(
      [&] { svg::test::play_transcript(std::string(reinterpret_cast<const char*>(data), size)); });
  return 0;
}
