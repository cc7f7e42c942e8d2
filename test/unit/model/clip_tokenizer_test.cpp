// The CLIP tokenizer against transformers' (test/golden/clip_tokenizer.py).
#include "libcore/model/clip_tokenizer.h"

#include <filesystem>
#include <fstream>

#include "test/support/catch.h"
#include "test/support/golden.h"

using namespace svg;
namespace fs = std::filesystem;

namespace {

std::string dir_of(const std::string& name) {
  return test::golden_path("clip_tokenizer/" + name);
}

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A copy of the tokenizer "trained" in a fresh folder.
fs::path scratch_copy() {
  const fs::path dir = fs::path(SVG_BINARY_DIR) / "test" / "clip_tokenizer_scratch";
  fs::remove_all(dir);
  fs::copy(dir_of("trained"), dir);
  return dir;
}

}  // namespace

CATCH_TEST_CASE("Prompts get the ids of transformers") {
  const std::string name = GENERATE(as<std::string>{}, "trained", "declared", "saved", "made");
  const json expected = test::read_json(dir_of("expected.json"));
  const json &prompts = expected.at("prompts"), &ids = expected.at("ids").at(name);
  const auto tokenizer = ClipTokenizer::load(dir_of(name));
  CATCH_CHECK(tokenizer.vocab_size() == ids.at("size"));
  CATCH_CHECK(tokenizer.bos_id() == ids.at("bos"));
  CATCH_CHECK(tokenizer.eos_id() == ids.at("eos"));
  CATCH_CHECK(tokenizer.pad_id() == ids.at("pad"));
  CATCH_REQUIRE(prompts.size() == ids.at("all").size());
  for (size_t i = 0; i < prompts.size(); ++i) {
    const auto prompt = prompts[i].get<std::string>();
    CATCH_INFO(name << ", prompt " << i << ": " << prompt);
    CATCH_CHECK(tokenizer.encode_all(prompt) == ids.at("all")[i].get<std::vector<int64_t>>());
    if (i < ids.at("padded").size())
      CATCH_CHECK(tokenizer.encode(prompt) == ids.at("padded")[i].get<std::vector<int64_t>>());
  }
}

CATCH_TEST_CASE("A made tokenizer has the files and the single tokens that were asked for") {
  const auto words = test::read_json(dir_of("words.json")).get<std::vector<std::string>>();
  const auto files = make_byte_tokenizer(words, 16);
  CATCH_CHECK(files.size() == 4);
  for (const auto& [name, text] : files) {
    CATCH_INFO(name);
    CATCH_CHECK(text == test::read_text(dir_of("made/" + name)));
  }
  const auto tokenizer = ClipTokenizer::load(dir_of("made"));
  for (const auto& word : words) {
    CATCH_INFO(word);
    CATCH_CHECK(tokenizer.encode_all(word).size() == 3);
  }
}

CATCH_TEST_CASE("A word that CLIP splits cannot be made one token") {
  CATCH_CHECK_THROWS_WITH(make_byte_tokenizer({"turn-left"}, 16),
                          Catch::Contains("turn-left") && Catch::Contains("3 pieces"));
  CATCH_CHECK_THROWS_AS(make_byte_tokenizer({" "}, 16), Error);
}

CATCH_TEST_CASE("A prompt that is not UTF-8 is refused") {
  const auto tokenizer = ClipTokenizer::load(dir_of("made"));
  for (const char* text : {"\xff", "cut \xc3", "surrogate \xed\xa0\x80", "overlong \xc0\xaf"})
    CATCH_CHECK_THROWS_AS(tokenizer.encode(text), Error);
}

CATCH_TEST_CASE("Broken tokenizer directories are refused, naming the file") {
  const auto refuses = [](const char* file, const std::string& text, ErrorKind kind,
                          const char* mention) {
    const fs::path dir = scratch_copy();
    if (text.empty()) {
      fs::remove(dir / file);
    } else {
      write_text(dir / file, text);
    }
    try {
      ClipTokenizer::load(dir.string());
      CATCH_FAIL("accepted: " << file << ": " << text);
    } catch (const Error& e) {
      CATCH_CHECK(e.kind() == kind);
      CATCH_CHECK_THAT(e.what(), Catch::Contains(dir.string()) && Catch::Contains(mention));
    }
  };
  refuses("vocab.json", "", ErrorKind::NoInput, "tokenizer.json");
  refuses("merges.txt", "", ErrorKind::NoInput, "merges.txt");
  refuses("vocab.json", "[1, 2]", ErrorKind::Data, "vocab.json");
  refuses("vocab.json", "{\"a\": -1}", ErrorKind::Data, "whole number");
  refuses("vocab.json", "{\"a\"", ErrorKind::Data, "vocab.json");
  refuses("merges.txt", "#version: 0.2\nzqzq x\n", ErrorKind::Data, "merges.txt: line 2");
  refuses("merges.txt", "#version: 0.2\nabc\n", ErrorKind::Data, "two tokens");
  refuses("special_tokens_map.json", "{\"pad_token\": \"<nowhere>\"}", ErrorKind::Data,
          "<nowhere>");
  refuses("special_tokens_map.json", "{\"pad_token\": \"\"}", ErrorKind::Data, "empty");
  refuses("tokenizer_config.json", "{\"model_max_length\": 1e30}", ErrorKind::Data,
          "model_max_length");
}
