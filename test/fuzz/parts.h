// What a fuzz target is given: one run of bytes that stands for several named files, so that any
// mutation of it is an input again.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "test/support/temp_dir.h"

namespace svg::fuzz {

struct Part {
  std::string name, content;
};

// A part is NAME, 0x1f, CONTENT; parts are separated by 0x1e 0x1e. Names with "/" stand for
// folders; what would lead out of the folder is taken out of a name.
std::vector<Part> parts_of(std::span<const uint8_t> input);

// Gives `text`, line by line, the seals that fit where one stands at the end of a line
// ("check":"<16 digits>"}): behind a wrong seal a parser looks at nothing.
std::string sealed_again(const std::string& text);

// A folder for each input in turn.
class Scratch {
 public:
  // Writes the parts, and nothing else is there; returns the folder.
  std::string fill(const std::vector<Part>& parts) const;
  std::string path() const { return folder_.path(); }

 private:
  test::TempDir folder_;
};

// Runs `f`, and lets pass what a reader may say of a bad file. Anything else that is thrown, and an
// Error that blames the program itself, is a finding.
template <class F>
void expect_errors_only(F&& f);

}  // namespace svg::fuzz

#include "libcore/base/error.h"

namespace svg::fuzz {

template <class F>
void expect_errors_only(F&& f) {
  try {
    f();
  } catch (const Error& e) {
    if (e.kind() == ErrorKind::Internal) throw;
  }
}

}  // namespace svg::fuzz
