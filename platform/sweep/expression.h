// A constraint over configuration keys: "spm.size_kib + gemm.a_buffer_kib <= 512".
#pragma once
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/config/config.h"

namespace systole {

/// An expression that cannot be understood. what() says where and what is legal there.
class ExpressionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Numbers, numeric configuration keys, + - * / %, comparisons < <= > >= == !=, `and`, `or`, `not`
/// (also && || !) and parentheses, with the precedence of C. Values are double; true is 1.
class Expression {
 public:
  /// Throws ExpressionError: unknown or non-numeric keys, anything left over.
  static Expression parse(const std::string& text);

  const std::string& text() const { return text_; }
  double value(const Config& config) const { return evaluate_(config); }
  bool holds(const Config& config) const { return value(config) != 0; }

 private:
  std::string text_;
  std::function<double(const Config&)> evaluate_;
};

}  // namespace systole
