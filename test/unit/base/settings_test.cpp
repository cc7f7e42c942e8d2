#include "libcore/base/settings.h"

#include <cmath>

#include "test/support/catch.h"
#include "test/support/errors.h"

using namespace svg;
using test::failure_of;

namespace {

enum class Colour { Red, Green };
constexpr auto names_of(Colour) {
  return std::to_array<EnumName<Colour>>({{Colour::Red, "red"}, {Colour::Green, "green"}});
}

struct Paint {
  int64_t coats = 2;
  double gloss = 0.5;
  bool dry = false;
  std::string brush = "flat";
  Range layers{0, 1000};
  Colour colour = Colour::Green;
  int64_t drops = -1;

  bool operator==(const Paint&) const = default;
};

std::vector<Setting> settings_of(Paint& p) {
  return flags_begin_with("--paint-",
                          {
                              {"coats", p.coats, "How many", at_least(1)},
                              {"gloss", p.gloss, "A share", between(0, 1)},
                              {"dry", p.dry, "Whether it is"},
                              Setting("brush", p.brush, "Which").with_flag("--brush"),
                              {"layers", p.layers, "Where", at_least(0)},
                              Setting("colour", p.colour, "What it looks like")
                                  .recorded_as("is_red", p.colour == Colour::Red),
                              Setting("drops", p.drops, "On the floor", more_than(-2)).unrecorded(),
                          });
}

Setting one(Paint& p, const char* key) {
  return only(settings_of(p), {key}).front();
}

test::Failure failure_of_text(const char* key, const std::string& text) {
  Paint p;
  return failure_of([&] { set_from_text(one(p, key), text); });
}

test::Failure failure_of_json(const char* text) {
  Paint p;
  return failure_of([&] { read_settings(settings_of(p), json::parse(text), "paint.json"); });
}

}  // namespace

CATCH_TEST_CASE("What a setting is written as is read as the same", "[base]") {
  Paint changed{3, 0.1, true, "round", {4, 9}, Colour::Red, 7};
  Paint by_json, by_text;
  for (const auto& s : settings_of(changed)) {
    read_settings(settings_of(by_json), json{{s.key, json_of(s)}}, "paint.json");
    set_from_text(one(by_text, s.key.c_str()), text_of(s));
  }
  CATCH_CHECK(by_json == changed);
  CATCH_CHECK(by_text == changed);
}

CATCH_TEST_CASE("JSON has the settings in the order of the list, in their own types", "[base]") {
  Paint p;
  CATCH_CHECK(
      json_of(settings_of(p)).dump() ==
      R"({"coats":2,"gloss":0.5,"dry":false,"brush":"flat","layers":[0,1000],"is_red":false})");
  p.gloss = 1;
  CATCH_CHECK(json_of(one(p, "gloss")).dump() == "1.0");
  read_settings(settings_of(p), json::parse(R"({"gloss": 0, "name": 3})"), "x", {"name"});
  CATCH_CHECK(p.gloss == 0);  // a whole number is a number
}

CATCH_TEST_CASE("A flag is named after its key, behind the prefix of its list", "[base]") {
  Paint p;
  CATCH_CHECK(one(p, "coats").flag == "--paint-coats");
  CATCH_CHECK(one(p, "brush").flag == "--brush");
  CATCH_CHECK(Setting("past_noise", p.gloss, "").flag == "--past-noise");
}

CATCH_TEST_CASE("JSON that does not fit is refused with file and key", "[base]") {
  for (const char* text : {R"({"coast": 3})", R"({"coats": 1.5})", R"({"coats": "3"})",
                           R"({"coats": true})", R"({"gloss": "1"})", R"({"dry": 1})",
                           R"({"brush": 3})", R"({"layers": [1]})", R"({"layers": [1, 2.5]})",
                           R"({"layers": "1:2"})", R"({"colour": "blue"})", R"({"colour": 1})"}) {
    CATCH_CAPTURE(text);
    const auto failure = failure_of_json(text);
    CATCH_CHECK(failure.kind == ErrorKind::Data);
    CATCH_CHECK(failure.says("paint.json: "));
    CATCH_CHECK(failure.says("\"" + json::parse(text).begin().key() + "\""));
  }
  CATCH_CHECK(failure_of_json("[]").kind == ErrorKind::Data);
  CATCH_CHECK(failure_of_json(R"({"colour": "blue"})").says("expected one of red, green"));
}

