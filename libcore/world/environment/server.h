// The server of the environment protocol: answers the lines of one client about one environment.
#pragma once
#include "libcore/world/environment/environment.h"

namespace svg::world {

struct ServerDescriptors {
  int requests = 0, replies = 1, pixels = 3;
};

// Until the client says close, or its end. What the environment refuses (Error{Data, Usage}) is an
// error reply, and it goes on. Throws Error{Io}; BrokenPipe where the client has gone.
void serve(Environment& environment, const ServerDescriptors& descriptors = {});

}  // namespace svg::world
