// What a piece of code throws, as a value that a test can compare: the kind and the message of
// svg::Error.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "libcore/base/error.h"

namespace svg::test {

struct Failure {
  std::optional<ErrorKind> kind;  // empty where nothing was thrown
  std::string message;
  bool says(const std::string& part) const { return message.find(part) != std::string::npos; }
};

// Exceptions of other types pass through and fail the test.
template <class Action>
Failure failure_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& e) {
    return {e.kind(), e.what()};
  }
  return {};
}

}  // namespace svg::test
