#include "formats/stream/latent_stream.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "formats/stream/seal.h"
#include "formats/stream/stream_checks.h"
#include "formats/stream/stream_records.h"
#include "libcore/base/descriptor.h"
#include "libcore/base/error.h"
#include "libcore/base/open_file.h"

namespace svg::formats {
namespace {

constexpr size_t kReadBytes = 1 << 17;
constexpr size_t kFrameHeaderBytes =
    14;  // magic 4, descriptor 1, window 1 or none, content size at most 8 (no dictionary)

constexpr size_t kBlockHeaderBytes = 3, kChecksumBytes = 4;

struct Torn {};  // the input ended inside of a record

struct FreeDecoder {
  void operator()(ZSTD_DCtx* decoder) const { ZSTD_freeDCtx(decoder); }
};

uint32_t load_le32(const std::byte* p) {
  uint32_t n = 0;
  for (int i = 0; i < 4; ++i) n |= std::to_integer<uint32_t>(p[i]) << (8 * i);
  return n;
}

// Bytes of a zstd frame's header by its descriptor (RFC 8878, section 3.1.1.1): magic, descriptor,
// window, dictionary, content size.
size_t frame_header_size(unsigned descriptor) {
  const bool single = (descriptor & 0x20) != 0;
  const size_t dictionary = std::array<size_t, 4>{0, 1, 2, 4}[descriptor & 3];
  const size_t content = std::array<size_t, 4>{single ? 1u : 0u, 2, 4, 8}[descriptor >> 6];
  return 5 + (single ? 0 : 1) + dictionary + content;
}

// A descriptor with a buffer in front and the running hash behind: take() moves on, peek() does
// not.
class Input {
 public:
  Input(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}

  // At least `n` bytes without moving on, fewer only at the end of the input.
  std::span<const std::byte> peek(size_t n) {
    while (buffer_.size() - begin_ < n && !at_end_) {
      if (begin_ > 0)
        buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<ptrdiff_t>(begin_));
      begin_ = 0;
      size_t old = buffer_.size();
      buffer_.resize(old + kReadBytes);
      size_t got = 0;
      try {
        got = read_some(descriptor_, std::span(buffer_).subspan(old), name_);
      } catch (...) {
        buffer_.resize(old);
        throw;
      }
      buffer_.resize(old + got);
      at_end_ = got == 0;
    }
    return std::span<const std::byte>(buffer_).subspan(begin_);
  }

  std::span<const std::byte> need(size_t n) {
    std::span<const std::byte> bytes = peek(n);
    if (bytes.size() < n) throw Torn{};
    return bytes.first(n);
  }

  void skip(size_t n) {
    begin_ += n;
    offset_ += n;
  }

  uint64_t offset() const { return offset_; }

  void seek(uint64_t offset) {
    require_system(::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) >= 0, ErrorKind::Io,
                   "cannot go to byte ", offset, " of ", name_);
    buffer_.clear();
    begin_ = 0;
    offset_ = offset;
    at_end_ = false;
  }

 private:
  int descriptor_;
  std::string name_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0;
  uint64_t offset_ = 0;
  bool at_end_ = false;
};

}  // namespace

struct StreamReader::Impl {
  Impl(int fd, std::string file_name, bool owns_fd)
      : descriptor(fd), owns(owns_fd), name(std::move(file_name)), input(fd, name) {}
  ~Impl() {
    if (owns) ::close(descriptor);
  }

  int descriptor;
  bool owns;
  std::string name;
  Input input;
  StreamRules rules;
  Sha256 hash;
  std::unique_ptr<ZSTD_DCtx, FreeDecoder> decoder{ZSTD_createDCtx()};
  uint64_t whole = 0;  // offset behind the last whole record
  bool done = false, torn = false;

  std::string where() const { return cat(name, ": record ", rules.records(), " at byte ", whole); }

  // The JSON text of the record that begins here, and its raw bytes for the hash.
  std::string read_header(std::vector<std::byte>& raw) {
    std::span<const std::byte> head = input.need(8);
    uint32_t magic = load_le32(head.data()), size = load_le32(head.data() + 4);
    require(magic == kRecordMagic, ErrorKind::Data, where(),
            ": does not begin with the magic of a record: not a latent stream, or damaged");
    require(size <= kMaxHeaderSize, ErrorKind::Data, where(), ": a header of ", size,
            " bytes, the limit is ", kMaxHeaderSize);
    head = input.need(8 + size_t{size});
    raw.assign(head.begin(), head.end());
    input.skip(raw.size());
    return std::string(reinterpret_cast<const char*>(raw.data()) + 8, size);
  }

  // One zstd frame, decompressed as its data arrives: nothing is allocated on the word of a length
  // field alone.
  std::vector<std::byte> read_frame(uint64_t limit) {
    std::string at = where();
    uint64_t size = frame_size(limit, at);
    std::vector<std::byte> blob;
    ZSTD_DCtx_reset(decoder.get(), ZSTD_reset_session_only);
    size_t produced = 0, consumed = 0, status = 1;
    while (status != 0) {
      std::span<const std::byte> bytes = input.need(1);
      if (produced == blob.size())
        blob.resize(std::min<uint64_t>(size, std::max<uint64_t>(2 * produced, kReadBytes)));
      ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
      ZSTD_outBuffer out{blob.data(), blob.size(), produced};
      status = ZSTD_decompressStream(decoder.get(), &out, &in);
      require(!ZSTD_isError(status), ErrorKind::Data, at, ": the compressed data is damaged (",
              ZSTD_getErrorName(status), ")");
      bool stuck = in.pos == 0 && out.pos == produced;
      require(!stuck, ErrorKind::Data, at, ": the compressed data holds more than the ", size,
              " bytes it states");
      produced = out.pos;
      consumed += in.pos;
      hash.update(bytes.first(in.pos));
      input.skip(in.pos);
      require(produced <= most_from(consumed), ErrorKind::Data, at, ": ", consumed,
              " compressed bytes grow to more than ", most_from(consumed),
              ": no latents, or made to fill the memory");
    }
    require(produced == size, ErrorKind::Data, at, ": ", produced,
            " bytes of data, the frame states ", size);
    blob.resize(produced);
    return blob;
  }

