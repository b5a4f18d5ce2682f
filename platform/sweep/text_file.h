// Small files as text.
#pragma once
#include <string>

namespace systole {

/// "" if it cannot be read.
std::string read_whole(const std::string& file);

/// Writes another file and renames it, so that readers see the file whole or not at all. False: it
/// could not be written.
bool write_whole(const std::string& file, const std::string& text);

/// The last line that says something.
std::string last_line(const std::string& text);

}  // namespace systole
