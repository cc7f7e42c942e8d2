// Reading a tokenizer directory, in the forms of transformers 4 (vocab.json, merges.txt) and 5
// (tokenizer.json).
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libcore/base/atomic_file.h"
#include "libcore/base/path.h"
#include "libcore/model/clip_tokenizer.h"

namespace svg {

namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = size_t{64} << 20;  // the largest vocabularies take a few MB

std::string read_text(const fs::path& path) {
  return read_file(path.string(), kMaxFileBytes);
}

json read_json_or_empty(const fs::path& path) {
  return path_exists(path) ? parse_json(read_text(path), path.string()) : json::object();
}

// A special token is written as its text, or as an object that says more about it.
struct Special {
  std::string content;
  bool cleaned = false;  // looked for after the clean-up ("normalized")
};

Special special_from(const json& value, const std::string& where) {
  Special special;
  if (value.is_string()) {
    special.content = value.get<std::string>();
  } else {
    require(!json_get_or(value, "single_word", false, where), ErrorKind::Data, where,
            ": special tokens with \"single_word\" are not supported");
    special = {json_get<std::string>(value, "content", where),
               json_get_or(value, "normalized", true, where)};
  }
  require(!special.content.empty(), ErrorKind::Data, where, ": a special token is empty");
  return special;
}

}  // namespace

// Collects what the files say and checks it as a whole.
struct ClipTokenizerReader {
  fs::path dir;
  ClipTokenizer t;
  bool declared = false;  // whether the special tokens came with their ids and flags

  ClipTokenizer read() {
    if (path_exists(dir / "vocab.json")) {
      read_vocab(parse_json(read_text(dir / "vocab.json"), path("vocab.json")), path("vocab.json"));
      read_merges_text();
    } else {
      require(path_exists(dir / "tokenizer.json"), ErrorKind::NoInput, dir.string(),
              ": holds neither vocab.json and merges.txt nor tokenizer.json");
      read_tokenizer_json();
    }
    read_specials();
    return std::move(t);
  }

  std::string path(const char* name) const { return (dir / name).string(); }

  void read_vocab(const json& vocab, const std::string& where) {
    require(vocab.is_object(), ErrorKind::Data, where, ": expected an object of tokens and ids");
    for (const auto& [token, id] : vocab.items()) {
      require(id.is_number_unsigned(), ErrorKind::Data, where, ": the id of token \"", token,
              "\" is not a whole number");
      t.vocab_[token] = id.get<int64_t>();
    }
  }

  void add_merge(const std::string& left, const std::string& right, const std::string& where) {
    const auto a = t.vocab_.find(left), b = t.vocab_.find(right),
               both = t.vocab_.find(left + right);
    require(a != t.vocab_.end() && b != t.vocab_.end() && both != t.vocab_.end(), ErrorKind::Data,
            where, ": the merge of \"", left, "\" and \"", right,
            "\" names a token that the vocabulary lacks");
    t.merges_[{a->second, b->second}] = {static_cast<int64_t>(t.merges_.size()), both->second};
  }

