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
#include "libcore/base/folder.h"
#include "libcore/base/open_file.h"

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
  require(blob.size() <= most_from(n), ErrorKind::Data, "record: ", blob.size(), " bytes of data ",
          "shrink to ", n, ", which a reader takes for an attack: they hold almost nothing");
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
Descriptor open_locked(const Folder& folder, const std::string& partial, const std::string& path,
                       int flags) {
  for (;;) {
    Descriptor opened = folder.open_file(partial, O_RDWR | flags);
    require(opened || flags != 0 || errno != ENOENT, ErrorKind::NoInput,
            "nothing to resume: ", folder.path_of(partial), " does not exist");
    require(opened || errno != ELOOP, ErrorKind::CannotCreate, "cannot create ", path, ": ",
            folder.path_of(partial), " is a link, which is not followed");
    require_system(static_cast<bool>(opened), ErrorKind::CannotCreate, "cannot create ", path);
    struct stat mine {
    }, there{};
    const bool regular = ::fstat(opened.number(), &mine) == 0 && S_ISREG(mine.st_mode);
    require(regular, ErrorKind::CannotCreate, "cannot create ", path, ": ", folder.path_of(partial),
            " is no regular file");
    require(::flock(opened.number(), LOCK_EX | LOCK_NB) == 0, ErrorKind::CannotCreate,
            "cannot create ", path, ": another process is writing ", folder.path_of(partial));
    // Between opening and locking the first writer may have finished: then this is its file under
    // its final name.
    const bool same =
        ::fstatat(folder.descriptor(), partial.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        mine.st_dev == there.st_dev && mine.st_ino == there.st_ino;
    if (same) return opened;
  }
}

}  // namespace

std::vector<std::byte> encode_record(const ordered_json& header,
                                     const std::vector<TensorView>& tensors) {
  return bytes_of_record(
      header, has_blob(header) ? encode_safetensors(tensors, {}) : std::vector<std::byte>{});
}

struct StreamWriter::Impl {
  std::string path,
      partial;    // partial is empty where the output is written in place: a pipe or a device
  Folder folder;  // that holds both, held open
  std::string name, partial_name;
  Descriptor opened;
  int descriptor = -1;
  bool sync_each = true;
  StreamRules rules;
  Sha256 hash;

  void open_partial(int flags) {
    const Place place = place_of(path);
    name = place.name;
    partial_name = name + ".partial";
    partial = path + ".partial";
    folder = Folder::open(place.folder, ErrorKind::CannotCreate, "cannot create " + path);
    take(open_locked(folder, partial_name, path, flags));
  }
  void take(Descriptor given) {
    opened = std::move(given);
    descriptor = opened.number();
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
      require_system(::fdatasync(descriptor) == 0, ErrorKind::Io, "cannot write ", path);
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
    impl->take(Descriptor(open_file(path, O_WRONLY)));
    require_system(impl->descriptor >= 0, ErrorKind::CannotCreate, "cannot open ", path);
  } else {
    impl->open_partial(O_CREAT);
    require_system(::ftruncate(impl->descriptor, 0) == 0, ErrorKind::Io, "cannot write ", path);
  }
  return StreamWriter(std::move(impl));
}

StreamWriter StreamWriter::resume(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->open_partial(0);
  // Where the kept part ends, and where the stream began that it breaks off in.
  uint64_t keep = 0, begin = 0, before = 0;
  StreamReader reader(impl->descriptor, impl->partial, false);
  while (auto record = reader.next()) {
    if (record->kind() == RecordKind::Stream) begin = before;
    // A last `end` is dropped: it is written again by finish(), after whatever is still to come.
    if (record->kind() != RecordKind::End) impl->rules.accept(record->header, "", impl->partial);
    keep = record->kind() == RecordKind::End ? before : reader.offset();
    before = reader.offset();
  }
  require_system(::ftruncate(impl->descriptor, static_cast<off_t>(keep)) == 0, ErrorKind::Io,
                 "cannot write ", path);
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
  const int folder = impl_->folder.descriptor();
  bool ok = ::fsync(impl_->descriptor) == 0 &&
            ::renameat(folder, impl_->partial_name.c_str(), folder, impl_->name.c_str()) == 0;
  require_system(ok, ErrorKind::Io, "cannot write ", impl_->path);
  impl_->folder.sync();
}

void StreamWriter::discard() {
  if (!impl_->partial.empty())
    ::unlinkat(impl_->folder.descriptor(), impl_->partial_name.c_str(), 0);
}

}  // namespace svg::formats
