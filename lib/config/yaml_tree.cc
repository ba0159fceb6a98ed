#include "lib/config/yaml_tree.h"

#include <sstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/utf8.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/parser.h"

namespace postern::config {
namespace {

absl::Status Invalid(Position position, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(position.line, ":", position.column, ": ", what));
}

Position ToPosition(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

// Builds the tree from yaml-cpp's events. After the first error the events
// that follow are ignored.
class TreeBuilder final : public YAML::EventHandler {
 public:
  const absl::Status& status() const { return status_; }
  YamlNode TakeRoot() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(YamlNode::Kind::kNull, mark, "", anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(mark, "aliases are not supported");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    if (YamlNode* node = Add(YamlNode::Kind::kScalar, mark, tag, anchor)) {
      node->text = value;
    } else if (status_.ok()) {
      open_.back().key = value;
      open_.back().key_position = ToPosition(mark);
      open_.back().has_key = true;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(Add(YamlNode::Kind::kList, mark, tag, anchor), mark);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(Add(YamlNode::Kind::kMap, mark, tag, anchor), mark);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapEnd() override { Close(); }

 private:
  // A list or map whose end has not come. Its address is stable: nothing is
  // added to what is around it meanwhile.
  struct OpenNode {
    YamlNode* node;
    bool has_key = false;  // Of a map: the key is here, the value is not.
    std::string key;
    Position key_position;
  };

  void Fail(const YAML::Mark& mark, absl::string_view what) {
    if (status_.ok()) status_ = Invalid(ToPosition(mark), what);
  }

  // Returns the new node; nullptr after an error, and for a scalar that is the
  // key of the map around it.
  YamlNode* Add(YamlNode::Kind kind, const YAML::Mark& mark,
                const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) Fail(mark, "anchors are not supported");
    if (!tag.empty() && tag != "?" && tag != "!") {
      Fail(mark, "tags are not supported");
    }
    if (!status_.ok()) return nullptr;
    YamlNode* node = &root_;
    if (!open_.empty()) {
      OpenNode& around = open_.back();
      if (around.node->kind == YamlNode::Kind::kList) {
        node = &around.node->items.emplace_back();
      } else if (around.has_key) {
        around.has_key = false;
        node = &around.node->entries
                    .emplace_back(YamlEntry{
                        std::move(around.key), around.key_position, {}})
                    .value;
      } else {
        if (kind != YamlNode::Kind::kScalar) Fail(mark, "a key must be text");
        return nullptr;
      }
    }
    node->kind = kind;
    node->position = ToPosition(mark);
    return node;
  }

  void Open(YamlNode* node, const YAML::Mark& mark) {
    if (open_.size() >= kMaxYamlDepth) {
      Fail(mark, absl::StrCat("more than ", kMaxYamlDepth, " levels"));
    }
    if (status_.ok()) open_.push_back({node, false, {}, {}});
  }

  void Close() {
    if (status_.ok()) open_.pop_back();
  }

  absl::Status status_;
  YamlNode root_;
  std::vector<OpenNode> open_;
};

// Refuses what no configuration has and what may confuse: bytes that are not
// UTF-8, control characters, and lines that end in CR alone.
absl::Status CheckText(absl::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return Invalid({}, "the file is larger than 1 MiB");
  }
  Position position;
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const size_t bytes = Utf8Bytes(text);
    if (bytes == 0) return Invalid(position, "not UTF-8");
    const bool is_space = c == '\t' || c == '\n' || c == '\r';
    if (c == 0x7f || (c < 0x20 && !is_space)) {
      return Invalid(position, "a control character");
    }
    text.remove_prefix(bytes);
    ++position.column;
    if (c == '\n') position = {position.line + 1, 1};
  }
  return absl::OkStatus();
}

bool EndsWithLine(absl::string_view text) {
  return !text.empty() && (text.back() == '\n' || text.back() == '\r');
}

}  // namespace

absl::StatusOr<YamlNode> ParseYaml(absl::string_view text) {
  RETURN_IF_ERROR(CheckText(text));
  TreeBuilder builder;
  try {
    // yaml-cpp 0.7 takes the end of the text for the end of a quoted scalar if
    // it follows a line's end: a comment keeps the two apart.
    std::istringstream stream(
        absl::StrCat(text, EndsWithLine(text) ? "#" : ""));
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    RETURN_IF_ERROR(builder.status());
    YamlNode root = builder.TakeRoot();
    TreeBuilder more;
    if (parser.HandleNextDocument(more)) {
      return Invalid(more.TakeRoot().position,
                     "a second document: there may be one only");
    }
    return root;
  } catch (const YAML::Exception& error) {
    RETURN_IF_ERROR(builder.status());
    return Invalid(ToPosition(error.mark), Printable(error.msg));
  }
}

}  // namespace postern::config
