#include "libcore/session/guard.h"

#include <c10/util/Exception.h>

#include <string>

#include "libcore/base/error.h"
#include "libcore/base/log.h"

namespace svg::session {

void guarded(Report& report, const std::function<Report()>& body) {
  try {
    report = body();
  } catch (const c10::Error& error) {
    log_debug(error.what());
    const std::string text = error.what_without_backtrace();
    // The CPU's allocator has no type of its own for that.
    const bool ram = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                     text.find("can't allocate memory") != std::string::npos;
    fail(ram ? ErrorKind::System : ErrorKind::Internal,
         ram ? "out of memory: " : "internal error: ", text.substr(0, text.find('\n')));
  }
}

}  // namespace svg::session
