// A latent stream behind its seals: each part is a record, its header in the part's content up to a
// zero byte, its tensors behind it. Headers are sealed and data are compressed here, so that what
// is tried is what stands behind both.
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <cstring>

#include "formats/stream/latent_stream.h"
#include "formats/stream/stream_records.h"
#include "libcore/base/hash.h"
#include "test/fuzz/parts.h"

namespace {
using namespace svg;

void append(std::string& out, uint32_t number) {
  char bytes[4];
  std::memcpy(bytes, &number, 4);
  out.append(bytes, 4);
}

std::string compressed(const std::string& data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  ZSTD_CCtx* encoder = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(encoder, ZSTD_c_checksumFlag, 1);
  out.resize(ZSTD_compress2(encoder, out.data(), out.size(), data.data(), data.size()));
  ZSTD_freeCCtx(encoder);
  return out;
}

// The hash that an `end` record states is put right, too, where the header has room for it.
std::string with_hash(std::string header, const std::string& before) {
  const size_t at = header.find("\"hash\":\"sha256:");
  if (at == std::string::npos || header.size() < at + 15 + 64) return header;
  return header.replace(at + 15, 64, sha256_hex(std::as_bytes(std::span(before))));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string stream;
  for (const auto& part : fuzz::parts_of({data, size})) {
    const size_t end = std::min(part.content.find('\0'), part.content.size());
    const std::string header = fuzz::sealed_again(with_hash(part.content.substr(0, end), stream));
    append(stream, formats::kRecordMagic);
    append(stream, static_cast<uint32_t>(header.size()));
    stream += header;
    if (end < part.content.size()) stream += compressed(part.content.substr(end + 1));
  }
  const int file = memfd_create("input", MFD_CLOEXEC);
  if (write(file, stream.data(), stream.size()) != static_cast<ssize_t>(stream.size()) ||
      lseek(file, 0, SEEK_SET) != 0)
    abort();
  fuzz::expect_errors_only([&] {
    formats::StreamReader reader(file, "input", true);
    while (const auto record = reader.next()) {
      if (record->kind() == formats::RecordKind::Chunk) (void)record->chunk();
      if (record->kind() == formats::RecordKind::Draws) (void)record->draws();
    }
  });
  return 0;
}
