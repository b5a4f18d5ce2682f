// Names of C++ functions, for people.
#pragma once
#include <string>

namespace systole {

/// "_ZN7systole8firmware4mainEi" as "systole::firmware::main": demangled, without parameters and
/// what a template returns; long template arguments as "<...>". Any other name is left as it is.
std::string function_name(const std::string& symbol);

}  // namespace systole
