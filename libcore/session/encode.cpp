#include "libcore/session/encode.h"

#include "libcore/base/signals.h"
#include "libcore/session/guard.h"
#include "libcore/tensor/runtime.h"

void svg_encode_session(const svg::session::EncodeOptions& options, svg::Context& context,
                        svg::session::Report& report) {
  svg::session::guarded(report, [&]() -> svg::session::Report {
    svg::leave_stop_signals();
    svg::apply_runtime(context);
    svg::encode_inputs(options, context);
    return {};
  });
}
