// A page of documentation in sections, each written by the command that measured it.
#pragma once
#include <string>

namespace systole {

/// Puts `body` into the page as the section `name`, in place of the one of that name, else at the
/// end. A page that does not exist yet begins with a title. False: it cannot be written.
bool write_section(const std::string& file, const std::string& name, const std::string& body);

/// "Written by `how`; do not edit. Register map version 1.0 of 2026-11-20."
std::string written_by(const std::string& how);

}  // namespace systole
