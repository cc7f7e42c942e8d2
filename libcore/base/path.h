// What stands under a path. Unlike std::filesystem's, these functions tell "not there" from "cannot
// be looked up" (no permission, a loop of links, a name too long, an I/O error), and fail with an
// Error that names the path and the reason.
#pragma once
#include <string>
#include <vector>

#include "libcore/base/error.h"

namespace svg {

// All three follow links, and are false where nothing stands there. Throw Error{kind} where the
// system refuses to say: CannotCreate suits a path that is to be written.
bool path_exists(const std::string& path, ErrorKind kind = ErrorKind::NoInput);
bool is_folder(const std::string& path, ErrorKind kind = ErrorKind::NoInput);
bool is_regular_file(const std::string& path, ErrorKind kind = ErrorKind::NoInput);

// Whether `path` is a link, wherever it leads. Throws as above.
bool is_link(const std::string& path, ErrorKind kind = ErrorKind::NoInput);
// " (a link to TARGET, which is not there)" where `path` is a link that leads nowhere, else "": for
// messages that something is missing. Does not throw.
std::string dangling_note(const std::string& path);

// The names in a folder, sorted, without . and .. Throws Error{kind}.
std::vector<std::string> names_in(const std::string& folder, ErrorKind kind = ErrorKind::NoInput);

}  // namespace svg
