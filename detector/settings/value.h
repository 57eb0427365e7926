// A variable that is given as text, and what it may hold. The command line, TOML files and checkpoints all set their
// values here, so that each value is read and refused by the same rules.
//
//   const NamedValue rate{"learning-rate", Number{&learning_rate, 0, 10}};
//   set_value(rate, "0.02");
//   set_value(rate, "20");  // UserError: learning-rate: "20" is not allowed; give a number, 0 to 10
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace intertwiner {

/// A number from min to max; or a list of them, T being std::vector<double>.
template <class T>
struct Number {
  T* value;
  double min, max;
};
template <class T>
Number(T*, double, double) -> Number<T>;

/// A variable of an enumeration, read and written as a word of names_of(E) (enumerations.h).
class EnumReference {
 public:
  template <class E>
  explicit EnumReference(E* value)
      : names_(names_of(E{})),
        variable_(value),
        get_([](const void* variable) { return static_cast<size_t>(*static_cast<const E*>(variable)); }),
        set_([](void* variable, size_t i) { *static_cast<E*>(variable) = static_cast<E>(i); }) {}
  /// The word "none" stands for no value.
  template <class E>
  explicit EnumReference(std::optional<E>* value)
      : names_(names_of(E{})),
        variable_(value),
        get_([](const void* variable) {
          const auto& held = *static_cast<const std::optional<E>*>(variable);
          return held ? static_cast<size_t>(*held) + 1 : 0;
        }),
        set_([](void* variable, size_t i) {
          auto& held = *static_cast<std::optional<E>*>(variable);
          held.reset();
          if (i > 0) held = static_cast<E>(i - 1);
        }) {
    names_.insert(names_.begin(), "none");
  }

  /// The allowed words.
  const std::vector<std::string>& names() const { return names_; }
  const std::string& name() const { return names_.at(get_(variable_)); }
  /// False, and nothing is set, where `name` is not one of names().
  bool set(const std::string& name) const;

 private:
  std::vector<std::string> names_;
  void* variable_;
  size_t (*get_)(const void*);
  void (*set_)(void*, size_t);
};

using ValueReference =
    std::variant<bool*, Number<int64_t>, Number<uint64_t>, Number<double>, Number<std::vector<double>>, EnumReference>;

struct NamedValue {
  std::string name;
  ValueReference value;
};

bool is_flag(const NamedValue& value);
bool is_list(const NamedValue& value);
/// The words of an enumeration; none of another value.
std::vector<std::string> names_in(const NamedValue& value);

/// "0.01", "true", "32,64,128", "none" (an empty list), "half-pixel": the value as it is given on a command line.
std::string value_text(const NamedValue& value);

/// The same to read, not to store: fractions with four digits, 0.4615 for 6/13.
std::string short_value_text(const NamedValue& value);

/// "a number, 0 to 1": what the value may be, for messages and tables.
std::string allowed_text(const NamedValue& value);

/// Sets the variable. Throws UserError that says name, text and what is allowed.
void set_value(const NamedValue& value, const std::string& text);

}  // namespace intertwiner
