// Writing latent streams (formats/stream/latent_stream.h): StreamWriter and encode_record.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "formats/stream/latent_stream.h"
#include "formats/stream/seal.h"
#include "formats/stream/stream_checks.h"
#include "formats/stream/stream_records.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"

namespace svg::formats {
namespace {

constexpr int kCompressionLevel = 3;  // zstd's default

struct FreeEncoder {
  void operator()(ZSTD_CCtx* encoder) const { ZSTD_freeCCtx(encoder); }
};

void append_le32(std::vector<std::byte>& bytes, uint32_t n) {
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::byte>(n >> (8 * i)));
}

void append_frame(std::vector<std::byte>& bytes, const std::vector<std::byte>& blob) {
  std::unique_ptr<ZSTD_CCtx, FreeEncoder> encoder(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(encoder.get(), ZSTD_c_compressionLevel, kCompressionLevel);
  ZSTD_CCtx_setParameter(encoder.get(), ZSTD_c_checksumFlag, 1);
  ZSTD_CCtx_setParameter(encoder.get(), ZSTD_c_contentSizeFlag, 1);
  size_t old = bytes.size();
  bytes.resize(old + ZSTD_compressBound(blob.size()));
  size_t n = ZSTD_compress2(encoder.get(), bytes.data() + old, bytes.size() - old, blob.data(),
                            blob.size());
  require(!ZSTD_isError(n), ErrorKind::System, "zstd cannot compress: ", ZSTD_getErrorName(n));
  bytes.resize(old + n);
}

bool has_blob(const ordered_json& header) {
  auto kind = json_get<std::string>(header, "kind", "record");
  return kind == "chunk" || kind == "draws";
}

std::vector<std::byte> bytes_of_record(const ordered_json& header,
                                       const std::vector<std::byte>& blob) {
  std::string text = sealed(header, "record");
  require(text.size() <= kMaxHeaderSize, ErrorKind::Data, "record: a header of ", text.size(),
          " bytes, the limit is ", kMaxHeaderSize);
  std::vector<std::byte> bytes;
  append_le32(bytes, kRecordMagic);
  append_le32(bytes, static_cast<uint32_t>(text.size()));
  bytes.insert(bytes.end(), as_bytes_of(text).begin(), as_bytes_of(text).end());
  if (has_blob(header)) append_frame(bytes, blob);
  return bytes;
}

// Opens for writing without cutting it off, then takes the lock: a second writer must not harm the
// first one's file.
int open_locked(const std::string& partial, const std::string& path, int flags) {
  int fd = ::open(partial.c_str(), O_RDWR | O_CLOEXEC | flags, 0666);
  if (fd < 0 && flags == 0 && errno == ENOENT) {
    fail(ErrorKind::NoInput, "nothing to resume: ", partial, " does not exist");
  }
  require(fd >= 0, ErrorKind::CannotCreate, "cannot create ", path, ": ", system_reason());
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    fail(ErrorKind::CannotCreate, "cannot create ", path, ": another process is writing ", partial);
  }
  return fd;
}

}  // namespace

std::vector<std::byte> encode_record(const ordered_json& header,
                                     const std::vector<TensorView>& tensors) {
  return bytes_of_record(
      header, has_blob(header) ? encode_safetensors(tensors, {}) : std::vector<std::byte>{});
}

struct StreamWriter::Impl {
  std::string path,
      partial;  // partial is empty where the output is written in place: a pipe or a device
  int descriptor = -1;
  bool owns = false, sync_each = true;
  StreamRules rules;
  Sha256 hash;

  ~Impl() {
    if (owns && descriptor >= 0) ::close(descriptor);
  }

  void put(const ordered_json& header, const std::vector<TensorView>& tensors) {
    std::string where = cat(path, ": record ", rules.records());
    rules.check_header(header, where);
    std::vector<std::byte> blob;
    if (has_blob(header)) {
      rules.check_blob(header, SafetensorsView{tensors, {}}, where);
      blob = encode_safetensors(tensors, {});
    }
    std::vector<std::byte> bytes = bytes_of_record(header, blob);
    if (header.at("kind") == "stream") hash = Sha256();
    rules.accept(header, hash.hex(), where);
    hash.update(bytes);
    write_all(descriptor, bytes, path);
    if (!partial.empty() && sync_each) {
      require(::fdatasync(descriptor) == 0, ErrorKind::Io, "cannot write ", path, ": ",
              system_reason());
    }
  }