  // Passes over a zstd frame, which is not decompressed: its blocks say how long they are (RFC
  // 8878, section 3.1.1.2). The hash of the stream covers their bytes.
  void skip_frame() {
    std::string at = where();
    frame_size(UINT64_MAX, at);
    pass(frame_header_size(std::to_integer<unsigned>(input.need(5)[4])));
    for (bool last = false; !last;) {
      std::span<const std::byte> head = input.need(kBlockHeaderBytes);
      uint32_t block = 0;
      for (size_t i = 0; i < kBlockHeaderBytes; ++i)
        block |= std::to_integer<uint32_t>(head[i]) << (8 * i);
      uint32_t type = block >> 1 & 3, size = block >> 3;
      last = (block & 1) != 0;
      require(type != 3 && size <= ZSTD_BLOCKSIZE_MAX, ErrorKind::Data, at,
              ": a block of the zstd frame is damaged");
      pass(kBlockHeaderBytes);
      pass(type == 1 ? 1 : size);  // 1: one byte, repeated
    }
    pass(kChecksumBytes);
  }

  void pass(size_t count) {
    hash.update(input.need(count).first(count));
    input.skip(count);
  }

  // The content size that the frame states, within `limit`.
  uint64_t frame_size(uint64_t limit, const std::string& at) {
    std::span<const std::byte> head = input.need(5);
    require(load_le32(head.data()) == kFrameMagic, ErrorKind::Data, at,
            ": no zstd frame follows the header");
    bool checksum = (std::to_integer<unsigned>(head[4]) & 4u) !=
                    0;  // bit 2 of the frame header descriptor (RFC 8878)
    require(checksum, ErrorKind::Data, at, ": the zstd frame has no checksum");
    head = input.peek(kFrameHeaderBytes);
    if (head.size() < kFrameHeaderBytes) throw Torn{};
    uint64_t size = ZSTD_getFrameContentSize(head.data(), head.size());
    bool stated = size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR;
    require(stated, ErrorKind::Data, at, ": the zstd frame does not state its content size");
    require(size <= limit, ErrorKind::Data, at, ": ", size, " bytes of data, the header allows ",
            limit);
    return size;
  }

  // The next record, whatever its kind. Throws Torn where the input ends inside.
  Record read_record() {
    std::vector<std::byte> raw;
    std::string text = read_header(raw);
    check_seal(text, where());
    Record record;
    record.header = parse_ordered_json(text, where());
    rules.check_header(record.header, where());
    const auto kind = json_get<std::string>(record.header, "kind", where());
    if (kind == "stream") hash = Sha256();
    std::string hash_before = kind == "end" ? hash.hex() : "";
    hash.update(raw);
    if (auto limit = StreamRules::blob_limit(record.header, rules.shape())) {
      record.blob = read_frame(*limit);
      rules.check_blob(record.header, parse_safetensors(record.blob, where()), where());
    } else if (is_unknown(kind) && next_is_frame()) {
      skip_frame();
    }
    rules.accept(record.header, hash_before, where());
    whole = input.offset();
    return record;
  }

  static bool is_unknown(const std::string& kind) {
    return kind != "stream" && kind != "chunk" && kind != "draws" && kind != "end";
  }
  bool next_is_frame() {
    std::span<const std::byte> head = input.peek(4);
    return head.size() >= 4 && load_le32(head.data()) == kFrameMagic;
  }
};

StreamReader StreamReader::open(const std::string& name) {
  if (name == "-") return StreamReader(STDIN_FILENO, "standard input", false);
  int fd = open_file(name, O_RDONLY);
  require_system(fd >= 0, ErrorKind::NoInput, "cannot open ", name);
  return StreamReader(fd, name, true);
}

StreamReader::StreamReader(int descriptor, std::string name, bool owns)
    : impl_(std::make_unique<Impl>(descriptor, std::move(name), owns)) {}
StreamReader::~StreamReader() = default;
StreamReader::StreamReader(StreamReader&&) noexcept = default;

std::optional<Record> StreamReader::next() {
  while (!impl_->done) {
    try {
      if (impl_->input.peek(1).empty()) {
        impl_->done = true;
        break;
      }
      Record record = impl_->read_record();
      if (!Impl::is_unknown(record.header.at("kind"))) return record;
    } catch (const Torn&) {
      impl_->done = impl_->torn = true;
    } catch (...) {
      impl_->done = true;
      throw;
    }
  }
  return std::nullopt;
}

bool StreamReader::cut_off() const {
  return impl_->done && (impl_->torn || impl_->rules.open() || impl_->rules.records() == 0);
}
uint64_t StreamReader::offset() const {
  return impl_->whole;
}
void StreamReader::seek(uint64_t offset) {
  impl_->input.seek(offset);
  impl_->rules.pass_over();
  impl_->done = impl_->torn = false;
  impl_->whole = offset;
}
const std::string& StreamReader::name() const {
  return impl_->name;
}

}  // namespace svg::formats
