// Any result of a look-up: what is taken for an action is one logical line and
// one reply, and means the same when read again.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/mail/header.h"
#include "mta/content/check_action.h"

namespace {

using postern::mail::FieldName;
using postern::mta::content::CheckAction;
using postern::mta::content::ParseCheckAction;
using postern::mta::content::RejectReply;
using postern::mta::content::Subject;
using postern::mta::content::VerbName;
using Verb = CheckAction::Verb;

void CheckLines(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n') continue;
    assert(i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t'));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view result(reinterpret_cast<const char*>(data), size);
  for (const Subject subject : {Subject::kHeader, Subject::kBody}) {
    const absl::StatusOr<CheckAction> action =
        ParseCheckAction(result, subject);
    if (!action.ok()) continue;
    CheckLines(action->text);
    if (action->verb == Verb::kReplace && subject == Subject::kHeader) {
      assert(!FieldName(action->text).empty());
    }
    const postern::mta::smtp::Reply reply = RejectReply(action->text);
    assert(reply.kind() == 4 || reply.kind() == 5);
    assert(!reply.status.empty() && !reply.text.empty());
    const absl::StatusOr<CheckAction> again = ParseCheckAction(
        absl::StrCat(VerbName(action->verb), " ", action->text), subject);
    assert(again.ok() && again->verb == action->verb);
    assert(again->text == action->text);
  }
  return 0;
}