  void end() {
    put({{"kind", "end"},
         {"chunks", rules.chunks()},
         {"frames", rules.frames()},
         {"hash", "sha256:" + hash.hex()}},
        {});
  }
};

StreamWriter StreamWriter::create(const std::string& path, Durability durability) {
  auto impl = std::make_unique<Impl>();
  impl->sync_each = durability == Durability::EachRecord;
  impl->path = path;
  struct stat info {};
  bool exists = path != "-" && ::stat(path.c_str(), &info) == 0;
  require(!exists || !S_ISDIR(info.st_mode), ErrorKind::CannotCreate, "cannot create ", path,
          ": a directory of this name exists");
  if (path == "-") {
    impl->path = "standard output";
    impl->descriptor = STDOUT_FILENO;
  } else if (exists && !S_ISREG(info.st_mode)) {
    impl->descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    impl->owns = true;
    require(impl->descriptor >= 0, ErrorKind::CannotCreate, "cannot open ", path, ": ",
            system_reason());
  } else {
    impl->partial = path + ".partial";
    impl->descriptor = open_locked(impl->partial, path, O_CREAT);
    impl->owns = true;
    require(::ftruncate(impl->descriptor, 0) == 0, ErrorKind::Io, "cannot write ", path, ": ",
            system_reason());
  }
  return StreamWriter(std::move(impl));
}

StreamWriter StreamWriter::resume(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->partial = path + ".partial";
  impl->descriptor = open_locked(impl->partial, path, 0);
  impl->owns = true;
  // Where the kept part ends, and where the stream began that it breaks off in.
  uint64_t keep = 0, begin = 0, before = 0;
  StreamReader reader = StreamReader::open(impl->partial);
  while (auto record = reader.next()) {
    if (record->kind() == RecordKind::Stream) begin = before;
    // A last `end` is dropped: it is written again by finish(), after whatever is still to come.
    if (record->kind() != RecordKind::End) impl->rules.accept(record->header, "", impl->partial);
    keep = record->kind() == RecordKind::End ? before : reader.offset();
    before = reader.offset();
  }
  require(::ftruncate(impl->descriptor, static_cast<off_t>(keep)) == 0, ErrorKind::Io,
          "cannot write ", path, ": ", system_reason());
  std::vector<std::byte> buffer(1 << 18);
  ::lseek(impl->descriptor, static_cast<off_t>(begin), SEEK_SET);
  while (size_t n = read_some(impl->descriptor, buffer, impl->partial))
    impl->hash.update(std::span(buffer).first(n));
  return StreamWriter(std::move(impl));
}

StreamWriter::StreamWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamWriter::StreamWriter(StreamWriter&&) noexcept = default;
StreamWriter::~StreamWriter() = default;

void StreamWriter::write(const ordered_json& header, const std::vector<TensorView>& tensors) {
  auto kind = json_get<std::string>(header, "kind", impl_->path);
  require(kind != "end", ErrorKind::Internal, "the end record is written by finish()");
  if (kind == "stream" && impl_->rules.open()) impl_->end();
  impl_->put(header, tensors);
}

void StreamWriter::finish() {
  if (impl_->rules.open()) impl_->end();
  if (impl_->partial.empty()) return;
  bool ok = ::fsync(impl_->descriptor) == 0 &&
            std::rename(impl_->partial.c_str(), impl_->path.c_str()) == 0;
  require(ok, ErrorKind::Io, "cannot write ", impl_->path, ": ", system_reason());
  sync_folder_of(impl_->path);
}

void StreamWriter::discard() {
  if (!impl_->partial.empty()) ::unlink(impl_->partial.c_str());
}

}  // namespace svg::formats
