#include "lib/milter/libmilter_outcome.h"

#include <libmilter/mfapi.h>

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/milter/reply.h"
#include "lib/milter/reply_code.h"

namespace postern::milter {
namespace {

// libmilter wants texts that it could write to, and does not.
char* Text(const std::string& text) { return const_cast<char*>(text.c_str()); }

template <size_t... kIndex>
int SetLines(SMFICTX* context, const char* code, const char* enhanced,
             const std::array<char*, kMaxReplyLines>& text,
             std::index_sequence<kIndex...>) {
  return smfi_setmlreply(context, code, enhanced, text[kIndex]..., nullptr);
}

int SetReply(SMFICTX* context, const Verdict& verdict) {
  std::vector<std::string> lines;
  for (const std::string& line : verdict.lines) {
    lines.push_back(SafeReplyLine(line));
  }
  const std::string code = absl::StrCat(verdict.code);
  char* const enhanced =
      verdict.enhanced_code.empty() ? nullptr : Text(verdict.enhanced_code);
  if (lines.size() == 1) {
    return smfi_setreply(context, Text(code), enhanced, Text(lines[0]));
  }
  // The list ends with the first one that is null.
  std::array<char*, kMaxReplyLines> text = {};
  for (size_t i = 0; i < lines.size() && i < text.size(); ++i) {
    text[i] = Text(lines[i]);
  }
  return SetLines(context, code.c_str(), enhanced, text,
                  std::make_index_sequence<kMaxReplyLines>());
}

int Make(SMFICTX* context, const Change& change, const Options& agreed) {
  const std::string address = absl::StrCat("<", change.name, ">");
  char* const arguments = change.value.empty() ? nullptr : Text(change.value);
  const auto index = static_cast<int>(change.index);
  switch (change.kind) {
    case Change::Kind::kAddHeader:
      return smfi_addheader(context, Text(change.name),
                            Text(HeaderValueFor(change, agreed)));
    case Change::Kind::kInsertHeader:
      return smfi_insheader(context, index, Text(change.name),
                            Text(HeaderValueFor(change, agreed)));
    case Change::Kind::kChangeHeader:
      return smfi_chgheader(context, Text(change.name), index,
                            Text(HeaderValueFor(change, agreed)));
    case Change::Kind::kChangeSender:
      return smfi_chgfrom(context, Text(address), arguments);
    case Change::Kind::kAddRecipient:
      if (arguments == nullptr) return smfi_addrcpt(context, Text(address));
      return smfi_addrcpt_par(context, Text(address), arguments);
    case Change::Kind::kDeleteRecipient:
      return smfi_delrcpt(context, Text(address));
    case Change::Kind::kReplaceBody:
      return smfi_replacebody(context,
                              reinterpret_cast<unsigned char*>(
                                  const_cast<char*>(change.value.data())),
                              static_cast<int>(change.value.size()));
    case Change::Kind::kQuarantine:
      return smfi_quarantine(context, Text(Printable(change.value)));
  }
  return MI_FAILURE;
}

}  // namespace

int LibmilterStatus(SMFICTX* context, const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::kContinue:
      return SMFIS_CONTINUE;
    case Verdict::Kind::kAccept:
      return SMFIS_ACCEPT;
    case Verdict::Kind::kDiscard:
      return SMFIS_DISCARD;
    case Verdict::Kind::kReject:
      return SMFIS_REJECT;
    case Verdict::Kind::kTempfail:
      return SMFIS_TEMPFAIL;
    case Verdict::Kind::kReply:
      if (SetReply(context, verdict) != MI_SUCCESS) return SMFIS_TEMPFAIL;
      return verdict.code < 500 ? SMFIS_TEMPFAIL : SMFIS_REJECT;
  }
  return SMFIS_TEMPFAIL;
}

bool MakeWithLibmilter(SMFICTX* context, const Change& change,
                       const Options& agreed) {
  return Make(context, change, agreed) == MI_SUCCESS;
}

}  // namespace postern::milter
