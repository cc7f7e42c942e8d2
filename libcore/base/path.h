// What stands under a path. Unlike std::filesystem's, these functions tell "not there" from "cannot
// be looked up" (no permission, a loop of links, a name too long, an I/O error), and fail with an
// Error that names the path and the reason.
#pragma once
#include <string>
#include <vector>

namespace svg {

// All three follow links, and are false where nothing stands there. Throw Error{NoInput} where the
// system refuses to say.
bool path_exists(const std::string& path);
bool is_folder(const std::string& path);
bool is_regular_file(const std::string& path);

// Whether `path` is a link, wherever it leads. Throws as above.
bool is_link(const std::string& path);
// " (a link to TARGET, which is not there)" where `path` is a link that leads nowhere, else "": for
// messages that something is missing. Does not throw.
std::string dangling_note(const std::string& path);

// The names in a folder, sorted, without . and .. Throws Error{NoInput}.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace svg
