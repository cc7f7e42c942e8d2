#include "libcore/base/json.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "libcore/base/json_members.h"

namespace svg {
namespace {

constexpr size_t kMaxDepth = 64;
// Of a document, keys included. A value of two letters takes up to 80 bytes in memory.
constexpr size_t kMaxValues = 500'000;
constexpr size_t kMaxValuesInAll = 2'000'000;  // of one whose members are handed over one by one

// Builds a document from the events of nlohmann's parser. Its own builders look for every new key
// of an ordered object, and through all values of the level above behind every nested one: time
// that grows with the square of what a file holds.
template <class Json>
class Builder {
 public:
  using number_integer_t = typename Json::number_integer_t;
  using number_unsigned_t = typename Json::number_unsigned_t;
  using number_float_t = typename Json::number_float_t;
  using string_t = typename Json::string_t;
  using binary_t = typename Json::binary_t;

  using Member = std::function<void(const std::string& key, const Json& value)>;

  // With `member`, that is called with each member of the outermost object, which stays empty.
  Builder(Json& root, const std::string& where, const Member& member)
      : root_(root), where_(where), member_(member) {}

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(number_integer_t value) { return add(value); }
  bool number_unsigned(number_unsigned_t value) { return add(value); }
  bool number_float(number_float_t value, const string_t&) { return add(value); }
  bool string(string_t& value) { return add(std::move(value)); }
  bool binary(binary_t&) { return false; }
  bool start_object(size_t) {
    keys_.emplace_back();
    return open(Json::object());
  }
  bool start_array(size_t) { return open(Json::array()); }
  bool end_object() {
    keys_.pop_back();
    return close();
  }
  bool end_array() { return close(); }
  bool key(string_t& text) {
    count();
    bool fresh = keys_.back().insert(text).second;
    // No require(): it would write every key as JSON, to say nothing.
    if (!fresh)
      fail(ErrorKind::Data, where_, ": key ",
           Json(text).dump(-1, ' ', true, Json::error_handler_t::replace),
           " stands twice in one object");
    key_ = std::move(text);
    return true;
  }
  template <class Exception>
  bool parse_error(size_t, const std::string&, const Exception& e) {
    // what() begins with "[json.exception.parse_error.101] "; only the rest helps a reader.
    std::string what = e.what();
    size_t end = what.find("] ");
    fail(ErrorKind::Data, where_,
         ": not valid JSON: ", end == std::string::npos ? what : what.substr(end + 2));
  }

 private:
  void count() {
    require(++values_ - handed_over_ <= kMaxValues, ErrorKind::Data, where_, ": JSON of more than ",
            kMaxValues, " keys and values", member_ ? " in one member" : "");
    require(values_ <= kMaxValuesInAll, ErrorKind::Data, where_, ": JSON of more than ",
            kMaxValuesInAll, " keys and values");
  }

  template <class Value>
  Json* place(Value&& value) {
    count();
    if (levels_.empty()) {
      root_ = Json(std::forward<Value>(value));
      return &root_;
    }
    if (is_member()) {
      held_key_ = std::move(key_);
      held_ = Json(std::forward<Value>(value));
      return &held_;
    }
    Json& level = *levels_.back();
    if (level.is_array()) {
      auto& array = level.template get_ref<typename Json::array_t&>();
      return &array.emplace_back(std::forward<Value>(value));
    }
    auto& object = level.template get_ref<typename Json::object_t&>();
    if constexpr (std::is_same_v<Json, ordered_json>) {
      auto& members = static_cast<typename Json::object_t::Container&>(object);
      return &members.emplace_back(std::move(key_), Json(std::forward<Value>(value))).second;
    } else {
      return &object.emplace(std::move(key_), Json(std::forward<Value>(value))).first->second;
    }
  }

  template <class Value>
  bool add(Value&& value) {
    place(std::forward<Value>(value));
    if (is_member()) hand_over();
    return true;
  }
  bool open(Json container) {
    require(levels_.size() < kMaxDepth, ErrorKind::Data, where_, ": JSON nested deeper than ",
            kMaxDepth, " levels");
    levels_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    levels_.pop_back();
    if (is_member()) hand_over();
    return true;
  }
  bool is_member() const { return member_ && levels_.size() == 1 && root_.is_object(); }
  void hand_over() {
    member_(held_key_, held_);
    held_ = Json();
    handed_over_ = values_;
  }

  Json& root_;
  const std::string& where_;
  const Member& member_;
  string_t held_key_;
  Json held_;
  std::vector<Json*> levels_;                          // that are open, the innermost last
  std::vector<std::unordered_set<std::string>> keys_;  // of the objects among them
  string_t key_;
  size_t values_ = 0, handed_over_ = 0;
};

template <class Json>
Json parse_checked(std::string_view text, const std::string& where,
                   const typename Builder<Json>::Member& member = {}) {
  // The parser takes a NUL for the end of its input, and would not look at what follows.
  size_t nul = text.find('\0');
  require(nul == std::string::npos, ErrorKind::Data, where, ": not valid JSON: a NUL at byte ", nul,
          " (damaged, or padded with NUL instead of spaces)");
  Json root;
  Builder<Json> builder(root, where, member);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return root;
}

}  // namespace

json parse_json(const std::string& text, const std::string& where) {
  return parse_checked<json>(text, where);
}

ordered_json parse_ordered_json(const std::string& text, const std::string& where) {
  return parse_checked<ordered_json>(text, where);
}

void parse_json_members(
    std::string_view text, const std::string& where,
    const std::function<void(const std::string& key, const json& value)>& member) {
  const bool object = parse_checked<json>(text, where, member).is_object();
  require(object, ErrorKind::Data, where, ": expected a JSON object");
}

void append_member(ordered_json& object, std::string key, ordered_json value) {
  if (object.is_null()) object = ordered_json::object();
  auto& members =
      static_cast<ordered_json::object_t::Container&>(object.get_ref<ordered_json::object_t&>());
  members.emplace_back(std::move(key), std::move(value));
}

std::string dump_json(const ordered_json& doc, const std::string& where) {
  try {
    return doc.dump();
  } catch (const nlohmann::json::exception&) {
    fail(ErrorKind::Data, where, ": text that is not valid UTF-8 cannot be written as JSON");
  }
}

}  // namespace svg
