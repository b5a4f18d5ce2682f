#include "platform/boot/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace systole {
namespace {

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : symbol;
}

// Cuts the last parenthesised list and what follows it: "f(int) const".
void cut_parameters(std::string* name) {
  const size_t last = name->rfind(')');
  if (last == std::string::npos) return;
  unsigned depth = 0;
  for (size_t i = last + 1; i-- > 0;) {
    if ((*name)[i] == ')') ++depth;
    if ((*name)[i] == '(' && --depth == 0) {
      if (i != 0) name->erase(i);
      return;
    }
  }
}

// Cuts "unsigned int " of "unsigned int a::f<int>", which only templates have.
void cut_result(std::string* name) {
  int depth = 0;
  for (size_t i = name->size(); i-- > 0;) {
    const char c = (*name)[i];
    if (c == '>' || c == ')') ++depth;
    if (c == '<' || c == '(') --depth;
    if (c != ' ' || depth != 0) continue;
    const bool is_operator = i >= 8 && name->compare(i - 8, 8, "operator") == 0;
    if (!is_operator) name->erase(0, i + 1);
    return;
  }
}

bool after_operator(const std::string& name, size_t at) {
  while (at > 0 && (name[at - 1] == '<' || name[at - 1] == '-')) --at;
  return at >= 8 && name.compare(at - 8, 8, "operator") == 0;
}

// "f<...>" for long template arguments: those of lambdas fill a page.
void shorten_arguments(std::string* name) {
  constexpr size_t kLongest = 32;
  for (size_t begin = 0; (begin = name->find('<', begin)) != std::string::npos; ++begin) {
    if (after_operator(*name, begin)) continue;
    int depth = 0;
    size_t end = begin;
    for (; end < name->size(); ++end) {
      if ((*name)[end] == '<') ++depth;
      if ((*name)[end] == '>' && (*name)[end - 1] != '-' && --depth == 0) break;
    }
    if (end == name->size()) return;
    if (end - begin > kLongest) {
      name->replace(begin, end - begin + 1, "<...>");
      end = begin + 4;
    }
    begin = end;
  }
}

}  // namespace

std::string function_name(const std::string& symbol) {
  if (symbol.compare(0, 2, "_Z") != 0) return symbol;
  std::string name = demangled(symbol);
  if (name == symbol) return symbol;
  std::string clone;  // " [clone .constprop.0]"
  if (const size_t at = name.find(" [clone"); at != std::string::npos) {
    clone = name.substr(at);
    name.erase(at);
  }
  cut_parameters(&name);
  if (!name.empty() && name.back() == '>' && name.find("operator") == std::string::npos)
    cut_result(&name);
  shorten_arguments(&name);
  return name + clone;
}

}  // namespace systole