CATCH_TEST_CASE("Text that is no value is refused with the flag", "[base]") {
  for (const auto& [key, text] :
       std::vector<std::pair<const char*, const char*>>{{"coats", "two"},
                                                        {"coats", "2x"},
                                                        {"coats", "2.5"},
                                                        {"coats", ""},
                                                        {"gloss", "0.5."},
                                                        {"gloss", "nan"},
                                                        {"dry", "yes"},
                                                        {"layers", "10"},
                                                        {"layers", "1:x"},
                                                        {"layers", "1:2:3"},
                                                        {"layers", "a:2"}}) {
    CATCH_CAPTURE(key, text);
    const auto failure = failure_of_text(key, text);
    CATCH_CHECK(failure.kind == ErrorKind::Usage);
    CATCH_CHECK(failure.says(std::string("--paint-") + key));
  }
  CATCH_CHECK(failure_of_text("colour", "blue").message ==
              "--paint-colour \"blue\": expected one of red, green");
  CATCH_CHECK(failure_of_text("layers", "10").message ==
              "--paint-layers \"10\": expected LO:HI, such as 0:1000");
}

CATCH_TEST_CASE("Each end of the limits is kept", "[base]") {
  CATCH_CHECK(failure_of_text("coats", "0").message == "--paint-coats 0: expected at least 1");
  CATCH_CHECK_FALSE(failure_of_text("coats", "1").kind);
  CATCH_CHECK(failure_of_text("gloss", "1.01").message ==
              "--paint-gloss 1.01: expected a number in 0..1");
  CATCH_CHECK(failure_of_text("gloss", "-0.01").kind == ErrorKind::Usage);
  CATCH_CHECK_FALSE(failure_of_text("gloss", "0").kind);
  CATCH_CHECK_FALSE(failure_of_text("gloss", "1").kind);
  CATCH_CHECK(failure_of_text("gloss", "inf").kind == ErrorKind::Usage);
  CATCH_CHECK(failure_of_text("drops", "-2").message == "--paint-drops -2: expected more than -2");
  CATCH_CHECK_FALSE(failure_of_text("drops", "-1").kind);
  CATCH_CHECK(failure_of_text("layers", "-1:5").message ==
              "--paint-layers -1:5: expected LO:HI with 0 <= LO < HI");
  CATCH_CHECK(failure_of_text("layers", "5:5").kind == ErrorKind::Usage);
  CATCH_CHECK_FALSE(failure_of_text("layers", "4:5").kind);

  Paint p;
  p.gloss = std::nan("");
  CATCH_CHECK(failure_of([&] { check(settings_of(p)); }).says("--paint-gloss"));
}

CATCH_TEST_CASE("Help shows the kind and the default", "[base]") {
  Paint p;
  std::string all;
  for (const auto& s : settings_of(p)) all += kind_of(s) + "=" + text_of(s) + " ";
  CATCH_CHECK(all == "N=2 X=0.5 =false TEXT=flat LO:HI=0:1000 red|green=green N=-1 ");
  double small = 1e-4, tiny = 5e-6;
  CATCH_CHECK(text_of(Setting("x", small, "")) == "1e-04");
  CATCH_CHECK(text_of(Setting("x", tiny, "")) == "5e-06");
}

CATCH_TEST_CASE("A list can be cut, by keys that exist", "[base]") {
  Paint p;
  CATCH_CHECK(only(settings_of(p), {"coats", "dry"}).size() == 2);
  CATCH_CHECK(without(settings_of(p), {"coats", "dry"}).size() == 5);
  CATCH_CHECK(failure_of([&] { without(settings_of(p), {"cots"}); }).kind == ErrorKind::Internal);
}
