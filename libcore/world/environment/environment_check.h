// What an adapter's author wants to know: which rules of the protocol an environment keeps. Each
// check says ok, or what is wrong, in one line; a process that a fault has ended is started anew
// for the next check.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "libcore/world/environment/process_environment.h"

namespace svg::world {

enum class Verdict { Ok, Wrong, NotClaimed };  // NotClaimed: hello does not say that it can

struct CheckResult {
  std::string name;
  Verdict verdict = Verdict::Ok;
  std::string what;
};

// `report` is called with each result as soon as it is there.
void check_environment(const std::string& command, const TimeLimits& limits,
                       const std::function<void(const CheckResult&)>& report);

}  // namespace svg::world
