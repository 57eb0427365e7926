#include "engine/files/pickle.h"

#include <bit>
#include <cstring>
#include <unordered_map>

#include "engine/error.h"
#include "engine/files/json.h"
#include "engine/files/pickle_operations.h"

namespace intertwiner {
namespace {

constexpr size_t kMaxValues = 4'000'000;  ///< enough for 200,000 tensors

}  // namespace

/// Carries out a pickle's operations.
class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::function<bool(const std::string&)>& allowed, const std::string& name)
      : bytes_(bytes), allowed_(allowed), name_(name) {}

  Pickle run() {
    while (step()) continue;
    if (stack_.size() != 1 || at(0).kind == Kind::mark) broken("it leaves more or less than one object");
    result_.root_ = stack_[0];
    result_.size_ = position_;
    return std::move(result_);
  }

 private:
  using Kind = Pickle::Kind;
  using Id = Pickle::Id;
  using Value = Pickle::Value;

  [[noreturn]] void broken(const std::string& reason) const {
    throw DamagedFile(name_ + ": not a file of weights that PyTorch wrote: " + reason + " (byte " +
                      std::to_string(position_) + " of its pickle); save it again with torch.save");
  }

  std::string_view take(size_t count) {
    if (count > bytes_.size() - position_) broken("it is cut short");
    const std::string_view part = bytes_.substr(position_, count);
    position_ += count;
    return part;
  }

  uint64_t number(size_t bytes) {
    uint64_t value = 0;
    std::memcpy(&value, take(bytes).data(), bytes);  // little-endian
    return value;
  }

  std::string_view line() {
    const size_t end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) broken("it is cut short");
    const std::string_view text = bytes_.substr(position_, end - position_);
    position_ = end + 1;
    return text;
  }

  Value& at(size_t from_top) {
    if (from_top >= stack_.size()) broken("an operation lacks its operands");
    return result_.values_[stack_[stack_.size() - 1 - from_top]];
  }

  Id pop() {
    if (at(0).kind == Kind::mark) broken("an operation lacks its operands");
    const Id id = stack_.back();
    stack_.pop_back();
    return id;
  }

  /// The objects above the last mark, which is removed with them.
  std::vector<Id> pop_to_mark() {
    size_t first = stack_.size();
    while (first > 0 && result_.values_[stack_[first - 1]].kind != Kind::mark) --first;
    if (first == 0) broken("an operation lacks its mark");
    std::vector<Id> ids(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end());
    stack_.resize(first - 1);
    return ids;
  }

  static Value value_of(Kind kind, std::string_view text = {}) {
    Value value;
    value.kind = kind;
    value.text = text;
    return value;
  }
  Id add(const Value& value) {
    if (result_.values_.size() >= kMaxValues) broken("it has too many objects");
    result_.values_.push_back(value);
    return static_cast<Id>(result_.values_.size() - 1);
  }
  void push(const Value& value) { stack_.push_back(add(value)); }
  void push(Kind kind) { push(value_of(kind)); }
  void push_integer(int64_t integer) {
    Value value = value_of(Kind::integer);
    value.integer = integer;
    push(value);
  }
  void push_text(std::string_view text) { push(value_of(Kind::text, text)); }
  void push_items(Kind kind, const std::vector<Id>& items) {
    push(kind);
    append(stack_.back(), items);
  }

  void append(Id id, const std::vector<Id>& items) {
    if (items.empty()) return;
    if (result_.values_[id].items == 0) {
      result_.lists_.emplace_back();
      result_.values_[id].items = static_cast<uint32_t>(result_.lists_.size());
    }
    std::vector<Id>& list = result_.lists_[result_.values_[id].items - 1];
    list.insert(list.end(), items.begin(), items.end());
    total_items_ += items.size();
    if (total_items_ > 4 * kMaxValues) broken("it has too many objects");
  }

  /// Appends to the list or dictionary on the stack.
  void extend(Kind kind, const std::vector<Id>& items) {
    // An object of another class (a call) takes items too, as OrderedDict's subclasses do. They are kept as its items.
    if (at(0).kind != kind && at(0).kind != Kind::call) broken("it adds items to something else");
    if (kind == Kind::dictionary && items.size() % 2 != 0) broken("a key lacks its value");
    append(stack_.back(), items);
  }

  void push_global(std::string_view module, std::string_view name) {
    if (module.size() + name.size() > 200) broken("a name is too long");
    const std::string full = std::string(module) + "." + std::string(name);
    if (!allowed_(full))
      throw Unsupported(name_ + ": calls for " + Json(full).dump_ascii() +
                        ", which a file of weights does not need; nothing was run; save the weights alone: "
                        "torch.save(model.state_dict(), FILE)");
    const auto [found, is_new] = globals_.try_emplace(full, 0);
    if (is_new) {
      result_.texts_.push_back(full);
      found->second = add(value_of(Kind::global, result_.texts_.back()));
    }
    stack_.push_back(found->second);
  }

  void push_call() {
    const Id arguments = pop(), callable = pop();
    if (result_.values_[callable].kind != Kind::global) broken("it calls something that is not a function");
    if (result_.values_[arguments].kind != Kind::sequence) broken("it calls a function without arguments");
    if (result_.values_[callable].text == "collections.OrderedDict") return push_ordered_dictionary(arguments);
    std::vector<Id> items = {callable};
    const std::vector<Id>& given = result_.items(arguments);
    items.insert(items.end(), given.begin(), given.end());
    push_items(Kind::call, items);
  }

  /// OrderedDict() or OrderedDict([(key, value), …]).
  void push_ordered_dictionary(Id arguments) {
    std::vector<Id> items;
    const std::vector<Id> given = result_.items(arguments);
    if (given.size() > 1) broken("an OrderedDict has more than one argument");
    if (!given.empty())
      for (const Id pair : result_.items(given[0])) {
        const std::vector<Id>& parts = result_.items(pair);
        if (parts.size() != 2) broken("an OrderedDict has an item that is no pair");
        items.insert(items.end(), parts.begin(), parts.end());
      }
    push_items(Kind::dictionary, items);
  }

  void remember(uint32_t key) {
    at(0);
    memo_[key] = stack_.back();
  }
  void recall(uint32_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) broken("it refers to an object that does not exist");
    stack_.push_back(found->second);
    if (stack_.size() > kMaxValues) broken("it has too many objects");
  }

  void push_tuple(size_t count) {
    std::vector<Id> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_items(Kind::sequence, items);
  }

  /// Carries out one operation; false after the last one.
  bool step() {
    const auto operation = static_cast<uint8_t>(take(1)[0]);
    switch (operation) {
      case kProtocol:
        take(1);
        return true;
      case kFrame:
        take(8);
        return true;
      case kStop:
        return false;
      case kMark:
        push(Kind::mark);
        return true;
      case kPop:
        at(0);
        stack_.pop_back();
        return true;
      case kPopMark:
        pop_to_mark();
        return true;
      case kNone:
        push(Kind::none);
        return true;
      case kNewTrue:
      case kNewFalse:
        push(Kind::boolean);
        at(0).integer = operation == kNewTrue;
        return true;
      case kBinInt:
        push_integer(static_cast<int32_t>(number(4)));
        return true;
      case kBinInt1:
        push_integer(static_cast<int64_t>(number(1)));
        return true;
      case kBinInt2:
        push_integer(static_cast<int64_t>(number(2)));
        return true;
      case kLong1:
        push_long(number(1));
        return true;
      case kBinFloat:
        push_real();
        return true;
      case kBinUnicode:
      case kBinString:
      case kBinBytes:
        push_text(take(number(4)));
        return true;
      case kShortBinUnicode:
      case kShortBinString:
      case kShortBinBytes:
        push_text(take(number(1)));
        return true;
      case kBinUnicode8:
        push_text(take(number(8)));
        return true;
      case kEmptyList:
      case kEmptyTuple:
      case kEmptySet:
        push(Kind::sequence);
        return true;
      case kEmptyDict:
        push(Kind::dictionary);
        return true;
      case kList:
      case kTuple:
        push_items(Kind::sequence, pop_to_mark());
        return true;
      case kDict:
        push_dictionary(pop_to_mark());
        return true;
      case kTuple1:
        push_tuple(1);
        return true;
      case kTuple2:
        push_tuple(2);
        return true;
      case kTuple3:
        push_tuple(3);
        return true;
      case kAppend: {
        const Id item = pop();
        extend(Kind::sequence, {item});
        return true;
      }
      case kAppends:
      case kAddItems: {
        const std::vector<Id> items = pop_to_mark();
        extend(Kind::sequence, items);
        return true;
      }
      case kSetItem: {
        const Id value = pop(), key = pop();
        extend(Kind::dictionary, {key, value});
        return true;
      }
      case kSetItems: {
        const std::vector<Id> items = pop_to_mark();
        extend(Kind::dictionary, items);
        return true;
      }
      case kGlobal: {
        const std::string_view module = line();
        push_global(module, line());
        return true;
      }
      case kStackGlobal: {
        const Id name = pop(), module = pop();
        if (!result_.is(name, Kind::text) || !result_.is(module, Kind::text)) broken("a name is not a text");
        push_global(result_[module].text, result_[name].text);
        return true;
      }
      case kReduce:
      case kNewObject:
        push_call();
        return true;
      case kBuild:  // sets attributes, such as a state dictionary's _metadata, which are not needed
        pop();
        at(0);
        return true;
      case kBinPersistentId: {
        const Id key = pop();
        push_items(Kind::reference, {key});
        return true;
      }
      case kBinGet:
        recall(static_cast<uint32_t>(number(1)));
        return true;
      case kLongBinGet:
        recall(static_cast<uint32_t>(number(4)));
        return true;
      case kBinPut:
        remember(static_cast<uint32_t>(number(1)));
        return true;
      case kLongBinPut:
        remember(static_cast<uint32_t>(number(4)));
        return true;
      case kMemoize:
        remember(static_cast<uint32_t>(memo_.size()));
        return true;
      default:
        broken("it has an operation that a file of weights does not need");
    }
  }

  void push_dictionary(const std::vector<Id>& items) {
    push(Kind::dictionary);
    extend(Kind::dictionary, items);
  }

  /// An integer of `bytes` bytes in two's complement.
  void push_long(uint64_t bytes) {
    if (bytes > 8) {  // larger than a size can be, but legacy files begin with such a number
      take(bytes);
      return push(Kind::none);
    }
    uint64_t value = number(bytes);
    if (bytes > 0 && bytes < 8 && value >> (8 * bytes - 1) & 1) value |= ~uint64_t{0} << 8 * bytes;
    push_integer(static_cast<int64_t>(value));
  }

  void push_real() {
    uint64_t bits = 0;
    for (const char byte : take(8)) bits = bits << 8 | static_cast<uint8_t>(byte);  // big-endian
    push(Kind::real);
    at(0).real = std::bit_cast<double>(bits);
  }

  const std::string_view bytes_;
  const std::function<bool(const std::string&)>& allowed_;
  const std::string& name_;
  size_t position_ = 0;
  size_t total_items_ = 0;
  Pickle result_;
  std::vector<Id> stack_;
  std::unordered_map<uint32_t, Id> memo_;
  std::unordered_map<std::string, Id> globals_;
};

Pickle Pickle::parse(std::string_view bytes, const std::function<bool(const std::string&)>& allowed,
                     const std::string& name) {
  return PickleMachine(bytes, allowed, name).run();
}

const std::vector<Pickle::Id>& Pickle::items(Id id) const {
  static const std::vector<Id> none;
  const uint32_t list = values_[id].items;
  return list == 0 ? none : lists_[list - 1];
}

}  // namespace intertwiner
