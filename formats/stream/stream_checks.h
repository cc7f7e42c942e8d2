// What a record of a latent stream must hold, checked alike by reader and writer. Internal to
// formats/.
#pragma once
#include <optional>
#include <string>

#include "formats/safetensors.h"
#include "formats/stream/episode_indices.h"
#include "libcore/base/json.h"

namespace svg::formats {

constexpr const char* kStreamFormat = "svg-latents/1";
constexpr uint32_t kMaxHeaderSize = uint32_t{16} << 20;  // bytes of a record's header
constexpr uint64_t kMaxBlobSize = uint64_t{4} << 30;     // bytes of a record's blob, decompressed

// What a `stream` record promises of the chunks that follow it.
struct StreamShape {
  int64_t channels = 0, height = 0, width = 0;
};

// Follows a stream record by record: order, header fields, tensors, and the counts that `end`
// states.
class StreamRules {
 public:
  // `where` names file, record and offset in errors. Every function throws Error{Data}.
  void check_header(const ordered_json& header, const std::string& where);
  // The most bytes the blob of this record may have; nullopt for records without a blob.
  static std::optional<uint64_t> blob_limit(const ordered_json& header, const StreamShape& shape);
  void check_blob(const ordered_json& header, const SafetensorsView& blob,
                  const std::string& where) const;
  // Takes note of a record that has passed; hash_hex is the running hash before an `end` record.
  void accept(const ordered_json& header, const std::string& hash_hex, const std::string& where);

  // Records of the stream at hand are passed over: its `end` cannot be compared with what was seen.
  void pass_over() { counted_ = false; }

  const StreamShape& shape() const { return shape_; }
  bool open() const { return open_; }  // between `stream` and `end`
  int64_t chunks() const { return chunks_; }
  int64_t frames() const { return frames_; }
  int64_t records() const { return records_; }

 private:
  StreamShape shape_;
  bool open_ = false, counted_ = true;
  int64_t chunks_ = 0, frames_ = 0, records_ = 0;
  EpisodeIndices indices_;  // of the chunks since `stream`
};

// Throws Error{Data} naming the position of the first NaN or infinity; integer tensors always pass.
void check_finite(const TensorView& tensor, const std::string& where);

}  // namespace svg::formats
