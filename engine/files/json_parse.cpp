// Makes values of the tokens of a text.
#include <algorithm>

#include "engine/files/json.h"
#include "engine/files/json_tokens.h"

namespace intertwiner {

/// Reads a text. The arrays and objects that are not complete yet are on a stack of its own.
class JsonBuilder {
 public:
  JsonBuilder(std::string_view text, const JsonOptions& options) : tokens_(text), options_(options) {}

  Json build() {
    do {
      if (value()) continue;  // the first value inside is next
      while (!closers_.empty() && tokens_.peek() == closers_.back()) end();
      if (closers_.empty()) break;
      tokens_.expect(',');
      if (closers_.back() == '}') key();
    } while (true);
    if (!tokens_.is_at_end()) tokens_.fail();
    return std::move(root_);
  }

 private:
  // Most arrays and objects of annotations and results are boxes and entries with a few members.
  static constexpr size_t kFewItems = 4, kFewMembers = 8;

  /// An array or object that is not complete.
  struct Open {
    Json value;
    std::string key;            ///< of the next member
    size_t values_outside = 0;  ///< in memory when it began
  };

  /// Reads a value, or the begin of an array or object that has values. True in the second case.
  bool value() {
    switch (tokens_.peek()) {
      case '{':
        start(Json::object(), '}');
        if (tokens_.peek() == '}') return false;
        key();
        return true;
      case '[':
        start(Json::array(), ']');
        return tokens_.peek() != ']';
      case '"':
        if (is_skipped()) {
          tokens_.skip_text();
          is_skipped_ = false;
        } else {
          tokens_.text(text_);
          scalar(Json(text_));
        }
        return false;
      case 't':
        tokens_.word("true");
        scalar(Json(true));
        return false;
      case 'f':
        tokens_.word("false");
        scalar(Json(false));
        return false;
      case 'n':
        tokens_.word("null");
        scalar(Json());
        return false;
      default:
        number();
        return false;
    }
  }

  void number() {
    const char first = tokens_.peek();
    if (first != '-' && (first < '0' || first > '9')) tokens_.fail();
    if (is_skipped()) {
      if (skipped_depth_ > 0 && closers_.back() == ']') {
        tokens_.skip_numbers();
      } else {
        tokens_.skip_number();
      }
      is_skipped_ = false;
    } else {
      scalar(tokens_.number());
    }
  }

  void key() {
    if (tokens_.peek() != '"') tokens_.fail();
    if (skipped_depth_ > 0) {
      tokens_.skip_text();
    } else {
      std::string& name = open_.back().key;
      tokens_.text(name);
      is_skipped_ = options_.visitor && !options_.visitor->wants(open_.size(), name);
    }
    tokens_.expect(':');
  }

  bool is_skipped() const { return skipped_depth_ > 0 || is_skipped_; }

  void scalar(Json value) {
    if (!is_skipped()) {
      count();
      add(std::move(value), values_ - 1);
    }
    is_skipped_ = false;
  }

  void start(Json empty, char closer) {
    tokens_.take();
    if (closers_.size() >= options_.max_depth) {
      throw JsonError("JSON: nested deeper than " + std::to_string(options_.max_depth) + " levels at byte " +
                          std::to_string(tokens_.position()),
                      tokens_.position());
    }
    closers_ += closer;
    if (is_skipped()) {
      is_skipped_ = false;
      ++skipped_depth_;
      return;
    }
    count();
    open_.push_back({std::move(empty), {}, values_ - 1});
  }

  void end() {
    tokens_.take();
    closers_.pop_back();
    if (skipped_depth_ > 0) {
      --skipped_depth_;
      return;
    }
    Open complete = std::move(open_.back());
    open_.pop_back();
    if (complete.value.is_object()) make_keys_unique(std::get<Json::Object>(complete.value.value_));
    add(std::move(complete.value), complete.values_outside);
  }

  void count() {
    if (++values_ <= options_.max_values) return;
    throw JsonError("JSON: more than " + std::to_string(options_.max_values) + " values at byte " +
                        std::to_string(tokens_.position()),
                    tokens_.position());
  }

  void add(Json value, size_t values_outside) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    if (options_.visitor && !options_.visitor->keeps(open_.size(), value)) {
      values_ = values_outside;
      return;
    }
    Open& parent = open_.back();
    if (auto* items = std::get_if<Json::Array>(&parent.value.value_)) {
      if (items->empty()) items->reserve(kFewItems);
      items->push_back(std::move(value));
    } else {
      auto& members = std::get<Json::Object>(parent.value.value_);
      if (members.empty()) members.reserve(kFewMembers);
      members.emplace_back(std::move(parent.key), std::move(value));
    }
  }

  /// True for a small object without a repeated key.
  static bool has_different_keys(const Json::Object& members) {
    if (members.size() > kFewMembers) return false;
    for (size_t i = 1; i < members.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (members[i].first == members[j].first) return false;
      }
    }
    return true;
  }

  /// A key that occurs several times is refused, or keeps its first place and its last value.
  void make_keys_unique(Json::Object& members) const {
    if (has_different_keys(members)) return;
    std::vector<size_t> order(members.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    const auto is_less = [&](size_t a, size_t b) {
      const int compared = members[a].first.compare(members[b].first);
      return compared < 0 || (compared == 0 && a < b);
    };
    std::sort(order.begin(), order.end(), is_less);
    std::vector<bool> is_repeated(members.size());
    bool any = false;
    size_t first = 0;  // index in `order` of the first member with this key
    for (size_t i = 1; i < order.size(); ++i) {
      if (members[order[i]].first != members[order[first]].first) {
        first = i;
        continue;
      }
      if (options_.unique_keys) throw JsonKeyTwice(members[order[i]].first, tokens_.position());
      members[order[first]].second = std::move(members[order[i]].second);
      is_repeated[order[i]] = any = true;
    }
    if (!any) return;
    Json::Object unique;
    for (size_t i = 0; i < members.size(); ++i) {
      if (!is_repeated[i]) unique.push_back(std::move(members[i]));
    }
    members = std::move(unique);
  }

  JsonTokens tokens_;
  const JsonOptions& options_;
  std::string closers_;     ///< brackets that end what is open, from outside to inside
  std::vector<Open> open_;  ///< what of it is kept
  Json root_;
  std::string text_;
  size_t values_ = 0;         ///< in memory
  size_t skipped_depth_ = 0;  ///< open arrays and objects that are not kept
  bool is_skipped_ = false;   ///< the next value is not kept
};

Json Json::parse(std::string_view text, const JsonOptions& options) { return JsonBuilder(text, options).build(); }

}  // namespace intertwiner
