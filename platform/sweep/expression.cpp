// Recursive descent; every level returns a function of the configuration.
#include "platform/sweep/expression.h"

#include <cctype>
#include <cmath>

namespace systole {
namespace {

using Value = std::function<double(const Config&)>;

class Parser {
 public:
  explicit Parser(const std::string& text) : text_(text) {}

  Value parse() {
    Value value = disjunction();
    skip_space();
    if (at_ != text_.size()) refuse("an operator or the end");
    return value;
  }

 private:
  [[noreturn]] void refuse(const std::string& legal) const {
    const std::string rest = text_.substr(at_);
    throw ExpressionError("'" + text_ + "': " + (rest.empty() ? "the end" : "'" + rest + "'") +
                          " is not legal here; legal: " + legal);
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  // Takes `word` if it is next; words of letters end at a letter's end.
  bool take(const std::string& word) {
    skip_space();
    if (text_.compare(at_, word.size(), word) != 0) return false;
    const size_t end = at_ + word.size();
    if (std::isalpha(static_cast<unsigned char>(word[0])) && end < text_.size() &&
        is_key_character(text_[end])) {
      return false;
    }
    at_ = end;
    return true;
  }
  static bool is_key_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
  }

  Value disjunction() {
    Value left = conjunction();
    while (take("or") || take("||")) {
      left = [a = left, b = conjunction()](const Config& c) { return a(c) != 0 || b(c) != 0; };
    }
    return left;
  }
  Value conjunction() {
    Value left = comparison();
    while (take("and") || take("&&")) {
      left = [a = left, b = comparison()](const Config& c) { return a(c) != 0 && b(c) != 0; };
    }
    return left;
  }
  Value comparison() {
    Value a = sum();
    if (take("<=")) return [a, b = sum()](const Config& c) { return a(c) <= b(c); };
    if (take(">=")) return [a, b = sum()](const Config& c) { return a(c) >= b(c); };
    if (take("==")) return [a, b = sum()](const Config& c) { return a(c) == b(c); };
    if (take("!=")) return [a, b = sum()](const Config& c) { return a(c) != b(c); };
    if (take("<")) return [a, b = sum()](const Config& c) { return a(c) < b(c); };
    if (take(">")) return [a, b = sum()](const Config& c) { return a(c) > b(c); };
    return a;
  }
  Value sum() {
    Value left = product();
    for (;;) {
      if (take("+")) {
        left = [a = left, b = product()](const Config& c) { return a(c) + b(c); };
      } else if (take("-")) {
        left = [a = left, b = product()](const Config& c) { return a(c) - b(c); };
      } else {
        return left;
      }
    }
  }
  Value product() {
    Value left = unary();
    for (;;) {
      if (take("*")) {
        left = [a = left, b = unary()](const Config& c) { return a(c) * b(c); };
      } else if (take("/")) {
        left = [a = left, b = unary()](const Config& c) { return a(c) / b(c); };
      } else if (take("%")) {
        left = [a = left, b = unary()](const Config& c) { return std::fmod(a(c), b(c)); };
      } else {
        return left;
      }
    }
  }
  Value unary() {
    if (++depth_ > 200) refuse("a shallower expression");
    Value value;
    if (take("-")) {
      value = [a = unary()](const Config& c) { return -a(c); };
    } else if (take("not") || take("!")) {
      value = [a = unary()](const Config& c) { return a(c) == 0; };
    } else {
      value = primary();
    }
    --depth_;
    return value;
  }
  Value primary() {
    skip_space();
    if (take("(")) {
      Value value = disjunction();
      if (!take(")")) refuse("')'");
      return value;
    }
    size_t end = at_;
    while (end < text_.size() && is_key_character(text_[end])) ++end;
    const std::string word = text_.substr(at_, end - at_);
    if (word.empty()) refuse("a number, a configuration key or '('");
    Value value = std::isdigit(static_cast<unsigned char>(word[0])) ? number(word) : key(word);
    at_ = end;
    return value;
  }
  Value number(const std::string& word) const {
    size_t used = 0;
    double value = 0;
    try {
      value = std::stod(word, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != word.size()) refuse("a number, a configuration key or '('");
    return [value](const Config&) { return value; };
  }
  Value key(const std::string& word) const {
    std::vector<std::string> numeric;
    for (const ConfigKey& key : config_keys()) {
      if (!key.number) {
        if (word == key.name) {
          throw ExpressionError("'" + text_ + "': '" + word +
                                "' is no number; legal: keys with a "
                                "numeric value (list other keys' values in axes instead)");
        }
        continue;
      }
      if (word == key.name) {
        return [field = key.number](const Config& config) {
          return static_cast<double>(field(const_cast<Config&>(config)));
        };
      }
      numeric.push_back(key.name);
    }
    const std::string near = nearest(word, numeric);
    throw ExpressionError("'" + text_ + "': unknown configuration key '" + word + "'" +
                          (near.empty() ? "" : "; did you mean '" + near + "'?") +
                          " (systole info lists all keys)");
  }

  const std::string& text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Expression Expression::parse(const std::string& text) {
  Expression expression;
  expression.text_ = text;
  expression.evaluate_ = Parser(text).parse();
  return expression;
}

}  // namespace systole