  void read_merges_text() {
    std::string text = read_text(dir / "merges.txt");
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // some editors' byte order mark
    std::istringstream lines(text);
    std::string line;
    for (int64_t number = 1; std::getline(lines, line); ++number) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty() || line.starts_with("#version")) continue;
      const auto where = cat(path("merges.txt"), ": line ", number);
      const size_t space = line.find(' ');
      require(space != std::string::npos && line.find(' ', space + 1) == std::string::npos,
              ErrorKind::Data, where, ": expected two tokens");
      add_merge(line.substr(0, space), line.substr(space + 1), where);
    }
  }

  void read_tokenizer_json() {
    const auto where = path("tokenizer.json");
    const json doc = parse_json(read_text(where), where);
    const auto model = json_get<json>(doc, "model", where);
    const auto type = json_get_or<std::string>(model, "type", "BPE", where);
    require(type == "BPE", ErrorKind::Data, where, ": a tokenizer of type \"", type,
            "\" is not CLIP's");
    read_vocab(json_get<json>(model, "vocab", where), where);
    for (const auto& merge : json_get<json>(model, "merges", where)) {
      if (merge.is_string()) {  // before tokenizers 0.20
        const auto text = merge.get<std::string>();
        const size_t space = text.find(' ');
        require(space != std::string::npos, ErrorKind::Data, where, ": \"", text,
                "\" in \"merges\" is not a pair");
        add_merge(text.substr(0, space), text.substr(space + 1), where);
      } else {
        require(
            merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string(),
            ErrorKind::Data, where, ": an entry of \"merges\" is not a pair");
        add_merge(merge[0].get<std::string>(), merge[1].get<std::string>(), where);
      }
    }
    for (const auto& token : json_get_or(doc, "added_tokens", json::array(), where)) {
      add_special(special_from(token, where), json_get<int64_t>(token, "id", where));
      declared = true;
    }
  }

  void add_special(const Special& special, int64_t id) {
    (special.cleaned ? t.raw_specials_ : t.clean_specials_).erase(special.content);
    (special.cleaned ? t.clean_specials_ : t.raw_specials_)[special.content] = id;
  }

  int64_t id_of(const std::string& token, const char* role, const std::string& where) const {
    for (const auto* specials : {&t.raw_specials_, &t.clean_specials_})
      if (const auto it = specials->find(token); it != specials->end()) return it->second;
    const auto it = t.vocab_.find(token);
    require(it != t.vocab_.end(), ErrorKind::Data, where, ": ", role, " \"", token,
            "\" is not in the vocabulary");
    return it->second;
  }

  void read_specials() {
    const auto where = path("tokenizer_config.json");
    const json config = read_json_or_empty(where),
               legacy = read_json_or_empty(path("special_tokens_map.json"));
    const auto kind = json_get_or<std::string>(config, "tokenizer_class", "CLIPTokenizer", where);
    require(kind == "CLIPTokenizer" || kind == "CLIPTokenizerFast", ErrorKind::Data, where,
            ": a tokenizer of class ", kind, " is not CLIP's");
    const json decoder = json_get_or(config, "added_tokens_decoder", json::object(), where);
    for (const auto& [id, value] : decoder.items()) {
      require(
          !id.empty() && id.size() < 10 && id.find_first_not_of("0123456789") == std::string::npos,
          ErrorKind::Data, where, ": \"added_tokens_decoder\" has the key \"", id,
          "\", expected an id");
      add_special(special_from(value, where), std::stoll(id));
    }
    declared = declared || !decoder.empty();
    // A declared token keeps its own flags; else special_tokens_map.json, the older file, has the
    // last word.
    const auto role = [&](const char* name, const char* standard) {
      json value = json_get_or(config, name, json(standard), where);
      if (!declared) value = json_get_or(legacy, name, value, path("special_tokens_map.json"));
      const Special special = special_from(value, where);
      const int64_t id = id_of(special.content, name, where);
      if (!declared) add_special(special, id);
      return id;
    };
    t.unknown_ = role("unk_token", "<|endoftext|>");
    t.bos_ = role("bos_token", "<|startoftext|>");
    t.eos_ = role("eos_token", "<|endoftext|>");
    t.pad_ = role("pad_token", "<|endoftext|>");
    // A double first: transformers writes 1e30 for "no limit".
    const double length =
        json_get_or(config, "model_max_length", static_cast<double>(t.max_length_), where);
    require(length >= 2 && length <= 1e6, ErrorKind::Data, where, ": \"model_max_length\" is ",
            length, ", expected the number of tokens that the text encoder takes");
    t.max_length_ = static_cast<int64_t>(length);
  }
};

ClipTokenizer ClipTokenizer::load(const std::string& dir) {
  return ClipTokenizerReader{dir, {}}.read();
}

}  // namespace svg
