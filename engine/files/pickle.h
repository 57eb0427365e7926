// Python's pickle format, read as data. A pickle is a program that builds objects; a program of Python may call any
// function. Here nothing is called: a call becomes a value that says what would be called with which arguments, and
// only names that the reader allows may occur at all.
//
// https://docs.python.org/3/library/pickletools.html describes the operations.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace intertwiner {

/// The values of a pickle. They refer to each other by number, so the depth of nesting costs no stack.
class Pickle {
 public:
  enum class Kind : uint8_t {
    none,
    boolean,
    integer,
    real,
    text,        ///< text or bytes
    sequence,    ///< a tuple, list or set
    dictionary,  ///< items are key, value, key, value, …
    global,      ///< text is "module.name"
    call,        ///< items are what is called, and its arguments
    reference,   ///< an object outside the pickle; its item is the key
    mark,        ///< only while reading
  };
  using Id = uint32_t;

  struct Value {
    Kind kind = Kind::none;
    union {
      int64_t integer = 0;
      double real;
    };
    std::string_view text = {};  ///< within the file's bytes
    uint32_t items = 0;          ///< 1 + index of the list of items; 0: none
  };

  /// Reads the pickle at the beginning of `bytes`, which must outlive the result. `allowed` says whether a global of
  /// this "module.name" may occur. Throws UserError with `name`, the reason, and what to do.
  static Pickle parse(std::string_view bytes, const std::function<bool(const std::string&)>& allowed,
                      const std::string& name);

  Id root() const { return root_; }
  const Value& operator[](Id id) const { return values_[id]; }
  const std::vector<Id>& items(Id id) const;
  size_t size() const { return size_; }  ///< bytes of the pickle

  Id last() const { return static_cast<Id>(values_.size() - 1); }
  bool is(Id id, Kind kind) const { return values_[id].kind == kind; }

 private:
  friend class PickleMachine;
  std::vector<Value> values_;
  std::vector<std::vector<Id>> lists_;
  std::deque<std::string> texts_;  ///< those that are not within the file: "module.name"
  Id root_ = 0;
  size_t size_ = 0;
};

}  // namespace intertwiner
