// CLIP's byte-level BPE tokenizer: from a prompt to the token ids that CLIPTextModel reads. The ids
// are those of transformers 5.17's CLIPTokenizer (text is composed to NFC, white space collapsed,
// lower-cased; no ftfy). Knows Unicode up to version 15.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libcore/base/json.h"

namespace svg {

class ClipTokenizer {
 public:
  // Reads `dir`/vocab.json and merges.txt, or, where transformers 5 saved only that,
  // tokenizer.json; and tokenizer_config.json and special_tokens_map.json for the special tokens
  // and the length. Throws Error{NoInput, Data}.
  static ClipTokenizer load(const std::string& dir);

  // [max_length()]: begin, the text (cut where it is too long), end, padding. Throws Error{Data} if
  // `text` is not UTF-8.
  std::vector<int64_t> encode(std::string_view text) const;
  // The same without cutting and padding.
  std::vector<int64_t> encode_all(std::string_view text) const;

  int64_t max_length() const { return max_length_; }
  int64_t vocab_size() const;  // one more than the largest id
  int64_t bos_id() const { return bos_; }
  int64_t eos_id() const { return eos_; }
  int64_t pad_id() const { return pad_; }

 private:
  friend struct ClipTokenizerReader;

  struct Merge {
    int64_t rank, result;
  };
  // Tokens that stand for themselves wherever they occur: in the text as it is, and in the text
  // after its clean-up.
  using Specials = std::map<std::string, int64_t, std::less<>>;

  void add_text(std::string_view text, const Specials& specials, bool cleaned,
                std::vector<int64_t>& ids) const;
  void add_piece(std::string_view piece, std::vector<int64_t>& ids) const;

  std::unordered_map<std::string, int64_t> vocab_;
  std::map<std::pair<int64_t, int64_t>, Merge> merges_;
  Specials raw_specials_, clean_specials_;
  int64_t bos_ = 0, eos_ = 0, pad_ = 0, unknown_ = 0, max_length_ = 77;
};

// What a tokenizer directory holds, by file name.
using TokenizerFiles = std::map<std::string, std::string>;

// A small tokenizer that knows every byte and takes each of `words` as one token: for models whose
// prompts come from a short list. CLIPTokenizer of transformers loads it with equal ids. Throws
// Error{Usage} for a word that CLIP would split, such as "turn-left".
TokenizerFiles make_byte_tokenizer(const std::vector<std::string>& words, int64_t max_length);

}  // namespace svg
